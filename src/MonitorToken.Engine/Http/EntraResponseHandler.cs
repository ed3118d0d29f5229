using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Inspects the responses of Entra, and of the issuer of an assertion if one is requested over HTTP. The address of the
/// request decides which of them sent a response, because Entra answers from other hosts than the authority's too, such
/// as a regional one.
/// </summary>
internal sealed class EntraResponseHandler(
    string credentialName,
    Uri? assertionIssuer,
    string? adviceWithoutAssertion,
    HttpMessageHandler inner)
    : TokenResponseHandler(credentialName, inner)
{
    protected override HttpResponseMessage Inspect(
        HttpRequestMessage message, HttpResponseMessage response, TokenResponse answer)
    {
        Uri address = message.RequestUri!;
        if (answer.IsTransient)
            throw TokenErrors.Transient(answer, address.Host, CredentialName);

        if (IsForAssertion(address))
            return answer.Status < 300
                ? response
                : throw TokenErrors.Create(
                    TokenError.AuthenticationFailed,
                    $"{CredentialName} didn't get an assertion: {address.Host} returned HTTP {answer.Status}.",
                    adviceWithoutAssertion ?? "Check the issuer and the proxy.",
                    CredentialName);
        if (answer.Status >= 400)
            return Refusal(response, answer);
        if (answer.Status >= 300 || answer.Body is null)
            throw TokenErrors.InvalidResponse(CredentialName, answer);
        return message.Method == HttpMethod.Post
            && address.AbsolutePath.EndsWith("/token", StringComparison.OrdinalIgnoreCase)
                ? Token(response, answer, mayOmitTokenType: false)
                : response;
    }

    /// <summary>
    /// Returns an error response in Entra's format, which the library has to see: some errors, such as
    /// authorization_pending, are steps of a flow.
    /// </summary>
    private HttpResponseMessage Refusal(HttpResponseMessage response, TokenResponse answer)
    {
        if (answer.Text("error") is not null)
            return response;
        if (answer.EntraCode is not { } code)
            throw TokenErrors.InvalidResponse(CredentialName, answer);

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
}
