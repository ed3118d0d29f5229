using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The application that the variables of the Azure SDKs describe. They are read here and not by Azure.Identity, which
/// would read them later: in between, another runspace may have changed them to another application's.
/// </summary>
internal sealed class EnvironmentCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly InputReader Application = new(
        [
            EnvironmentVariable.TenantId,
            EnvironmentVariable.ClientId,
            EnvironmentVariable.ClientSecret,
            EnvironmentVariable.CertificatePath,
            EnvironmentVariable.CertificatePassword,
            EnvironmentVariable.SendCertificateChain,
        ],
        certificate: CertificateIn);

    public override string Name => "Environment";

    protected override string Fingerprint => string.Empty;

    protected override InputReader Inputs => Application;

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        string[] needed = [EnvironmentVariable.TenantId, EnvironmentVariable.ClientId];
        string[] missing = [.. needed.Where(variable => inputs[variable] is null)];
        if (missing.Length > 0)
            throw NotSet(string.Join(" and ", missing) + (missing.Length > 1 ? " aren't" : " isn't") + " set");

        foreach (string variable in new[] { EnvironmentVariable.ClientId, EnvironmentVariable.ClientSecret })
            CredentialCatalog.CheckEnds($"value of {variable}", inputs[variable]);

        // -TenantId takes precedence over the variable, as in the other credentials.
        string tenant = TenantId ?? inputs[EnvironmentVariable.TenantId]!;
        CredentialCatalog.CheckTenant(tenant);
        if (inputs[EnvironmentVariable.ClientSecret] is { } secret)
        {
            transport.ConnectAhead();
            return new Identity.ClientSecretCredential(
                tenant,
                inputs[EnvironmentVariable.ClientId],
                secret,
                transport.Configure(new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));
        }

        return inputs.Certificate is { } certificate
            ? ClientCertificateCredential.Create(
                tenant,
                inputs[EnvironmentVariable.ClientId]!,
                certificate,
                inputs[EnvironmentVariable.SendCertificateChain] is "1" or "true" or "True",
                transport)
            : throw NotSet(
                $"neither {EnvironmentVariable.ClientSecret} nor {EnvironmentVariable.CertificatePath} is set");
    }

    protected override (string? TenantId, string? ClientId) IdentityIn(CredentialInputs inputs) =>
        (TenantId ?? inputs[EnvironmentVariable.TenantId], inputs[EnvironmentVariable.ClientId]);

    private static TokenException NotSet(string reason) =>
        TokenErrors.Unavailable(
            "Environment",
            $"The environment doesn't specify an application: {reason}.",
            "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH.");

    /// <summary>The certificate is used if there is no secret.</summary>
    private static CertificateSource? CertificateIn(CredentialInputs inputs) =>
        inputs[EnvironmentVariable.TenantId] is not null
        && inputs[EnvironmentVariable.ClientId] is not null
        && inputs[EnvironmentVariable.ClientSecret] is null
        && inputs[EnvironmentVariable.CertificatePath] is { } path
            ? CertificateSource.OfFile(
                FileSnapshot.FullPath(path),
                inputs[EnvironmentVariable.CertificatePassword] is { } password ? Secret.Of(password) : null)
            : null;
}
