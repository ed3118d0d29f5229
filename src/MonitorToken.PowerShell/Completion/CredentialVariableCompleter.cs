using System.Collections;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>Completes variables of the session that hold one or more credentials.</summary>
public class CredentialVariableCompleter : Completer
{
    /// <summary>How many credentials a variable may hold.</summary>
    private protected virtual int MaxCredentials => int.MaxValue;

    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound)
    {
        // While a pipeline runs, as it does during completion, the session state offers no other way to list variables.
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Utility\Get-Variable");
        return
        [
            .. from variable in shell.Invoke<PSVariable>()
               let credentials = CredentialsIn(variable.Value)
               where credentials.Length > 0 && credentials.Length <= MaxCredentials
               where Begins(variable.Name, word.TrimStart('$'))
               select new CompletionResult(
                   Regex.IsMatch(variable.Name, @"^\w+\z") ? "$" + variable.Name : $"${{{variable.Name}}}",
                   variable.Name,
                   CompletionResultType.Variable,
                   string.Join("; ", credentials.Select(Describe))),
        ];
    }

    /// <summary>The credential, or the elements of an array that contains only credentials; else empty.</summary>
    private static Credential[] CredentialsIn(object? value) =>
        Unwrap(value) switch
        {
            Credential one => [one],
            object[] several when several.All(one => Unwrap(one) is Credential) =>
                [.. several.Select(Unwrap).Cast<Credential>()],
            _ => [],
        };

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Describe(Credential credential) =>
        string.Join(", ", new[] { credential.Name, credential.TenantId, credential.ClientId }.OfType<string>());
}

/// <summary>Completes variables of the session that hold exactly one credential.</summary>
public sealed class OneCredentialVariableCompleter : CredentialVariableCompleter
{
    private protected override int MaxCredentials => 1;
}
