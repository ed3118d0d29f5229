using System.Text.RegularExpressions;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>Inspects the responses of managed identity endpoints, whose formats differ from host to host.</summary>
internal sealed class ManagedIdentityResponseHandler(
    CredentialOptions options,
    string credentialName,
    TokenRequest request,
    ManagedIdentityHost host,
    Uri? imds,
    HttpMessageHandler inner)
    : TokenResponseHandler(credentialName, inner)
{
    private readonly ManagedIdentityErrors _errors = new(options, credentialName, request, host);

    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // MSAL reads AZURE_POD_IDENTITY_AUTHORITY_HOST once and caches the URI for the lifetime of the process.
        if (imds is not null)
            request.RequestUri = new Uri(imds, request.RequestUri!.PathAndQuery);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Inspect(
        HttpRequestMessage message, HttpResponseMessage response, TokenResponse answer)
    {
        // MSAL probes for capabilities of the host. Most hosts do not support them and answer in any way, so the
        // response goes to MSAL unchanged.
        if (Regex.IsMatch(
            message.RequestUri!.AbsolutePath,
            "getplatformmetadata|issuecredential|/metadata/instance",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant))
            return response;

        if (host == ManagedIdentityHost.Arc && answer.Status == 401
            && response.Header("WWW-Authenticate") is { } challenge && message.Headers.Authorization is null)
        {
            ArcChallenge.Check(challenge, CredentialName);
            return response;
        }

        return answer.Status < 300
            ? Token(response, answer, mayOmitTokenType: true)
            : throw _errors.Create(answer, message.RequestUri.Host);
    }
}
