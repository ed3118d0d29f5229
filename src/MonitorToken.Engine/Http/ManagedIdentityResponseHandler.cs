using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>Judges what the hosts of managed identities send, each in a form of its own.</summary>
internal sealed class ManagedIdentityResponseHandler(
    CredentialOptions options,
    string credentialName,
    TokenRequest request,
    ManagedIdentityHost host,
    HttpMessageHandler inner)
    : TokenResponseHandler(credentialName, inner)
{
    private static readonly CompareInfo Words = CultureInfo.InvariantCulture.CompareInfo;

    /// <summary>
    /// Where the library looks what the host can do. Most hosts know nothing of it, and say so in any way.
    /// </summary>
    private static readonly string[] Inquiries = ["getplatformmetadata", "issuecredential", "/metadata/instance"];

    private readonly ManagedIdentityRefusals _refusals = new(options, credentialName, request, host);

    protected override bool MayOmitTokenType => true;

    protected override HttpResponseMessage Judge(
        HttpRequestMessage message, HttpResponseMessage response, TokenResponse answer)
    {
        string path = message.RequestUri!.AbsolutePath;
        if (Array.Exists(Inquiries, word => Words.IndexOf(path, word, CompareOptions.OrdinalIgnoreCase) >= 0))
            return response;

        if (host == ManagedIdentityHost.Arc && answer.Status == 401
            && response.Header("WWW-Authenticate") is { } challenge && message.Headers.Authorization is null)
        {
            ArcChallenge.Check(challenge, CredentialName);
            return response;
        }

        return answer.Status < 300
            ? Token(response, answer)
            : throw _refusals.Explain(answer, message.RequestUri.Host);
    }

    protected override void WriteExpiry(Utf8JsonWriter writer, DateTimeOffset expiry) =>
        writer.WriteString("expires_on", expiry.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
}
