using System.Net.Http.Headers;
using System.Text;
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
    /// <summary>Requests a token.</summary>
    /// <param name="options">The credential's options.</param>
    /// <param name="request">What to ask for.</param>
    /// <param name="transport">Sends the request.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="TokenException">The request has scopes instead of a resource, or Entra refused it.</exception>
    public static async Task<TokenResponse> RequestAsync(
        CredentialOptions options, TokenRequest request, TokenTransport transport, CancellationToken cancellationToken)
    {
        if (!request.IsForResource)
            throw new TokenException(
                TokenError.InvalidResource,
                "The v1 endpoint takes a resource, not scopes.",
                "Give -Resource or -Uri with -UseTokenEndpointV1, or leave -UseTokenEndpointV1 out.");

        using var message = new HttpRequestMessage(
            HttpMethod.Post, new Uri(options.Authority.Host, options.TenantId + "/oauth2/token"));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Content = new ByteArrayContent(Form(
            ("grant_type", "client_credentials"),
            ("client_id", options.ClientId!),
            ("client_secret", Secret.PlainText(options.ClientSecret!)),
            ("resource", request.Resource),
            ("claims", request.Claims)));
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        using HttpResponseMessage response = await transport.Client.SendAsync(message, cancellationToken)
            .ConfigureAwait(false);

        TokenResponse answer = await TokenResponse.FromAsync(response).ConfigureAwait(false);
        return answer.Status < 300
            ? answer
            : throw TokenErrors.FromEntra(
                answer.Text("error"),
                answer.Text("error_description") ?? answer.Text("error")!,
                answer.Text("claims"),
                answer.Text("correlation_id"),
                options.Name,
                request);
    }

    private static byte[] Form(params (string Name, string? Value)[] fields) =>
        Encoding.UTF8.GetBytes(string.Join("&", fields
            .Where(field => field.Value is not null)
            .Select(field => field.Name + "=" + Uri.EscapeDataString(field.Value!))));
}
