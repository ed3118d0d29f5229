using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The token endpoints of both versions: they differ in how the resource is named and in the form of the answer.
/// </summary>
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
        MapVersion("/{tenant}/oauth2/token", AnswerV1Async);
        MapVersion("/{tenant}/oauth2/v2.0/token", AnswerV2Async);

        void MapVersion(string path, Func<TokenRequest, Task> answer) =>
            routes.MapLogin(HttpMethods.Post, path, context => answer(new TokenRequest(context, emulator)));
    }

    private static Task AnswerV1Async(TokenRequest request)
    {
        TokenGrant grant = Redeem(request, _ => RequestedScope.ForResource(request.Required("resource")));
        IssuedToken token = TokenIssuer.Issue(grant, request.Context.Fault());
        var answer = Begin(grant);
        answer["expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture);
        answer["ext_expires_in"] = token.ExpiresIn.ToString(CultureInfo.InvariantCulture);
        answer["expires_on"] = token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        answer["not_before"] = token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        answer["resource"] = grant.Audience;
        answer["access_token"] = token.Value;
        return AnswerAsync(request, grant, answer);
    }

    private static Task AnswerV2Async(TokenRequest request)
    {
        TokenGrant grant = Redeem(request, signIn => signIn is null
            ? RequestedScope.ForApp(request.Required("scope"))
            : RequestedScope.ForUser(request.Optional("scope") ?? signIn.Scope));
        IssuedToken token = TokenIssuer.Issue(grant, request.Context.Fault());
        var answer = Begin(grant);
        answer["expires_in"] = token.ExpiresIn;
        answer["ext_expires_in"] = token.ExpiresIn;
        if (grant.RefreshIn is { } refreshIn)
            answer["refresh_in"] = (long)refreshIn.TotalSeconds;
        answer["access_token"] = token.Value;
        return AnswerAsync(request, grant, answer);
    }

    // Only a user's answer says what was granted.
    private static JsonObject Begin(TokenGrant grant)
    {
        var answer = new JsonObject { ["token_type"] = grant.Confirmation is null ? "Bearer" : "pop" };
        if (grant.SignIn is not null)
            answer["scope"] = grant.Scope!.Granted;
        return answer;
    }

    private static TokenGrant Redeem(TokenRequest request, Func<SignIn?, RequestedScope> scope)
    {
        string grantType = request.Required("grant_type");
        if (!Grants.TryGetValue(grantType, out Func<TokenRequest, TokenGrant>? redeem))
            throw new EntraException(Refusals.UnsupportedGrant(grantType));

        TokenGrant grant = redeem(request);
        RequestedScope asked = scope(grant.SignIn);
        Resource resource = request.FindResource(asked.Audience);
        return grant with
        {
            Audience = resource.AudienceOf(asked.Audience),
            Scope = asked,
            IsV2 = resource.TakesV2Tokens,
            Confirmation = Confirmation(request),
        };
    }

    // Proof of possession: the token is bound to the key that the client names, or there is none. A bearer token in its
    // place would be what the client has asked not to get, and MSAL refuses it. (Of the answer only its token_type is
    // known, from MSAL; recordings with req_cnf have their bodies replaced. No other type but bearer is known here.)
    private static JsonElement? Confirmation(TokenRequest request)
    {
        if (request.Optional("token_type") is not { } type || type.Equals("bearer", StringComparison.OrdinalIgnoreCase))
            return null;
        if (type != "pop")
            throw new EntraException(Refusals.Malformed());
        try
        {
            var key = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(request.Required("req_cnf")));
            if (key.RootElement.ValueKind == JsonValueKind.Object)
                return key.RootElement;
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            // As any other.
        }

        throw new EntraException(Refusals.Malformed());
    }

    // An app's answer is the token; a user's also says who that is and how to go on.
    private static Task AnswerAsync(TokenRequest request, TokenGrant grant, JsonObject answer)
    {
        if (grant is { SignIn: { } signIn, Scope: { } scope })
        {
            if (scope.OfflineAccess)
                answer["refresh_token"] = request.Emulator.SignIns.AddRefreshToken(signIn);
            // Says that the refresh token is good for Microsoft's other apps of this family.
            if (scope.OfflineAccess && signIn.App.ClientId == EntraDirectory.AzureCliClientId)
                answer["foci"] = "1";
            if (scope.OpenId)
                answer["id_token"] = IdToken.Issue(signIn);
            if (request.Optional("client_info") == "1")
                answer["client_info"] = ClientInfo.Of(signIn.User);
        }

        EntraHeaders.WriteTelemetry(request.Context, refreshTokenAge: grant.RefreshTokenAge);
        return request.Context.AnswerAsync(answer);
    }
}
