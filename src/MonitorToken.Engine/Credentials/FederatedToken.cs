using System.Runtime.CompilerServices;
using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts an identity elsewhere, by a token of that one or by a script that gets one.</summary>
internal sealed class FederatedToken(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly ConditionalWeakTable<Func<string>, string> ScriptIds = new();

    public override string Name => "FederatedToken";

    /// <summary>Nobody knows whose assertion a script gets, so each script has its own tokens.</summary>
    protected override string Fingerprint { get; } = options.FederatedTokenScript is { } script
        ? ScriptIds.GetValue(script, _ => Guid.NewGuid().ToString())
        : Digest.Of(options.FederatedToken!);

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller) =>
        new ClientAssertionCredential(
            TenantId,
            ClientId,
            _ => Options.FederatedTokenScript is { } script ? caller.RunAsync(script) : Task.FromResult(Secret.PlainText(Options.FederatedToken!)),
            wire.Configure(new ClientAssertionCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));
}
