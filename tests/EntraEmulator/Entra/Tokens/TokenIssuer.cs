using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>Signs access tokens with the claims that Entra gives an app or a user.</summary>
internal static class TokenIssuer
{
    // Entra dates its tokens back, for the clocks of others.
    private static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    // How users sign in here.
    private static readonly string[] Amr = ["pwd"];

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    public static string Issuer(string tenantId) => $"https://sts.windows.net/{tenantId}/";

    public static string V2Issuer(string tenantId) => $"https://login.microsoftonline.com/{tenantId}/v2.0";

    public static IssuedToken Issue(TokenGrant grant, Fault? fault)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        long lifetime = fault?.TokenLifetimeSeconds ?? (long)grant.Lifetime.TotalSeconds;
        DateTimeOffset notBefore = now - Backdating;
        // A whole number of minutes from its start: an answer leaves a moment after its token was made.
        DateTimeOffset expiresOn = now.AddSeconds(
            fault?.TokenLifetimeSeconds is null && lifetime > 0 ? lifetime + 1 : lifetime);
        string token = fault?.AccessToken
            ?? Sign(
                grant with { Audience = fault?.Audience ?? grant.Audience },
                fault?.Tenant ?? grant.Tenant.Id.ToString(),
                notBefore,
                expiresOn);
        return new(token, notBefore, expiresOn, lifetime);
    }

    public static string Sign(Dictionary<string, object> claims) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Claims = claims,
        SigningCredentials = new SigningCredentials(SigningKey.Current, SecurityAlgorithms.RsaSha256),
    });

    /// <summary>A user's sub: each app knows them by another.</summary>
    public static string Pairwise(User user, string clientId) =>
        Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{user.ObjectId} {clientId}")));

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
            ["oid"] = grant.ObjectId.ToString(),
            ["rh"] = "1." + RandomText(30),
            ["tid"] = tenantId,
            ["uti"] = RandomText(16),
            ["ver"] = grant.IsV2 ? "2.0" : "1.0",
        };
        if (grant.Confirmation is { } key)
            claims["cnf"] = key;
        if (grant.SignIn is null)
            AddApp(claims, grant, issuer);
        else
            AddUser(claims, grant, grant.SignIn.User);
        return Sign(claims);
    }

    private static void AddApp(Dictionary<string, object> claims, TokenGrant grant, string issuer)
    {
        claims["idp"] = issuer;
        claims["idtyp"] = "app";
        claims["sub"] = grant.ObjectId.ToString();
        if (grant.Roles.Count > 0)
            claims["roles"] = grant.Roles;
        if (grant.IdentityResourceId is not null)
            claims["xms_mirid"] = grant.IdentityResourceId;
    }

    private static void AddUser(Dictionary<string, object> claims, TokenGrant grant, User user)
    {
        claims["idtyp"] = "user";
        claims["name"] = user.DisplayName;
        claims["scp"] = string.Join(' ', grant.Scope!.Permissions);
        claims["sub"] = Pairwise(user, grant.ClientId);
        if (grant.IsV2)
        {
            claims["preferred_username"] = user.UserPrincipalName;
            return;
        }

        claims["acr"] = "1";
        claims["amr"] = Amr;
        claims["unique_name"] = user.UserPrincipalName;
        claims["upn"] = user.UserPrincipalName;
    }

    private static string RandomText(int bytes) => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(bytes));
}
