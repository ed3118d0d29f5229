using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The HTTP pipeline of calls to one Azure Monitor resource. All requests pass this chain of handlers, from redirects
/// (outermost) over retries, the bearer token and logging to the host allow-list (innermost).
/// </summary>
internal sealed class ServiceTransport : IDisposable
{
    private readonly BearerTokenHandler _tokens;
    private readonly HttpMessageInvoker _client;

    /// <param name="resource">The resource, whose hosts are the only ones that anything is sent to.</param>
    /// <param name="credential">Whose token is sent.</param>
    /// <param name="request">The request for that token.</param>
    /// <param name="waiters">Who waits for the responses.</param>
    /// <param name="retries">How often to retry.</param>
    public ServiceTransport(
        MonitorResource resource, Credential credential, TokenRequest request, Waiters waiters, RetryPolicy retries)
    {
        var allowed = HostAllowListHandler.ForResource(resource);
        _tokens = new BearerTokenHandler(credential, request, waiters, new RequestLogHandler(waiters, allowed));
        _client = new HttpMessageInvoker(
            new RedirectHandler(resource, new RetryHandler(waiters, isImds: false, _tokens, retries)),
            disposeHandler: false);
    }

    /// <summary>The token that was sent last; null before the first request.</summary>
    public AccessToken? Token => _tokens.Sent;

    /// <summary>
    /// Whether a URI belongs to a resource, so that its token may be sent there: an https URI whose host the
    /// resource's audience owns.
    /// </summary>
    public static bool IsOf(MonitorResource resource, Uri address)
    {
        try
        {
            MonitorResource owner = ResourceCatalog.ByEndpoint(address);
            return owner.Audience == resource.Audience && owner.Cloud == resource.Cloud;
        }
        catch (TokenException)
        {
            return false;
        }
    }

    /// <summary>
    /// Gets the token, if it isn't cached, before anything is measured or limited: a user may have to sign in.
    /// </summary>
    /// <exception cref="TokenException">No token could be obtained.</exception>
    public Task SignInAsync(ICallerContext caller, CancellationToken cancellationToken) =>
        _tokens.GetAsync(caller, cancellationToken);

    /// <summary>Sends a request, and returns once the head of the response has been received.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _client.SendAsync(request, cancellationToken).UnlessCanceled(cancellationToken);

    public void Dispose() => _client.Dispose();
}
