using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The token endpoints of both versions: they differ in how the resource is named and in the form of the answer.</summary>
internal static class TokenEndpoints
{
    // One line for each grant type.
    private static readonly Dictionary<string, Func<TokenRequest, TokenGrant>> Grants = new(StringComparer.Ordinal)
    {
        ["client_credentials"] = ClientCredentialsGrant.Redeem,
        ["authorization_code"] = AuthorizationCodeGrant.Redeem,
        ["refresh_token"] = RefreshTokenGrant.Redeem,
        ["urn:ietf:params:oauth:grant-type:device_code"] = DeviceCodeGrant.Redeem,
        // MSAL.NET's name for it.
        ["device_code"] = DeviceCodeGrant.Redeem,
        ["urn:ietf:params:oauth:grant-type:jwt-bearer"] = OnBehalfOfGrant.Redeem,
    };

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        routes.MapLogin(HttpMethods.Post, "/{tenant}/oauth2/token", context => AnswerV1Async(new TokenRequest(context, emulator)));
        routes.MapLogin(HttpMethods.Post, "/{tenant}/oauth2/v2.0/token", context => AnswerV2Async(new TokenRequest(context, emulator)));
    }

    private static Task AnswerV1Async(TokenRequest request)
    {
        TokenGrant grant = Redeem(request, _ => RequestedScope.ForResource(request.Required("resource")));
        IssuedToken token = TokenIssuer.Issue(grant, request.Context.Fault());
        return AnswerAsync(request, grant, new JsonObject
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
        TokenGrant grant = Redeem(request, signIn => signIn is null
            ? RequestedScope.ForApp(request.Required("scope"))
            : RequestedScope.ForUser(request.Optional("scope") ?? signIn.Scope));
        IssuedToken token = TokenIssuer.Issue(grant, request.Context.Fault());
        return AnswerAsync(request, grant, new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = token.ExpiresIn,
            ["ext_expires_in"] = token.ExpiresIn,
            ["access_token"] = token.Value,
        });
    }

    private static TokenGrant Redeem(TokenRequest request, Func<SignIn?, RequestedScope> scope)
    {
        string grantType = request.Required("grant_type");
        if (!Grants.TryGetValue(grantType, out Func<TokenRequest, TokenGrant>? redeem))
            throw new EntraException(EntraError.UnsupportedGrant(grantType));

        TokenGrant grant = redeem(request);
        RequestedScope asked = scope(grant.SignIn);
        Resource resource = request.FindResource(asked.Audience);
        return grant with { Audience = asked.Audience, Scope = asked, IsV2 = resource.TakesV2Tokens };
    }

    // An app's answer is the token; a user's also says who that is and how to go on.
    private static Task AnswerAsync(TokenRequest request, TokenGrant grant, JsonObject answer)
    {
        if (grant is { SignIn: { } signIn, Scope: { } scope })
        {
            answer["scope"] = scope.Granted;
            if (scope.OfflineAccess)
                answer["refresh_token"] = request.Emulator.SignIns.AddRefreshToken(signIn);
            if (scope.OpenId)
                answer["id_token"] = IdToken.Issue(signIn);
            if (request.Optional("client_info") == "1")
                answer["client_info"] = ClientInfo.Of(signIn.User);
        }

        return request.Context.AnswerAsync(answer);
    }
}
