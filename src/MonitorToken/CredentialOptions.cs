using System.Security;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken;

/// <summary>
/// As whom to sign in: what the caller said, before any of it was used. The names are those of the parameters.
/// </summary>
internal sealed record CredentialOptions
{
    /// <summary>The way of signing in, such as <c>ClientSecret</c>.</summary>
    public required string Name { get; init; }

    public required Authority Authority { get; init; }

    public bool DisableInstanceDiscovery { get; init; }

    public string? TenantId { get; init; }

    public string? ClientId { get; init; }

    /// <summary>The environment variable that it was taken from; null where the caller has given it.</summary>
    public string? ClientIdVariable { get; init; }

    public SecureString? ClientSecret { get; init; }

    public bool UseV1Endpoint { get; init; }

    public X509Certificate2? Certificate { get; init; }

    /// <summary>The full path of a PEM or PFX file.</summary>
    public string? CertificatePath { get; init; }

    public SecureString? CertificatePassword { get; init; }

    public string? CertificateThumbprint { get; init; }

    public bool SendCertificateChain { get; init; }

    /// <summary>The token of the user on whose behalf an application with a secret or certificate signs in.</summary>
    public SecureString? UserAssertion { get; init; }

    public string? IdentityResourceId { get; init; }

    public string? IdentityObjectId { get; init; }

    /// <summary>The full path of a file that somebody else keeps fresh.</summary>
    public string? TokenFilePath { get; init; }

    public SecureString? FederatedToken { get; init; }

    /// <summary>Gives a fresh assertion each time. To be run by <see cref="ICallerContext.RunAsync"/> alone.</summary>
    public Func<CancellationToken, string>? FederatedTokenScript { get; init; }

    /// <summary>
    /// Tells that script from any other, however often it is given; null where each object is one of its own.
    /// </summary>
    public string? FederatedTokenScriptId { get; init; }

    /// <summary>Who gives such an assertion: an identity that the application trusts.</summary>
    public Credential? FederatedCredential { get; init; }

    public string? ServiceConnectionId { get; init; }

    public SecureString? SystemAccessToken { get; init; }

    /// <summary>One of the login's subscriptions, by its id or name.</summary>
    public string? Subscription { get; init; }

    public string? LoginHint { get; init; }

    public Uri? RedirectUri { get; init; }

    public string? TokenCacheName { get; init; }

    public bool AllowUnencryptedTokenCache { get; init; }

    /// <summary>Credentials to try one after the other.</summary>
    public IReadOnlyList<Credential>? Chain { get; init; }

    public IReadOnlyList<string>? Include { get; init; }

    public IReadOnlyList<string>? Exclude { get; init; }

    /// <summary>The same, which goes on to hold when the caller disposes of the secrets that were given.</summary>
    /// <exception cref="TokenException">One has been disposed of already.</exception>
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
                "A secret that was given has been disposed of.",
                "Give a SecureString that is still in use.");
        }
    }
}
