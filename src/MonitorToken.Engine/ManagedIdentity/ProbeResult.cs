using System.Globalization;
using System.Text;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>What the response to a probe says about the sender.</summary>
internal enum ProbeVerdict
{
    /// <summary>Not the metadata service of Azure, but that of another cloud, a container network or a proxy.</summary>
    Other,

    /// <summary>
    /// 404: the metadata service while it is being updated, or another server that does not have the path.
    /// </summary>
    Unclear,

    /// <summary>The metadata service of Azure, even if it throttles, fails or is being updated.</summary>
    Imds,
}

/// <summary>
/// The status, headers and beginning of the body of the response to a probe, which identify the sender.
/// </summary>
internal sealed class ProbeResult
{
    /// <summary>The number of characters after which reading stops. Chosen.</summary>
    private const int MaxLength = 16 * 1024;

    private ProbeResult(string response)
    {
        int end = response.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] head = (end < 0 ? response : response.Substring(0, end)).Split(["\r\n"], StringSplitOptions.None);
        string[] statusLine = head[0].Split(' ');
        if (statusLine.Length > 1 && statusLine[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            && TryParse(statusLine[1], out int status))
            Status = status;

        string sent = end < 0 ? string.Empty : response.Substring(end + 4);
        string body = sent;
        // With chunked encoding, a line with the size of the first chunk precedes the content.
        if (Header(head, "Transfer-Encoding").EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
            body = body.IndexOf('\n') is >= 0 and int line ? body.Substring(line + 1) : string.Empty;
        body = body.TrimStart();

        bool isImds = Header(head, "Server").StartsWith("IMDS/", StringComparison.OrdinalIgnoreCase);
        bool hasBegun = body.Length > 0;
        bool isJson = hasBegun && body[0] == '{';
        bool hasToken = isJson && body.Contains("\"access_token\"");
        IsPage = Header(head, "Content-Type").StartsWith("text/html", StringComparison.OrdinalIgnoreCase)
            || (hasBegun && body[0] == '<');
        Verdict = Status switch
        {
            // The Server header of IMDS takes precedence over all other signs.
            _ when isImds => ProbeVerdict.Imds,
            _ when IsPage || (hasBegun && !isJson) => ProbeVerdict.Other,
            // The response to a request without the Metadata header (400), and those of a service that is busy,
            // failing or being updated.
            400 or 410 or 429 or 500 or 503 => ProbeVerdict.Imds,
            // AAD Pod Identity does not require the header.
            200 when hasToken => ProbeVerdict.Imds,
            404 => ProbeVerdict.Unclear,
            _ => ProbeVerdict.Other,
        };

        bool isOver = response.Length >= MaxLength
            || (TryParse(Header(head, "Content-Length"), out int length) && sent.Length >= length);
        IsComplete = end >= 0 && (isImds || isOver || (hasBegun && (Status != 200 || hasToken)));
    }

    /// <summary>The HTTP status; 0 if the response has none.</summary>
    public int Status { get; }

    /// <summary>Whether the response is a web page.</summary>
    public bool IsPage { get; }

    /// <summary>What the response says about the sender.</summary>
    public ProbeVerdict Verdict { get; }

    /// <summary>Whether the rest of the response could not change the verdict.</summary>
    private bool IsComplete { get; }

    /// <summary>Reads the response until the verdict is final.</summary>
    public static async Task<ProbeResult> ReadAsync(Stream stream)
    {
        var response = new StringBuilder();
        var buffer = new ArraySegment<byte>(new byte[2048]);
        while (true)
        {
            int count = await ResponseExtensions.ReadAsync(stream, buffer, CancellationToken.None)
                .ConfigureAwait(false);
            response.Append(Encoding.ASCII.GetString(buffer.Array!, 0, count));
            var result = new ProbeResult(response.ToString());
            if (count == 0 || result.IsComplete)
                return result;
        }
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Header(string[] head, string name) =>
        Array.Find(head, line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            ?.Substring(name.Length + 1).Trim() ?? string.Empty;
}
