namespace MonitorToken.Engine;

/// <summary>Turns what the identity service sent into the object that scripts get, and holds it against what was asked.</summary>
internal static class AccessTokens
{
    public static AccessToken From(Azure.Core.AccessToken token, TokenRequest request, Credential credential, ICaller caller)
    {
        TokenClaims? claims = JsonWebToken.TryRead(token.Token);
        if (claims is not null)
            WarnOfSurprises(claims, request, credential, caller);

        DateTimeOffset now = DateTimeOffset.UtcNow;
        return new AccessToken(Secret.Of(token.Token))
        {
            Resource = request.Resource,
            ResourceName = ResourceCatalog.ByAudience(request.Resource)?.Name,
            Scopes = request.Scopes,
            TokenType = token.TokenType,
            ExpiresOn = token.ExpiresOn.ToUniversalTime(),
            RefreshOn = (token.RefreshOn ?? RefreshOn(now, token.ExpiresOn)).ToUniversalTime(),
            NotBefore = claims?.NotBefore ?? now,
            TenantId = claims?.TenantId ?? credential.TenantId,
            Identity = claims?.Identity,
            CredentialName = credential.Name,
        };
    }

    private static void WarnOfSurprises(TokenClaims claims, TokenRequest request, Credential credential, ICaller caller)
    {
        // Resources that take v2 tokens have their application's id for an audience; that cannot be compared.
        if (claims.Audience is { } audience && audience.Contains("://") && request.Resource.Contains("://") && !Same(audience, request.Resource))
            caller.Warning($"{credential.Name} was asked for a token for {request.Resource} and got one for {audience}. The service will most likely refuse it; whoever issued it may not know the resource that was asked for.");

        if (Guid.TryParse(credential.TenantId, out Guid asked) && Guid.TryParse(claims.TenantId, out Guid got) && asked != got)
            caller.Warning($"{credential.Name} was asked for a token of the tenant {asked} and got one of {got}. It usually means that the login it uses belongs to another tenant: log in again with that tenant, or leave -TenantId out.");
    }

    /// <summary>Entra is strict with the slash in what it is asked for, but some issuers drop it from what they answer.</summary>
    private static bool Same(string audience, string resource) =>
        string.Equals(audience.TrimEnd('/'), resource.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);

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
