namespace MonitorToken.Engine.Http;

/// <summary>
/// Follows redirects within a resource, so that a token never reaches a host that its audience does not own. A response
/// that redirects elsewhere is returned unchanged.
/// </summary>
internal sealed class RedirectHandler(MonitorResource resource, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Chosen: the default of Invoke-RestMethod.</summary>
    private const int MaxRedirects = 5;

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (redirects == MaxRedirects || Target(request.RequestUri!, response) is not { } target
                || !ServiceTransport.IsOf(resource, target))
                return response;

            // As browsers and .NET do: a request that must not be repeated unchanged becomes a GET.
            bool becomesGet = (int)response.StatusCode == 303
                ? request.Method != HttpMethod.Head
                : (int)response.StatusCode is 301 or 302 && request.Method == HttpMethod.Post;
            response.Dispose();
            request.RequestUri = target;
            if (becomesGet)
                (request.Method, request.Content) = (HttpMethod.Get, null);
        }
    }

    /// <summary>Returns the target of a redirect; null if the response isn't one.</summary>
    private static Uri? Target(Uri source, HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308
        && response.Header("Location") is { } location
        && Uri.TryCreate(source, location, out Uri? target)
            ? target
            : null;
}
