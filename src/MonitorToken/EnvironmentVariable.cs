namespace MonitorToken;

/// <summary>The names of the variables that Azure's SDKs share.</summary>
internal static class EnvironmentVariable
{
    public const string AuthorityHost = "AZURE_AUTHORITY_HOST";
    public const string TenantId = "AZURE_TENANT_ID";
    public const string ClientId = "AZURE_CLIENT_ID";
    public const string ClientSecret = "AZURE_CLIENT_SECRET";
    public const string CertificatePath = "AZURE_CLIENT_CERTIFICATE_PATH";
    public const string CertificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
    public const string SendCertificateChain = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";

    /// <summary>The file with the token of a Kubernetes service account.</summary>
    public const string FederatedTokenFile = "AZURE_FEDERATED_TOKEN_FILE";

    /// <summary>Of the default chain: dev, prod, or the name of one credential.</summary>
    public const string TokenCredentials = "AZURE_TOKEN_CREDENTIALS";
}
