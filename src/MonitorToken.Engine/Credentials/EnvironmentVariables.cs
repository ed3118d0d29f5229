using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application, described by the variables that all Azure SDKs read.</summary>
internal sealed class EnvironmentVariables(CredentialOptions options) : AzureIdentityCredential(options)
{
    private static readonly string[] Required = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"];

    private static readonly string[] Variables =
    [
        .. Required, "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_USERNAME", "AZURE_PASSWORD",
    ];

    public override string Name => "Environment";

    protected override string Fingerprint => Digest.OfEnvironment(Variables) + CertificateAge();

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        string[] missing = [.. Required.Where(IsEmpty)];
        if (missing.Length > 0)
            throw NotSet(string.Join(" and ", missing) + (missing.Length > 1 ? " are" : " is") + " not set");
        if (IsEmpty("AZURE_CLIENT_SECRET") && IsEmpty("AZURE_CLIENT_CERTIFICATE_PATH") && (IsEmpty("AZURE_USERNAME") || IsEmpty("AZURE_PASSWORD")))
            throw NotSet("neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE_PATH is set");

        if (IsEmpty("AZURE_CLIENT_SECRET") && System.Environment.GetEnvironmentVariable("AZURE_CLIENT_CERTIFICATE_PATH") is { Length: > 0 } path)
            Check(path);

        EnvironmentCredentialOptions identityOptions = wire.Configure(
            new EnvironmentCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery });
        identityOptions.AdditionallyAllowedTenants.Add("*");
        return new EnvironmentCredential(identityOptions);
    }

    /// <summary>The library would call a certificate that cannot be read unavailable, and a chain would pass over it in silence.</summary>
    private void Check(string path) =>
        SigningCertificate.From(Options with
        {
            CertificatePath = path,
            CertificatePassword = System.Environment.GetEnvironmentVariable("AZURE_CLIENT_CERTIFICATE_PASSWORD") is { Length: > 0 } password ? Secret.Of(password) : null,
        });

    /// <summary>A file that was replaced holds another certificate.</summary>
    private static long CertificateAge() =>
        System.Environment.GetEnvironmentVariable("AZURE_CLIENT_CERTIFICATE_PATH") is { Length: > 0 } path ? File.GetLastWriteTimeUtc(path).Ticks : 0;

    private static bool IsEmpty(string variable) => string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable(variable));

    private static TokenException NotSet(string reason) =>
        Failure.Unavailable(
            "Environment",
            $"The environment describes no application: {reason}.",
            "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH.");
}
