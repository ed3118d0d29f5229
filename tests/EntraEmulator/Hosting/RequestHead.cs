using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace MonitorToken.EntraEmulator;

/// <summary>Request line and headers of an HTTP/1.1 request, read from a bare connection.</summary>
internal sealed record RequestHead(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    private const int Limit = 64 * 1024;

    /// <summary>
    /// Reads up to the empty line and no further; null if the client left before or spoke something else.
    /// </summary>
    public static async Task<RequestHead?> ReadAsync(Stream client, CancellationToken cancellationToken)
    {
        // Byte by byte, because what follows the head belongs to someone else.
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.Length < Limit)
        {
            if (await client.ReadAsync(one, cancellationToken) == 0)
                return null;
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.Length >= 4 && head[^2] == '\r' && head[^3] == '\n')
                return Parse(head.ToString());
        }

        return null;
    }

    public RecordedRequest Record(Listener listener)
    {
        // CONNECT names host:port, a proxied request a whole URL, any other a path.
        string target = Method == "CONNECT" ? $"https://{Target}" : Target;
        string host = Headers.GetValueOrDefault("Host", "localhost");
        if (!Uri.TryCreate(target, UriKind.Absolute, out Uri? url) || url.Host.Length == 0)
            Uri.TryCreate($"http://{host}{Target}", UriKind.Absolute, out url);
        return new RecordedRequest
        {
            Listener = listener,
            ThroughProxy = listener == Listener.Proxy,
            Method = Method,
            Scheme = url?.Scheme ?? "http",
            Host = url?.Host ?? "",
            Path = url?.AbsolutePath ?? Target,
            Target = Target,
            Query = QueryHelpers.ParseQuery(url?.Query).ToDictionary(pair => pair.Key, pair => pair.Value.ToString()),
            Headers = Headers,
        };
    }

    /// <summary>
    /// The head that a proxy sends on to the server: with the path alone, without what was meant for the proxy, and for
    /// one request only, because the next one may be for another server.
    /// </summary>
    public string ToOrigin(Uri url)
    {
        IEnumerable<string> lines = Headers
            .Where(header => !header.Key.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase))
            .Where(header => !header.Key.Equals("Connection", StringComparison.OrdinalIgnoreCase))
            .Select(header => $"{header.Key}: {header.Value}\r\n");
        return $"{Method} {url.PathAndQuery} HTTP/1.1\r\n{string.Concat(lines)}Connection: close\r\n\r\n";
    }

    private static RequestHead? Parse(string head)
    {
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] request = lines.Length > 0 ? lines[0].Split(' ') : [];
        if (request.Length != 3)
            return null;

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string[] header in lines.Skip(1).Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2))
            headers[header[0]] = header[1].Trim();
        return new(request[0], request[1], headers);
    }
}
