using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Completes an id that a variable holds, or that az's profile knows; where it is from is the tool tip.</summary>
public abstract class IdCompleter : Completer
{
    private readonly string _variable;
    private readonly Func<AzureSubscription, string> _idIn;

    private protected IdCompleter(string variable, Func<AzureSubscription, string> idIn) =>
        (_variable, _idIn) = (variable, idIn);

    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        AzureCliProfile.Subscriptions()
            .Select(subscription => (Id: _idIn(subscription), Source: "az: " + subscription.Name))
            .Prepend((Id: Environment.GetEnvironmentVariable(_variable) ?? string.Empty, Source: _variable))
            .Where(known => known.Id.Length > 0 && Begins(known.Id, word))
            .GroupBy(known => known.Id, known => known.Source)
            .Select(known => Value(known.Key, string.Join(", ", known)));
}

/// <summary>Completes tenants: AZURE_TENANT_ID, and those that az is logged in to.</summary>
public sealed class TenantCompleter()
    : IdCompleter(EnvironmentVariable.TenantId, subscription => subscription.TenantId);

/// <summary>Completes applications and identities: AZURE_CLIENT_ID, and those that az is logged in as.</summary>
public sealed class ClientCompleter()
    : IdCompleter(EnvironmentVariable.ClientId, subscription => subscription.ClientId);
