using System.Collections;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>Completes the session's variables that hold credentials, one or several.</summary>
public class CredentialVariableCompleter : Completer
{
    private protected virtual int Most => int.MaxValue;

    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound)
    {
        // A session has no other list of its variables while a pipeline runs, as it does here.
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Utility\Get-Variable");
        return
        [
            .. from variable in shell.Invoke<PSVariable>()
               let credentials = CredentialsIn(variable.Value)
               where credentials.Length > 0 && credentials.Length <= Most && Begins(variable.Name, word.TrimStart('$'))
               select new CompletionResult(
                   Regex.IsMatch(variable.Name, @"^\w+\z") ? "$" + variable.Name : $"${{{variable.Name}}}",
                   variable.Name,
                   CompletionResultType.Variable,
                   string.Join("; ", credentials.Select(Describe))),
        ];
    }

    /// <summary>One, or several that make a chain; none if there is anything else among them.</summary>
    private static Credential[] CredentialsIn(object? value) =>
        Bare(value) switch
        {
            Credential one => [one],
            object[] several when several.All(one => Bare(one) is Credential) =>
                [.. several.Select(Bare).Cast<Credential>()],
            _ => [],
        };

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static string Describe(Credential credential) =>
        string.Join(", ", new[] { credential.Name, credential.TenantId, credential.ClientId }.OfType<string>());
}

/// <summary>Completes the session's variables that hold one credential.</summary>
public sealed class OneCredentialVariableCompleter : CredentialVariableCompleter
{
    private protected override int Most => 1;
}
