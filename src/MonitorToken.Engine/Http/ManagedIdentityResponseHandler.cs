using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>Inspects the responses of managed identity endpoints, whose formats differ from host to host.</summary>
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
    /// Paths by which MSAL probes for capabilities of the host. Most hosts do not support them and answer in any way,
    /// so the response goes to MSAL unchanged.
    /// </summary>
    private static readonly string[] CapabilityProbes =
        ["getplatformmetadata", "issuecredential", "/metadata/instance"];

    private readonly ManagedIdentityErrors _errors = new(options, credentialName, request, host);

    protected override bool MayOmitTokenType => true;

    protected override HttpResponseMessage Inspect(
        HttpRequestMessage message, HttpResponseMessage response, TokenResponse answer)
    {
        string path = message.RequestUri!.AbsolutePath;
        if (Array.Exists(CapabilityProbes, word => Words.IndexOf(path, word, CompareOptions.OrdinalIgnoreCase) >= 0))
            return response;

        if (host == ManagedIdentityHost.Arc && answer.Status == 401
            && response.Header("WWW-Authenticate") is { } challenge && message.Headers.Authorization is null)
        {
            ArcChallenge.Check(challenge, CredentialName);
            return response;
        }

        return answer.Status < 300
            ? Token(response, answer)
            : throw _errors.Create(answer, message.RequestUri.Host);
    }

    protected override void WriteExpiry(Utf8JsonWriter writer, DateTimeOffset expiry) =>
        writer.WriteString("expires_on", expiry.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
}
