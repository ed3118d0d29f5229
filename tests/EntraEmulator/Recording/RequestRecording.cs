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
        string body;
        using (var reader = new StreamReader(request.Body, Encoding.UTF8))
            body = await reader.ReadToEndAsync(context.RequestAborted);

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

    private static Dictionary<string, string> Flat(IEnumerable<KeyValuePair<string, StringValues>> values) =>
        values.ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.OrdinalIgnoreCase);
}
