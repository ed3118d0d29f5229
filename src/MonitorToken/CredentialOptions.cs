using System.Security;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken;

/// <summary>
/// The sign-in parameters, not validated yet. The names are those of the cmdlet parameters.
/// </summary>
internal sealed record CredentialOptions
{
    /// <summary>The name of the credential, such as <c>ClientSecret</c>.</summary>
    public required string Name { get; init; }

    public required Authority Authority { get; init; }

    public bool DisableInstanceDiscovery { get; init; }

    public string? TenantId { get; init; }

    public string? ClientId { get; init; }

    /// <summary>
    /// The environment variable that <see cref="ClientId"/> came from; null if the caller specified it.
    /// </summary>
    public string? ClientIdVariable { get; init; }

    public SecureString? ClientSecret { get; init; }

    public bool UseV1Endpoint { get; init; }

    public X509Certificate2? Certificate { get; init; }

    /// <summary>The full path of a PEM or PFX file.</summary>
    public string? CertificatePath { get; init; }

    public SecureString? CertificatePassword { get; init; }

    public string? CertificateThumbprint { get; init; }

    public bool SendCertificateChain { get; init; }

    /// <summary>
    /// The user's access token for the on-behalf-of flow of an application with a secret or certificate.
    /// </summary>
    public SecureString? UserAssertion { get; init; }

    public string? IdentityResourceId { get; init; }

    public string? IdentityObjectId { get; init; }

    /// <summary>The full path of a federated token file, which its issuer rotates.</summary>
    public string? TokenFilePath { get; init; }

    public SecureString? FederatedToken { get; init; }

    /// <summary>
    /// Returns a new assertion at each call. Must be run by <see cref="ICallerContext.RunAsync"/>, because it needs the
    /// pipeline thread.
    /// </summary>
    public Func<CancellationToken, string>? FederatedTokenScript { get; init; }

    /// <summary>
    /// Identifies <see cref="FederatedTokenScript"/> in cache keys, so that giving the same script again finds the
    /// cached token; null if each delegate is a different script.
    /// </summary>
    public string? FederatedTokenScriptId { get; init; }

    /// <summary>The credential whose token is the assertion: that of an identity that the application trusts.</summary>
    public Credential? FederatedCredential { get; init; }

    public string? ServiceConnectionId { get; init; }

    public SecureString? SystemAccessToken { get; init; }

    /// <summary>The id or name of one of the subscriptions in az's profile.</summary>
    public string? Subscription { get; init; }

    public string? LoginHint { get; init; }

    public Uri? RedirectUri { get; init; }

    public string? TokenCacheName { get; init; }

    public bool AllowUnencryptedTokenCache { get; init; }

    /// <summary>The members of a custom chain, in order.</summary>
    public IReadOnlyList<Credential>? Chain { get; init; }

    public IReadOnlyList<string>? Include { get; init; }

    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>
    /// Returns options with copies of the secrets, which stay usable when the caller disposes of the originals.
    /// </summary>
    /// <exception cref="TokenException">A secret is already disposed.</exception>
    public CredentialOptions WithOwnSecrets() => this with
    {
        ClientSecret = Copy(ClientSecret),
        CertificatePassword = Copy(CertificatePassword),
        UserAssertion = Copy(UserAssertion),
        FederatedToken = Copy(FederatedToken),
        SystemAccessToken = Copy(SystemAccessToken),
    };

    private static SecureString? Copy(SecureString? secret)
    {
        try
        {
            return secret?.Copy();
        }
        catch (ObjectDisposedException)
        {
            throw new TokenException(
                TokenError.InvalidCredential,
                "A secret was disposed of before it was used.",
                "Specify a SecureString that's still in use.");
        }
    }
}
