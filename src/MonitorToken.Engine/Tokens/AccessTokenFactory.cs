using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Tokens;

/// <summary>
/// Creates the <see cref="AccessToken"/> that scripts receive. Every token passes here, whatever its source, so an
/// object exists only for a token that is valid.
/// </summary>
internal static class AccessTokenFactory
{
    /// <summary>
    /// The longest lifetime that is accepted. Chosen: Entra's tokens live for about an hour, those of managed
    /// identities for 24 hours.
    /// </summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(31);

    /// <summary>
    /// The longest token, in characters: the capacity of a SecureString, and far more than a service accepts in a
    /// header.
    /// </summary>
    private const int LongestToken = 65536;

    /// <summary>
    /// Validates a token and creates the object for it. Warns the caller of unexpected claims. The tenant and client id
    /// are passed if the credential doesn't know them.
    /// </summary>
    /// <exception cref="TokenException">The token is not usable.</exception>
    public static AccessToken Create(
        string? token,
        DateTimeOffset expiresOn,
        DateTimeOffset? refreshOn,
        TokenRequest request,
        Credential credential,
        ICallerContext caller,
        string? tenantId = null,
        string? clientId = null)
    {
        (TokenClaims? claims, DateTimeOffset expiry) = Validate(token, expiresOn, credential.Name);
        if (claims is not null)
            WarnOfMismatches(claims, request, credential, caller);

        // An opaque token has no claims. If a user signed in, the client id is that of the application, not of the
        // identity.
        clientId ??= credential.ClientId;
        string? identity = credential.IsForPeople ? null : clientId;
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new AccessToken(Secret.Of(token!))
        {
            Resource = request.Resource,
            ResourceName = ResourceCatalog.ByAudience(request.Resource)?.Name,
            Scopes = request.Scopes,
            TokenType = "Bearer",
            ExpiresOn = expiry,
            RefreshOn = RefreshSchedule.RefreshOn(now, expiry, refreshOn, Jitter.Next()),
            NotBefore = claims?.NotBefore ?? now,
            IssuedOn = claims?.IssuedAt,
            TenantId = claims?.TenantId ?? tenantId ?? credential.TenantId,
            Identity = claims?.Identity ?? identity,
            ClientId = claims?.ClientId ?? clientId,
            CredentialName = credential.Name,
            UniqueTokenIdentifier = claims?.UniqueTokenIdentifier,
        };
    }

    /// <summary>
    /// Validates a token. It expires at the earlier of the times in the response and in the token itself.
    /// </summary>
    /// <exception cref="TokenException">The token is not usable; the message says what came instead.</exception>
    public static (TokenClaims? Claims, DateTimeOffset ExpiresOn) Validate(
        string? token, DateTimeOffset expiresOn, string credentialName)
    {
        if (string.IsNullOrWhiteSpace(token))
            throw TokenErrors.InvalidResponse(credentialName, "a response without a token");
        if (token!.Length > LongestToken)
            throw TokenErrors.InvalidResponse(
                credentialName,
                $"a token of {token.Length} characters, which is too long to use");

        // The token is sent in a header, where a line break would start another header.
        if (token.Any(character => character is <= ' ' or > '~'))
            throw TokenErrors.InvalidResponse(credentialName, "a token with invalid characters");

        TokenClaims? claims = JsonWebToken.TryRead(token);
        DateTimeOffset expiry = (claims?.ExpiresOn < expiresOn ? claims.ExpiresOn.Value : expiresOn).ToUniversalTime();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (expiry <= now)
            throw TokenErrors.InvalidResponse(
                credentialName,
                $"a token that expired at {expiry:u}",
                $"Check this machine's clock, which shows {now:u}. If it's correct, try again later.");
        if (expiry > now + LongestLife)
            throw TokenErrors.InvalidResponse(credentialName, $"a token with the impossible expiry {expiry:u}");

        return (claims, expiry);
    }

    private static void WarnOfMismatches(
        TokenClaims claims, TokenRequest request, Credential credential, ICallerContext caller)
    {
        // The audience of a v2 token is the client id of the resource, which cannot be compared with its URI.
        if (claims.Audience is { } audience && audience.Contains("://") && request.Resource.Contains("://")
            && !IsSameAudience(audience, request.Resource))
            caller.Warning(
                $"A token for {request.Resource} was requested, but {credential.Name} returned one for "
                    + $"{TextSanitizer.OneLine(audience)}. The service will probably refuse it. "
                    + "The issuer might not know the requested resource.");

        if (Guid.TryParse(credential.TenantId, out Guid asked) && Guid.TryParse(claims.TenantId, out Guid got)
            && asked != got)
            caller.Warning(
                $"A token for the tenant {asked} was requested, but {credential.Name} returned one for {got}. The "
                    + "login probably belongs to another tenant. "
                    + "Log in to the requested tenant, or leave -TenantId out.");

        // Some managed identity hosts ignore the requested identity.
        if (Guid.TryParse(credential.ClientId, out Guid wanted) && Guid.TryParse(claims.ClientId, out Guid given)
            && wanted != given)
            caller.Warning(
                $"A token for the client ID {wanted} was requested, but {credential.Name} returned one for {given}, "
                    + "with that identity's permissions.");
    }

    /// <summary>
    /// Compares an audience with a resource, except for the trailing slash: Entra requires it in the request exactly,
    /// but some issuers omit it from the audience.
    /// </summary>
    private static bool IsSameAudience(string audience, string resource) =>
        string.Equals(audience.TrimEnd('/'), resource.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);
}
