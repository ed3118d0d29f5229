using System.Net.Http.Headers;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Tests whether a service grants access to an identity, with one GET of the address that is going to be called and the
/// token of the identity.
/// </summary>
/// <exception cref="TokenException">
/// The host is not one of the known Azure Monitor services, so it must not receive a token.
/// </exception>
internal sealed class AccessTest(Uri endpoint, ICallerContext caller)
{
    /// <summary>
    /// The number of bytes of a response that are read. Chosen: error responses are shorter, and the data of a
    /// successful call is not needed.
    /// </summary>
    private const int LongestAnswer = 64 * 1024;

    private readonly AccessAdvice _advice = AccessAdvice.For(ResourceCatalog.ByEndpoint(endpoint));

    public async Task<AccessOutcome> CallAsync(
        AccessToken token, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        string plainText = token.GetPlainText();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout is { } time)
            deadline.CancelAfter(time > TimeSpan.Zero ? time : TimeSpan.Zero);

        using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", plainText);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        HttpResponseMessage? response = null;
        ReadOnlyMemory<byte> beginning;
        try
        {
            var allowed = HostAllowListHandler.ForService("The access test", endpoint);
            using var client = new HttpMessageInvoker(new RequestLogHandler(caller, allowed), disposeHandler: false);
            response = await client.SendAsync(request, deadline.Token)
                .UnlessCanceled(deadline.Token).ConfigureAwait(false);
            beginning = await ReadBeginningAsync(response, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return AccessAdvice.NoAnswer(exception, endpoint.Host);
        }
        finally
        {
            // Status and headers can be read after that.
            response?.Dispose();
        }

        cancellationToken.ThrowIfCancellationRequested();
        return _advice.OutcomeOf(
            new ServiceAnswer(response, beginning, plainText), JsonWebToken.TryRead(plainText)?.IdentityType);
    }

    /// <summary>
    /// Reads the beginning of the body. The status is already known, so a body that breaks off is not an error.
    /// </summary>
    private static async Task<ReadOnlyMemory<byte>> ReadBeginningAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] beginning = new byte[LongestAnswer];
        int length = 0;
        try
        {
            using Stream content = await response.Content.OpenAsync(cancellationToken).ConfigureAwait(false);
            // .NET Framework ignores cancellation of a read in progress.
            while (length < beginning.Length && await content
                .ReadAsync(new ArraySegment<byte>(beginning, length, beginning.Length - length), cancellationToken)
                .AsTask().UnlessCanceled(cancellationToken).ConfigureAwait(false) is > 0 and int count)
                length += count;
        }
        catch (Exception)
        {
            // Use what has been received.
        }

        return beginning.AsMemory(0, length);
    }
}

/// <summary>The outcome of a call.</summary>
/// <param name="Status">Whether the identity has access, as far as that can be told.</param>
/// <param name="StatusCode">The HTTP status; null if there was no response.</param>
/// <param name="Reason">The status, and the reason that the service gives; null if no service was called.</param>
/// <param name="RecommendedAction">What to do about it; null if the service grants access.</param>
internal sealed record AccessOutcome(
    CredentialTestStatus Status, int? StatusCode = null, string? Reason = null, string? RecommendedAction = null);
