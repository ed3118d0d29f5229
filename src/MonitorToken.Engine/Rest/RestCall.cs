using System.Net.Http.Headers;
using System.Text;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// One call of an Azure Monitor API with the token of a credential: the request, its retries, and the objects of the
/// response or of all its pages, read as they arrive. Not thread-safe.
/// </summary>
internal sealed class RestCall : IDisposable
{
    /// <summary>The number of bytes of an error response that are read. Chosen: those of the services are shorter.</summary>
    private const int LongestError = 64 * 1024;

    private readonly RestRequest _request;
    private readonly Waiters _waiters = new(Clock.Current);
    private readonly ServiceTransport _transport;
    private readonly JsonObjects _objects;
    private readonly HashSet<string> _pages = new(StringComparer.Ordinal);
    private Answer? _answer;
    private (Uri Address, RestBody? Body)? _next;

    /// <param name="request">What to send.</param>
    /// <param name="credential">Whose token to send.</param>
    /// <param name="token">The request for that token.</param>
    /// <param name="objects">Creates the objects that the response becomes.</param>
    public RestCall(RestRequest request, Credential credential, TokenRequest token, IObjectFactory objects)
    {
        _request = request;
        _objects = new JsonObjects(objects);
        _next = (request.Uri, request.Body);
        _transport = new ServiceTransport(
            request.Resource,
            credential,
            token,
            _waiters,
            new RetryPolicy
            {
                MaxRetries = request.MaxRetries,
                Interval = request.RetryInterval,
                AttemptTimeout = Timeout.InfiniteTimeSpan,
                MayRepeat = _ => request.IsIdempotent,
            });
    }

    /// <summary>The HTTP status of the last response; null before the first one.</summary>
    public int? StatusCode { get; private set; }

    /// <summary>The headers of the last response, by names in any case; null before the first one.</summary>
    public IReadOnlyDictionary<string, string[]>? ResponseHeaders { get; private set; }

    /// <summary>
    /// Reads the objects that can be had next, and sends a request if the previous response has been read to its end.
    /// </summary>
    /// <returns>The objects; null if there are no more.</returns>
    /// <exception cref="TokenException">No token could be obtained.</exception>
    /// <exception cref="RequestException">The request failed.</exception>
    public async Task<IReadOnlyList<object?>?> ReadAsync(ICallerContext caller, CancellationToken cancellationToken)
    {
        if (_answer is null && _next is not null)
            await _transport.SignInAsync(caller, cancellationToken).ConfigureAwait(false);
        Waiters.Waiter waiter = _waiters.Join(caller, _request.Timeout);
        try
        {
            while (true)
            {
                if (_answer is null)
                {
                    if (_next is not { } next)
                        return null;

                    _answer = await OpenAsync(next.Address, next.Body, cancellationToken).ConfigureAwait(false);
                }

                IReadOnlyList<object?> objects = await _answer.ReadAsync(cancellationToken).ConfigureAwait(false);
                if (objects.Count > 0)
                    return objects;

                _next = NextPage(_answer, next: _next);
                _answer.Dispose();
                _answer = null;
            }
        }
        finally
        {
            _waiters.Leave(waiter);
        }
    }

    /// <summary>Sends the request, and saves the response as a file, which replaces an older one only when it is complete.</summary>
    /// <exception cref="TokenException">No token could be obtained, or the file can't be written.</exception>
    /// <exception cref="RequestException">The request failed.</exception>
    public async Task SaveAsync(string path, ICallerContext caller, CancellationToken cancellationToken)
    {
        await _transport.SignInAsync(caller, cancellationToken).ConfigureAwait(false);
        Waiters.Waiter waiter = _waiters.Join(caller, _request.Timeout);
        try
        {
            HttpResponseMessage response =
                await SendAsync(_request.Uri, _request.Body, cancellationToken).ConfigureAwait(false);
            using var body = new ResponseBody(response, _request.Timeout);
            await OutputFile.WriteAsync(path, body, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _waiters.Leave(waiter);
        }
    }

    public void Dispose()
    {
        _answer?.Dispose();
        _transport.Dispose();
    }

    private async Task<Answer> OpenAsync(Uri address, RestBody? body, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await SendAsync(address, body, cancellationToken).ConfigureAwait(false);
        var answer = new ResponseBody(response, _request.Timeout);
        try
        {
            return Answer(response, answer);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private Answer Answer(HttpResponseMessage response, ResponseBody body)
    {
        string host = _request.Uri.Host;
        string? type = response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant();
        if (_request.Method == "HEAD" || (int)response.StatusCode == 204)
            return new TextAnswer(body, Encoding.UTF8);
        // Log Analytics sends 204 for no data: where a table or a further page has no content at all, something is lost.
        if (body.Length == 0)
            return _request.AsTable ? throw RequestErrors.NoTables(host)
                : _pages.Count > 0 ? throw RequestErrors.NotJson(host)
                : new TextAnswer(body, Encoding.UTF8);
        if (type is not null && type.Contains("json"))
            return _request.AsTable ? new TableAnswer(body, _objects, host, _waiters.Warning)
                : _request.FollowPages ? new PagedAnswer(body, _objects, host)
                : new WholeAnswer(body, _objects, host, _waiters.Warning);
        if (type is "text/html")
            throw RequestErrors.Page(host);
        if (_request.AsTable)
            throw RequestErrors.NoTables(host);
        return type is null || type.StartsWith("text/", StringComparison.Ordinal) || type.EndsWith("xml")
            ? new TextAnswer(body, EncodingOf(response))
            : throw RequestErrors.NotText(host);
    }

    /// <summary>Sends a request, and returns the successful response.</summary>
    private async Task<HttpResponseMessage> SendAsync(Uri address, RestBody? body, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_request.Timeout);
        using HttpRequestMessage message = Message(address, body);
        HttpResponseMessage response;
        try
        {
            response = await _transport.SendAsync(message, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is not TokenException && !cancellationToken.IsCancellationRequested)
        {
            throw RequestErrors.NoResponse(exception, address.Host, _request.Timeout);
        }

        StatusCode = (int)response.StatusCode;
        ResponseHeaders = HeadersOf(response);
        if (StatusCode < 300)
            return response;

        using var refusal = new ResponseBody(response, _request.Timeout);
        ReadOnlyMemory<byte> beginning =
            await refusal.ReadBeginningAsync(LongestError, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        throw RequestErrors.Refused(_request, response, beginning, _transport.Token!.GetPlainText());
    }

    private HttpRequestMessage Message(Uri address, RestBody? body)
    {
        bool isNextPage = address != _request.Uri;
        var message = new HttpRequestMessage(new HttpMethod(isNextPage ? "GET" : _request.Method), address);
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        message.Headers.TryAddWithoutValidation("User-Agent", "MonitorToken");
        if (!isNextPage && body is not null)
            message.Content = body.ToContent(
                compress: body.IsText && _request.Resource.Name == "LogsIngestion"
                    && !_request.Headers.Any(header => Is(header.Key, "Content-Encoding")));
        else if (_request.Method is "POST" or "PUT" or "PATCH" && !isNextPage)
            message.Content = new ByteArrayContent([]);

        foreach (IGrouping<string, string> header in _request.Headers.ToLookup(
            header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase))
        {
            HttpHeaders? headers = DescribesContent(header.Key) ? message.Content?.Headers : message.Headers;
            if (headers is null && isNextPage)
                continue;
            if (headers is null)
                throw new TokenException(
                    TokenError.InvalidOption,
                    $"-Headers contains {TextSanitizer.OneLine(header.Key)}, but the request has no body.",
                    "Leave it out, or specify -Body.");

            headers.Remove(header.Key);
            headers.TryAddWithoutValidation(header.Key, header);
        }

        return message;
    }

    /// <summary>Returns the request for the next page; null if there is none.</summary>
    /// <exception cref="RequestException">The next page is elsewhere, or was requested before.</exception>
    private (Uri Address, RestBody? Body)? NextPage(Answer answer, (Uri Address, RestBody? Body)? next)
    {
        string host = _request.Uri.Host;
        if (_request.IsResourceGraphQuery && answer.SkipToken is { } skipToken)
            return _pages.Add(skipToken)
                ? (_request.Uri, _request.Body?.WithSkipToken(skipToken) ?? throw RequestErrors.NoNextPage(host))
                : throw RequestErrors.PagesRepeat(host);
        if (answer.NextLink is not { } link)
            return null;
        if (!Uri.TryCreate(link, UriKind.Absolute, out Uri? address)
            || !ServiceTransport.IsOf(_request.Resource, address))
            throw RequestErrors.ForeignPage(host);
        _pages.Add(next!.Value.Address.AbsoluteUri);
        return _pages.Add(address.AbsoluteUri) ? (address, null) : throw RequestErrors.PagesRepeat(host);
    }

    /// <summary>Whether .NET has a header among those of the content.</summary>
    private static bool DescribesContent(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
        || Is(name, "Allow") || Is(name, "Expires") || Is(name, "Last-Modified");

    private static Dictionary<string, string[]> HeadersOf(HttpResponseMessage response)
    {
        var headers = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, IEnumerable<string>> header in response.Headers.Concat(response.Content.Headers))
            headers[header.Key] = [.. header.Value];
        return headers;
    }

    private static Encoding EncodingOf(HttpResponseMessage response)
    {
        try
        {
            return response.Content.Headers.ContentType?.CharSet is { Length: > 0 } name
                ? Encoding.GetEncoding(name.Trim('"'))
                : Encoding.UTF8;
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    private static bool Is(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
