using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>Checks what Azure's data planes check: signature, issuer, audience and time.</summary>
internal static class BearerToken
{
    private const string Prefix = "Bearer ";

    private static readonly JsonWebTokenHandler Handler = new();

    public static async Task<BearerTokenState> CheckAsync(
        HttpContext context, EntraDirectory directory, IEnumerable<string> audiences)
    {
        if (Read(context) is not { } token)
            return BearerTokenState.Missing;

        TokenValidationResult result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKey = SigningKey.Current,
            ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
            ValidIssuers = directory.Tenants.SelectMany(
                tenant => new[] { TokenIssuer.Issuer($"{tenant.Id}"), TokenIssuer.V2Issuer($"{tenant.Id}") }),
            ValidAudiences = audiences,
            // By default one trailing slash is overlooked; not all data planes do that.
            IgnoreTrailingSlashWhenValidatingAudience = false,
            ClockSkew = TimeSpan.Zero,
        });

        return result.Exception switch
        {
            // A token that is bound to a key is no bearer token.
            null when result.ClaimsIdentity.HasClaim(claim => claim.Type == "cnf") => BearerTokenState.Invalid,
            null => BearerTokenState.Valid,
            SecurityTokenInvalidAudienceException => BearerTokenState.WrongAudience,
            SecurityTokenExpiredException
                or SecurityTokenNotYetValidException
                or SecurityTokenInvalidLifetimeException => BearerTokenState.NotInItsTime,
            _ => BearerTokenState.Invalid,
        };
    }

    /// <summary>Whom the token that came is for, so that a refusal can say it.</summary>
    public static string Audience(HttpContext context) =>
        Read(context) is { } token && Handler.CanReadToken(token)
            ? string.Join(',', Handler.ReadJsonWebToken(token).Audiences)
            : "";

    /// <summary>Whose token came; null if it does not say.</summary>
    public static Guid? ObjectId(HttpContext context) =>
        Read(context) is { } token && Handler.CanReadToken(token)
        && Handler.ReadJsonWebToken(token).TryGetValue("oid", out string id) && Guid.TryParse(id, out Guid objectId)
            ? objectId
            : null;

    private static string? Read(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? header[Prefix.Length..].Trim() : null;
    }
}
