using System.Net;

namespace MonitorToken.Engine;

/// <summary>Turns what the identity service sent into the object that scripts get.</summary>
internal static class AccessTokens
{
    public static AccessToken From(Azure.Core.AccessToken token, TokenRequest request, string credentialName, string? tenantId)
    {
        TokenClaims claims = TokenClaims.Read(token.Token);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new AccessToken(new NetworkCredential(string.Empty, token.Token).SecurePassword)
        {
            Resource = request.Resource,
            ResourceName = ResourceCatalog.ByAudience(request.Resource)?.Name,
            Scopes = request.Scopes,
            TokenType = token.TokenType,
            ExpiresOn = token.ExpiresOn.ToUniversalTime(),
            RefreshOn = (token.RefreshOn ?? RefreshOn(now, token.ExpiresOn)).ToUniversalTime(),
            NotBefore = claims.NotBefore ?? now,
            TenantId = claims.TenantId ?? tenantId,
            Identity = claims.Identity,
            CredentialName = credentialName,
        };
    }

    /// <summary>Azure.Core's rule, and for tokens shorter than its five minutes' margin, half their life.</summary>
    private static DateTimeOffset RefreshOn(DateTimeOffset now, DateTimeOffset expiresOn)
    {
        TimeSpan half = TimeSpan.FromTicks((expiresOn - now).Ticks / 2);
        if (half > TimeSpan.FromHours(1))
            return now + half;

        var margin = TimeSpan.FromMinutes(5);
        return expiresOn - (half < margin ? half : margin);
    }
}
