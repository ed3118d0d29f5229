using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application, described by the variables that all Azure SDKs read. They are read here and not by the library,
/// whose own look comes later: in between another runspace may have made another application of them.
/// </summary>
internal sealed class EnvironmentCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string Tenant = "AZURE_TENANT_ID";
    private const string Client = "AZURE_CLIENT_ID";
    private const string ClientSecret = "AZURE_CLIENT_SECRET";
    private const string CertificatePath = "AZURE_CLIENT_CERTIFICATE_PATH";
    private const string CertificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
    private const string SendCertificateChain = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";

    private static readonly InputReader Application = new(
        [Tenant, Client, ClientSecret, CertificatePath, CertificatePassword, SendCertificateChain],
        certificate: inputs => inputs[Tenant] is not null && inputs[Client] is not null
            && inputs[ClientSecret] is null && inputs[CertificatePath] is { } path
                ? CertificateSource.OfFile(
                    path, inputs[CertificatePassword] is { } password ? Secret.Of(password) : null)
                : null);

    public override string Name => "Environment";

    protected override string Fingerprint => string.Empty;

    protected override InputReader Inputs => Application;

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        string[] missing = [.. new[] { Tenant, Client }.Where(variable => inputs[variable] is null)];
        if (missing.Length > 0)
            throw NotSet(string.Join(" and ", missing) + (missing.Length > 1 ? " are" : " is") + " not set");

        // As with the other ways, -TenantId goes before the variable.
        string tenant = TenantId ?? inputs[Tenant]!;
        CredentialCatalog.CheckTenant(tenant);
        if (inputs[ClientSecret] is { } secret)
        {
            transport.ConnectAhead();
            return new Identity.ClientSecretCredential(tenant, inputs[Client], secret, transport.Configure(
                new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));
        }

        return inputs.Certificate is { } certificate
            ? ClientCertificateCredential.Create(
                tenant,
                inputs[Client]!,
                certificate,
                inputs[SendCertificateChain] is "1" or "true" or "True",
                transport)
            : throw NotSet($"neither {ClientSecret} nor {CertificatePath} is set");
    }

    protected override (string? TenantId, string? ClientId) IdentityIn(CredentialInputs inputs) =>
        (TenantId ?? inputs[Tenant], inputs[Client]);

    private static TokenException NotSet(string reason) =>
        TokenErrors.Unavailable(
            "Environment",
            $"The environment describes no application: {reason}.",
            "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH.");
}
