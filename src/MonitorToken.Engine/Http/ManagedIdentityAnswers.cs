using Azure.Core;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>Judges what the hosts of managed identities send, each in a form of its own.</summary>
internal sealed class ManagedIdentityAnswers(
    CredentialOptions options, string credentialName, TokenRequest request, ManagedIdentityHost host)
    : AnswerPolicy(credentialName)
{
    /// <summary>
    /// Where the library looks what the host can do. Most hosts know nothing of it, and say so in any way.
    /// </summary>
    private static readonly string[] Inquiries = ["GETPLATFORMMETADATA", "ISSUECREDENTIAL", "/METADATA/INSTANCE"];

    private readonly ManagedIdentityRefusals _refusals = new(options, credentialName, request, host);

    protected override void Judge(HttpMessage message, Answer answer)
    {
        string path = message.Request.Uri.Path.Split('?')[0].ToUpperInvariant();
        if (Array.Exists(Inquiries, path.Contains))
            return;

        if (host == ManagedIdentityHost.Arc && answer.Status == 401
            && message.Response.Headers.TryGetValue("WWW-Authenticate", out string? challenge)
            && !message.Request.Headers.Contains("Authorization"))
            ArcChallenge.Check(challenge, CredentialName);
        else if (answer.Status < 300)
            MustBeToken(answer);
        else
            throw _refusals.Explain(answer, message.Request.Uri.Host!);
    }
}
