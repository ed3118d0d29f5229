using System.Net;
using System.Net.Http.Headers;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Adds the bearer token. Each attempt gets it from the token cache, so the token is renewed however long the work
/// takes. A claims challenge (continuous access evaluation, Conditional Access) is answered once, with a token for those
/// claims.
/// </summary>
internal sealed class BearerTokenHandler(
    Credential credential, TokenRequest tokenRequest, Waiters waiters, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    /// <summary>The token that was sent last; null before the first request.</summary>
    public AccessToken? Sent { get; private set; }

    /// <summary>Gets the token from the cache, or from the identity service.</summary>
    /// <exception cref="TokenException">No token could be obtained.</exception>
    public Task GetAsync(ICallerContext caller, CancellationToken cancellationToken) =>
        credential.TryGetCached(tokenRequest) is null
            ? credential.GetTokenAsync(tokenRequest, caller, cancellationToken)
            : Task.CompletedTask;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response =
            await SendAsync(request, tokenRequest, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized || ClaimsChallenge.In(response) is not { } claims)
            return response;

        response.Dispose();
        waiters.Verbose($"{request.RequestUri!.Host} requires more claims, so the token is requested again.");
        return await SendAsync(request, tokenRequest with { Claims = claims }, cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, TokenRequest wanted, CancellationToken cancellationToken)
    {
        Sent = credential.TryGetCached(wanted)
            ?? await credential.GetTokenAsync(wanted, waiters, cancellationToken).ConfigureAwait(false);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Sent.GetPlainText());
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            request.Headers.Authorization = null;
        }
    }
}
