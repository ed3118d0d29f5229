using System.Runtime.CompilerServices;
using Azure.Core;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application that trusts an external identity provider, with its token or a script that gets one.
/// </summary>
internal sealed class FederatedTokenCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly ConditionalWeakTable<Func<CancellationToken, string>, string> ScriptIds = new();

    public override string Name => "FederatedToken";

    /// <summary>A script runs in the caller's session.</summary>
    internal override bool InvolvesCaller => Options.FederatedTokenScript is not null;

    /// <summary>It is not known whose assertion a script gets, so each script has its own cache key.</summary>
    protected override string Fingerprint { get; } = options.FederatedTokenScript is { } script
        ? options.FederatedTokenScriptId ?? ScriptIds.GetValue(script, _ => Guid.NewGuid().ToString())
        : Digest.Of(options.FederatedToken!);

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters) =>
        WithAssertion(
            TenantId,
            ClientId,
            cancellationToken => Options.FederatedTokenScript is { } script
                ? waiters.RunAsync(script, cancellationToken)
                : Task.FromResult(Secret.PlainText(Options.FederatedToken!)),
            transport);
}
