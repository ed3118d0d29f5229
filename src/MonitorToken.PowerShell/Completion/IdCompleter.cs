using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Completes ids from an environment variable and from the Azure CLI's profile. The tool tip names the source.
/// </summary>
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

/// <summary>Completes tenant ids: AZURE_TENANT_ID, and the tenants of az's accounts.</summary>
public sealed class TenantCompleter()
    : IdCompleter(EnvironmentVariable.TenantId, subscription => subscription.TenantId);

/// <summary>
/// Completes client ids: AZURE_CLIENT_ID, and the service principals and managed identities that az is logged in as.
/// </summary>
public sealed class ClientCompleter()
    : IdCompleter(EnvironmentVariable.ClientId, subscription => subscription.ClientId);
