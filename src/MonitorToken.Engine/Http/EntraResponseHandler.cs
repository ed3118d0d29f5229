using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Inspects the responses of Entra, and those of the issuer of an assertion. The request tells which of them a response
/// belongs to, because Entra answers from other hosts than the authority's too, such as a regional one.
/// </summary>
/// <param name="credentialName">The name of the credential.</param>
/// <param name="assertionIssuer">Where the assertion is requested; null if it is not requested over HTTP.</param>
/// <param name="whereNoAssertion">The recommended action if the issuer gives no assertion.</param>
/// <param name="inner">The inner handler.</param>
internal sealed class EntraResponseHandler(
    string credentialName,
    Uri? assertionIssuer,
    string? whereNoAssertion,
    HttpMessageHandler inner)
    : TokenResponseHandler(credentialName, inner)
{
    protected override bool MayOmitTokenType => false;

    protected override HttpResponseMessage Inspect(
        HttpRequestMessage message, HttpResponseMessage response, TokenResponse answer)
    {
        Uri address = message.RequestUri!;
        if (answer.IsTransient)
            throw TokenErrors.Transient(answer, address.Host, CredentialName);

        if (IsForAssertion(address))
            return answer.Status < 300 ? response : throw NoAssertion(address.Host, answer.Status);
        if (answer.Status >= 400)
            return Refusal(response, answer);
        if (answer.Status >= 300 || answer.Body is null)
            throw TokenErrors.InvalidResponse(CredentialName, $"{answer.Kind} (HTTP {answer.Status})");
        return IsForToken(message) ? Token(response, answer) : response;
    }

    protected override void WriteExpiry(Utf8JsonWriter writer, DateTimeOffset expiry) =>
        writer.WriteNumber("expires_in", (long)Math.Round((expiry - DateTimeOffset.UtcNow).TotalSeconds));

    /// <summary>
    /// Returns an error response in Entra's format, which the library has to see: some errors, such as
    /// authorization_pending, are steps of a flow.
    /// </summary>
    private HttpResponseMessage Refusal(HttpResponseMessage response, TokenResponse answer)
    {
        if (answer.Text("error") is not null)
            return response;
        if (answer.EntraCode is not { } code)
            throw TokenErrors.InvalidResponse(CredentialName, $"{answer.Kind} (HTTP {answer.Status})");

        // MSAL cannot read an error response that has only error_codes.
        response.Content = Json(
            answer.Body!.Value,
            writer =>
            {
                writer.WriteString("error", "invalid_request");
                writer.WriteString("error_description", answer.Text("error_description") ?? code);
            },
            member => member.Name is not ("error" or "error_description"));
        return response;
    }

    private bool IsForAssertion(Uri address) =>
        assertionIssuer is not null && string.Equals(
            assertionIssuer.GetLeftPart(UriPartial.Path),
            address.GetLeftPart(UriPartial.Path),
            StringComparison.OrdinalIgnoreCase);

    private static bool IsForToken(HttpRequestMessage message) =>
        message.Method == HttpMethod.Post
        && message.RequestUri!.AbsolutePath.EndsWith("/token", StringComparison.OrdinalIgnoreCase);

    private TokenException NoAssertion(string host, int status) =>
        new(
            TokenError.AuthenticationFailed,
            $"{CredentialName} got no assertion: {host} answers with HTTP {status}.",
            whereNoAssertion ?? "Check the issuer and the proxy.")
        {
            CredentialName = CredentialName,
        };
}
