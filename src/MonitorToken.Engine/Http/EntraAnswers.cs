using Azure.Core;
using MonitorToken.Engine.Answers;

namespace MonitorToken.Engine.Http;

/// <summary>Judges what Entra sends, and whoever vouches for an application on the way there.</summary>
internal sealed class EntraAnswers(Uri authority, string credentialName, string? whereNotVouched)
    : AnswerPolicy(credentialName)
{
    protected override void Judge(HttpMessage message, Answer answer)
    {
        RequestUriBuilder uri = message.Request.Uri;
        if (answer.IsPassing)
            throw Failure.Passing(answer, uri.Host!, CredentialName);

        bool isEntra = string.Equals(uri.Host, authority.Host, StringComparison.OrdinalIgnoreCase);
        // A refusal in Entra's form is the library's to understand: some are the next step of a dialog.
        if (isEntra && answer.Status >= 400 && answer.Text("error") is not null)
            return;
        if (!isEntra && answer.Status >= 300)
            throw NotVouched(uri.Host!, answer.Status);
        if (answer.Status >= 300 || answer.Body is null)
            throw Failure.InvalidResponse(CredentialName, $"{answer.Kind} (HTTP {answer.Status})");
        if (isEntra && IsTokenRequest(message.Request))
        {
            MustBeToken(answer);
            MustBeBearer(answer);
        }
    }

    /// <summary>A token of another type, such as one that is bound to a key, is presented in another way.</summary>
    private void MustBeBearer(Answer answer)
    {
        if (!string.Equals(answer.Text("token_type"), "Bearer", StringComparison.OrdinalIgnoreCase))
            throw Failure.InvalidResponse(CredentialName, "a token that is not said to be a bearer token");
    }

    private static bool IsTokenRequest(Request request) =>
        request.Method == RequestMethod.Post
        && request.Uri.Path.Split('?')[0].EndsWith("/token", StringComparison.OrdinalIgnoreCase);

    private TokenException NotVouched(string host, int status) =>
        new(
            TokenError.AuthenticationFailed,
            $"{CredentialName} got no assertion: {host} answers with HTTP {status}.",
            whereNotVouched ?? "Check the authority host and the proxy.")
        {
            CredentialName = CredentialName,
        };
}
