using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace MonitorToken.EntraEmulator;

/// <summary>Records what comes to the two web listeners, before anything else looks at it.</summary>
internal static class RequestRecording
{
    public static async Task RecordAsync(HttpContext context, RequestDelegate next, RequestLog log, Proxy proxy)
    {
        HttpRequest request = context.Request;
        string body = await ReadBodyAsync(request, context.RequestAborted);
        RecordedRequest recorded = log.Add(new RecordedRequest
        {
            Listener = request.IsHttps ? Listener.Https : Listener.Http,
            ThroughProxy = proxy.HasBrought(context.Connection.RemotePort),
            Method = request.Method,
            Scheme = request.Scheme,
            Host = request.Host.Host,
            Path = request.Path.ToString(),
            Target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            Query = Flat(request.Query),
            Headers = Flat(request.Headers),
            Form = request.HasFormContentType ? Flat(QueryHelpers.ParseQuery(body)) : new Dictionary<string, string>(),
            Body = body,
        });
        context.Items[typeof(RecordedRequest)] = recorded;

        // Before the answer leaves: a test that has its answer must find the status in the log.
        context.Response.OnStarting(() =>
        {
            // The server comes by here for an aborted request as well, though nobody gets that answer.
            if (!context.RequestAborted.IsCancellationRequested)
                recorded.StatusCode = context.Response.StatusCode;
            return Task.CompletedTask;
        });
        await next(context);
    }

    /// <summary>This request's record, which is also where endpoints find its form and body.</summary>
    public static RecordedRequest Recorded(this HttpContext context) =>
        (RecordedRequest)context.Items[typeof(RecordedRequest)]!;

    /// <summary>Keeps an answer with its request; nothing for what is not recorded, such as the admin API.</summary>
    public static void Record(this HttpContext context, string answer)
    {
        if (context.Items.TryGetValue(typeof(RecordedRequest), out object? recorded))
            ((RecordedRequest)recorded!).Answer = answer;
    }

    private static async Task<string> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var sent = new MemoryStream();
        await request.Body.CopyToAsync(sent, cancellationToken);
        if (request.Headers.ContentEncoding == "gzip")
        {
            try
            {
                sent.Position = 0;
                using var unpacked = new StreamReader(
                    new GZipStream(sent, CompressionMode.Decompress, leaveOpen: true), Encoding.UTF8);
                return await unpacked.ReadToEndAsync(cancellationToken);
            }
            catch (InvalidDataException)
            {
                // Not what it says it is: recorded as it came, and no endpoint will take it.
            }
        }

        return Encoding.UTF8.GetString(sent.GetBuffer(), 0, (int)sent.Length);
    }

    private static Dictionary<string, string> Flat(IEnumerable<KeyValuePair<string, StringValues>> values) =>
        values.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase);
}
