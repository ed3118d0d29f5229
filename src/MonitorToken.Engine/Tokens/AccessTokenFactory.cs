using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Tokens;

/// <summary>
/// Turns what was sent into the object that scripts get. Every token passes here, whoever sent it: an object exists
/// only for one that is there and will be valid for a while.
/// </summary>
internal static class AccessTokenFactory
{
    /// <summary>
    /// No identity service gives tokens that live longer; most live for an hour, none for much over a day.
    /// </summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(31);

    /// <summary>The longest text that a SecureString holds, far more than any service takes in a header.</summary>
    private const int LongestToken = 65536;

    /// <param name="token">The token in plain text.</param>
    /// <param name="expiresOn">When it expires, as the answer says.</param>
    /// <param name="refreshOn">When the service wants it to be renewed; null where it does not say.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="credential">Who has asked.</param>
    /// <param name="caller">Hears what is odd about it.</param>
    /// <param name="tenantId">The tenant that was asked, where the credential was not told it; null if unknown.</param>
    /// <param name="clientId">The same of the application or managed identity.</param>
    /// <exception cref="TokenException">It is none that can be used.</exception>
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
            WarnOfSurprises(claims, request, credential, caller);

        // A token need not be one that says anything. A person has signed in to an application, and is another.
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
        };
    }

    /// <summary>
    /// Whether this is a token that somebody can use. It expires at the earlier of what the answer and the token itself
    /// say.
    /// </summary>
    /// <exception cref="TokenException">It is not; says what came instead.</exception>
    public static (TokenClaims? Claims, DateTimeOffset ExpiresOn) Validate(
        string? token, DateTimeOffset expiresOn, string credentialName)
    {
        if (string.IsNullOrWhiteSpace(token))
            throw TokenErrors.InvalidResponse(credentialName, "an answer without a token");
        if (token!.Length > LongestToken)
            throw TokenErrors.InvalidResponse(
                credentialName,
                $"a token of {token.Length} characters, which nobody can use");

        // It goes into a header, where a line break would be the beginning of another one.
        if (token.Any(character => character is <= ' ' or > '~'))
            throw TokenErrors.InvalidResponse(credentialName, "a token with characters in it that no token has");

        TokenClaims? claims = JsonWebToken.TryRead(token);
        DateTimeOffset expiry = (claims?.ExpiresOn < expiresOn ? claims.ExpiresOn.Value : expiresOn).ToUniversalTime();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (expiry <= now)
            throw TokenErrors.InvalidResponse(
                credentialName,
                $"a token that had expired at {expiry:u}",
                $"Check this machine's clock, which says {now:u}; if it is right, try again later.");
        if (expiry > now + LongestLife)
            throw TokenErrors.InvalidResponse(credentialName, $"a token said to expire at {expiry:u}, which cannot be");

        return (claims, expiry);
    }

    private static void WarnOfSurprises(
        TokenClaims claims, TokenRequest request, Credential credential, ICallerContext caller)
    {
        // Resources that take v2 tokens have their application's id for an audience; that cannot be compared.
        if (claims.Audience is { } audience && audience.Contains("://") && request.Resource.Contains("://")
            && !Same(audience, request.Resource))
            caller.Warning(
                $"{credential.Name} was asked for a token for {request.Resource} and got one for "
                    + $"{TextSanitizer.OneLine(audience)}. The service will most likely refuse it; "
                    + "whoever issued it may not know the resource that was asked for.");

        if (Guid.TryParse(credential.TenantId, out Guid asked) && Guid.TryParse(claims.TenantId, out Guid got)
            && asked != got)
            caller.Warning(
                $"{credential.Name} was asked for a token of the tenant {asked} and got one of {got}. It usually means "
                    + "that the login it uses belongs to another tenant: "
                    + "log in again with that tenant, or leave -TenantId out.");

        // Some hosts of managed identities pass over the one that they are asked for.
        if (Guid.TryParse(credential.ClientId, out Guid wanted) && Guid.TryParse(claims.ClientId, out Guid given)
            && wanted != given)
            caller.Warning(
                $"{credential.Name} was asked for a token of the client id {wanted} and got one of {given}, "
                    + "with whatever that one may do.");
    }

    /// <summary>
    /// Entra is strict with the slash in what it is asked for, but some issuers drop it from what they answer.
    /// </summary>
    private static bool Same(string audience, string resource) =>
        string.Equals(audience.TrimEnd('/'), resource.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);
}
