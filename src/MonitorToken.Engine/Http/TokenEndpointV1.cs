using System.Net.Http.Headers;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The client credentials flow at Entra's v1 token endpoint: <c>POST /tenant/oauth2/token</c> with a client secret and
/// a resource, as Microsoft's documentation of the Azure Monitor APIs sends it with curl. Azure.Identity supports the
/// v2 endpoint only.
/// </summary>
internal static class TokenEndpointV1
{
    /// <exception cref="TokenException">The request has scopes instead of a resource, or Entra refused it.</exception>
    public static async Task<TokenResponse> RequestAsync(
        CredentialOptions options, TokenRequest request, TokenTransport transport, CancellationToken cancellationToken)
    {
        if (!request.IsForResource)
            throw new TokenException(
                TokenError.InvalidResource,
                "The v1 endpoint accepts a resource, not scopes.",
                "Specify -Resource or -Uri instead of -Scope, or leave -UseV1Endpoint out.");

        using var message = new HttpRequestMessage(
            HttpMethod.Post, new Uri(options.Authority.Host, options.TenantId + "/oauth2/token"));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = options.ClientId!,
            ["client_secret"] = Secret.PlainText(options.ClientSecret!),
            ["resource"] = request.Resource,
        };
        if (request.Claims is not null)
            form["claims"] = request.Claims;
        message.Content = new FormUrlEncodedContent(form);
        using HttpResponseMessage response = await transport.Client.SendAsync(message, cancellationToken)
            .ConfigureAwait(false);

        TokenResponse answer = await TokenResponse.FromAsync(response).ConfigureAwait(false);
        return answer.Status < 300 ? answer : throw TokenErrors.FromEntra(answer, options.Name, request);
    }
}
