using System.Net.Http.Headers;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Whether a service lets an identity in: one GET of the address that is going to be called, with the identity's token.
/// </summary>
internal sealed class AccessTest
{
    /// <summary>No service needs more to say why it refuses. What it gives to those it lets in is not wanted.</summary>
    private const int LongestAnswer = 64 * 1024;

    private readonly Uri _endpoint;
    private readonly AccessAdvice _advice;
    private readonly ICallerContext _caller;

    /// <param name="endpoint">What to ask for.</param>
    /// <param name="caller">Is told of the request.</param>
    /// <exception cref="TokenException">Its host is none that may see a token.</exception>
    public AccessTest(Uri endpoint, ICallerContext caller)
    {
        _advice = AccessAdvice.For(ResourceCatalog.ByEndpoint(endpoint));
        _endpoint = endpoint;
        _caller = caller;
    }

    /// <param name="token">Whose access it is about.</param>
    /// <param name="limit">How long the service may take; null for as long as the caller waits.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<AccessOutcome> AskAsync(
        AccessToken token, TimeSpan? limit, CancellationToken cancellationToken)
    {
        string plainText = token.GetPlainText();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (limit is { } time)
            deadline.CancelAfter(time > TimeSpan.Zero ? time : TimeSpan.Zero);

        using var request = new HttpRequestMessage(HttpMethod.Get, _endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", plainText);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        HttpResponseMessage? response = null;
        ReadOnlyMemory<byte> beginning;
        try
        {
            var allowed = new HostAllowListHandler(
                HostAllowList.ForService(_endpoint), "The access test", HttpHandlers.Proxied);
            using var client = new HttpMessageInvoker(new RequestLogHandler(_caller, allowed), disposeHandler: false);
            response = await client.SendAsync(request, deadline.Token)
                .UnlessCanceled(deadline.Token).ConfigureAwait(false);
            beginning = await ReadBeginningAsync(response, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return AccessAdvice.NoAnswer(exception, _endpoint.Host);
        }
        finally
        {
            // Its headers can still be read.
            response?.Dispose();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _advice.On(
            new ServiceAnswer(response, beginning, plainText), JsonWebToken.TryRead(plainText)?.IdentityType);
    }

    /// <summary>Reads as much as can matter. The status is known by then, so that a body may break off.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadBeginningAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] beginning = new byte[LongestAnswer];
        int length = 0;
        try
        {
            using Stream content = await response.Content.OpenAsync(cancellationToken).ConfigureAwait(false);
            // .NET Framework does not give up a read that has begun.
            while (length < beginning.Length && await content
                .ReadAsync(new ArraySegment<byte>(beginning, length, beginning.Length - length), cancellationToken)
                .AsTask().UnlessCanceled(cancellationToken).ConfigureAwait(false) is > 0 and int count)
                length += count;
        }
        catch (Exception)
        {
            // What has come will do.
        }

        return beginning.AsMemory(0, length);
    }
}

/// <summary>What came of it.</summary>
/// <param name="Status">Whether the identity gets in, as far as that can be told.</param>
/// <param name="StatusCode">The service's HTTP status; null where none has answered.</param>
/// <param name="Reason">The service's own reason; null where it lets the identity in.</param>
/// <param name="RecommendedAction">What to do about it; null where it lets the identity in.</param>
internal sealed record AccessOutcome(
    CredentialTestStatus Status, int? StatusCode = null, string? Reason = null, string? RecommendedAction = null);
