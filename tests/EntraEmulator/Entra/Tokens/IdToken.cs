namespace MonitorToken.EntraEmulator;

/// <summary>Tells an app who its user is.</summary>
internal static class IdToken
{
    public static string Issue(SignIn signIn)
    {
        User user = signIn.User;
        string tenantId = user.Tenant.Id.ToString();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var claims = new Dictionary<string, object>
        {
            ["aud"] = signIn.App.ClientId,
            ["iss"] = TokenIssuer.V2Issuer(tenantId),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
            ["name"] = user.DisplayName,
            ["oid"] = user.ObjectId.ToString(),
            ["preferred_username"] = user.UserPrincipalName,
            ["sub"] = TokenIssuer.Pairwise(user, signIn.App.ClientId),
            ["tid"] = tenantId,
            ["ver"] = "2.0",
        };
        if (signIn.Nonce is not null)
            claims["nonce"] = signIn.Nonce;
        return TokenIssuer.Sign(claims);
    }
}
