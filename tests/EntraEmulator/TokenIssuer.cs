using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>Whom a token is for and what it is to say.</summary>
internal sealed record TokenGrant(Tenant Tenant, string ClientId, Guid ObjectId, string Audience, TimeSpan Lifetime)
{
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>How the app proved itself: 1 for a secret, 2 for a certificate or Azure itself.</summary>
    public string Authentication { get; init; } = "1";

    public bool IsV2 { get; init; }

    /// <summary>The ARM path of a managed identity.</summary>
    public string? IdentityResourceId { get; init; }
}

/// <summary>A signed token and the times that the answers of all endpoints repeat.</summary>
internal sealed record IssuedToken(string Value, DateTimeOffset NotBefore, DateTimeOffset ExpiresOn, long ExpiresIn);

/// <summary>Signs access tokens with the claims that Entra gives an app.</summary>
internal static class TokenIssuer
{
    // Entra dates its tokens back, for the clocks of others.
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    public static string Issuer(string tenantId) => $"https://sts.windows.net/{tenantId}/";

    public static string V2Issuer(string tenantId) => $"https://login.microsoftonline.com/{tenantId}/v2.0";

    public static IssuedToken Issue(TokenGrant grant, Fault? fault)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        long lifetime = fault?.TokenLifetimeSeconds ?? (long)grant.Lifetime.TotalSeconds;
        DateTimeOffset notBefore = now - Backdating;
        DateTimeOffset expiresOn = now.AddSeconds(lifetime);
        string token = fault?.AccessToken
            ?? Sign(grant with { Audience = fault?.Audience ?? grant.Audience }, fault?.Tenant ?? grant.Tenant.Id.ToString(), notBefore, expiresOn);
        return new(token, notBefore, expiresOn, lifetime);
    }

    private static string Sign(TokenGrant grant, string tenantId, DateTimeOffset notBefore, DateTimeOffset expiresOn)
    {
        string issuer = grant.IsV2 ? V2Issuer(tenantId) : Issuer(tenantId);
        var claims = new Dictionary<string, object>
        {
            ["aud"] = grant.Audience,
            ["iss"] = issuer,
            ["iat"] = notBefore.ToUnixTimeSeconds(),
            ["nbf"] = notBefore.ToUnixTimeSeconds(),
            ["exp"] = expiresOn.ToUnixTimeSeconds(),
            ["aio"] = RandomText(30),
            [grant.IsV2 ? "azp" : "appid"] = grant.ClientId,
            [grant.IsV2 ? "azpacr" : "appidacr"] = grant.Authentication,
            ["idp"] = issuer,
            ["idtyp"] = "app",
            ["oid"] = grant.ObjectId.ToString(),
            ["rh"] = "1." + RandomText(30),
        };
        if (grant.Roles.Count > 0)
            claims["roles"] = grant.Roles;
        claims["sub"] = grant.ObjectId.ToString();
        claims["tid"] = tenantId;
        claims["uti"] = RandomText(16);
        claims["ver"] = grant.IsV2 ? "2.0" : "1.0";
        if (grant.IdentityResourceId is not null)
            claims["xms_mirid"] = grant.IdentityResourceId;

        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            SigningCredentials = new SigningCredentials(SigningKey.Current, SecurityAlgorithms.RsaSha256),
        });
    }

    private static string RandomText(int bytes) => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(bytes));
}
