using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application, described by the variables that all Azure SDKs read. They are read here and not by the library,
/// whose own look comes later: in between another runspace may have made another application of them.
/// </summary>
internal sealed class EnvironmentVariables(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string Tenant = "AZURE_TENANT_ID";
    private const string Client = "AZURE_CLIENT_ID";
    private const string ClientSecret = "AZURE_CLIENT_SECRET";
    private const string CertificatePath = "AZURE_CLIENT_CERTIFICATE_PATH";
    private const string CertificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
    private const string SendCertificateChain = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";

    private static readonly Lookout Application =
        new([Tenant, Client, ClientSecret, CertificatePath, CertificatePassword, SendCertificateChain]);

    public override string Name => "Environment";

    protected override string Fingerprint => string.Empty;

    protected override Surroundings LookAround()
    {
        Surroundings seen = Application.Look();
        return seen[Tenant] is not null && seen[Client] is not null
            && seen[ClientSecret] is null && seen[CertificatePath] is { } path
                ? seen.With(CertificateSource.OfFile(
                    path, seen[CertificatePassword] is { } password ? Secret.Of(password) : null).Current)
                : seen;
    }

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        string[] missing = [.. new[] { Tenant, Client }.Where(variable => seen[variable] is null)];
        if (missing.Length > 0)
            throw NotSet(string.Join(" and ", missing) + (missing.Length > 1 ? " are" : " is") + " not set");

        // As with the other ways, -TenantId goes before the variable.
        string tenant = TenantId ?? seen[Tenant]!;
        CredentialCatalog.CheckTenant(tenant);
        if (seen[ClientSecret] is { } secret)
        {
            wire.ConnectAhead();
            return new ClientSecretCredential(tenant, seen[Client], secret, wire.Configure(
                new ClientSecretCredentialOptions { DisableInstanceDiscovery = true }));
        }

        return seen.Certificate is { } certificate
            ? ClientCertificate.Create(
                tenant,
                seen[Client]!,
                certificate,
                seen[SendCertificateChain] is "1" or "true" or "True",
                wire)
            : throw NotSet($"neither {ClientSecret} nor {CertificatePath} is set");
    }

    protected override (string? TenantId, string? ClientId) IdentityIn(Surroundings seen) =>
        (TenantId ?? seen[Tenant], seen[Client]);

    private static TokenException NotSet(string reason) =>
        Failure.Unavailable(
            "Environment",
            $"The environment describes no application: {reason}.",
            "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH.");
}
