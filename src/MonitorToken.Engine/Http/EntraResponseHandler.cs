using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Judges what Entra sends, and the issuer of an assertion on the way there. Which of them a request is for follows from
/// the request: Entra answers from more hosts than the authority's own, such as a region's.
/// </summary>
/// <param name="credentialName">Who asks.</param>
/// <param name="assertionIssuer">Where the assertion comes from; null where there is none, or nobody is asked for it.</param>
/// <param name="whereNoAssertion">What to do where there is none.</param>
/// <param name="inner">The rest of the chain.</param>
internal sealed class EntraResponseHandler(
    string credentialName,
    Uri? assertionIssuer,
    string? whereNoAssertion,
    HttpMessageHandler inner)
    : TokenResponseHandler(credentialName, inner)
{
    protected override bool MayOmitTokenType => false;

    protected override HttpResponseMessage Judge(
        HttpRequestMessage message, HttpResponseMessage response, TokenResponse answer)
    {
        Uri address = message.RequestUri!;
        if (answer.IsPassing)
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

    /// <summary>A refusal in Entra's form is the library's to understand: some are the next step of a dialog.</summary>
    private HttpResponseMessage Refusal(HttpResponseMessage response, TokenResponse answer)
    {
        if (answer.Text("error") is not null)
            return response;
        if (answer.EntraCode is not { } code)
            throw TokenErrors.InvalidResponse(CredentialName, $"{answer.Kind} (HTTP {answer.Status})");

        // The libraries make nothing of one that has its code alone.
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
