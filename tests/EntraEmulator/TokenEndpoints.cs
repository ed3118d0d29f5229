using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The token endpoints of both versions: they differ in how the resource is named and in the form of the answer.</summary>
internal static class TokenEndpoints
{
    private const string DefaultScope = "/.default";

    // One line for each grant type.
    private static readonly Dictionary<string, Func<TokenRequest, TokenGrant>> Grants = new(StringComparer.Ordinal)
    {
        ["client_credentials"] = ClientCredentialsGrant.Redeem,
    };

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        routes.MapLogin(HttpMethods.Post, "/{tenant}/oauth2/token", context => AnswerV1Async(new TokenRequest(context, emulator.Directory)));
        routes.MapLogin(HttpMethods.Post, "/{tenant}/oauth2/v2.0/token", context => AnswerV2Async(new TokenRequest(context, emulator.Directory)));
    }

    private static Task AnswerV1Async(TokenRequest request)
    {
        TokenGrant grant = Redeem(request, () => request.Required("resource"));
        IssuedToken token = TokenIssuer.Issue(grant, request.Context.Fault());
        return request.Context.AnswerAsync(new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["ext_expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture),
            ["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            ["resource"] = grant.Audience,
            ["access_token"] = token.Value,
        });
    }

    private static Task AnswerV2Async(TokenRequest request)
    {
        TokenGrant grant = Redeem(request, () => Audience(request.Required("scope")));
        IssuedToken token = TokenIssuer.Issue(grant, request.Context.Fault());
        return request.Context.AnswerAsync(new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = token.ExpiresIn,
            ["ext_expires_in"] = token.ExpiresIn,
            ["access_token"] = token.Value,
        });
    }

    private static TokenGrant Redeem(TokenRequest request, Func<string> audience)
    {
        string grantType = request.Required("grant_type");
        if (!Grants.TryGetValue(grantType, out Func<TokenRequest, TokenGrant>? redeem))
            throw new EntraException(EntraError.UnsupportedGrant(grantType));

        TokenGrant grant = redeem(request);
        string asked = audience();
        Resource resource = request.Directory.FindResource(asked, request.Context.Cloud())
            ?? throw new EntraException(EntraError.UnknownResource(asked, request.Tenant));
        return grant with { Audience = asked, IsV2 = resource.TakesV2Tokens };
    }

    // Byte for byte: the scope of a resource with a trailing slash has two slashes.
    private static string Audience(string scope) => scope.EndsWith(DefaultScope, StringComparison.Ordinal) && !scope.Contains(' ', StringComparison.Ordinal)
        ? scope[..^DefaultScope.Length]
        : throw new EntraException(EntraError.NotDefaultScope(scope));
}
