using System.Globalization;
using System.Text;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>What the response to a probe says about the sender.</summary>
internal enum ProbeVerdict
{
    /// <summary>Not the metadata service of Azure: that of another cloud, a container network, a proxy.</summary>
    Other,

    /// <summary>
    /// 404: the metadata service while it is being updated, or another server that does not have the path.
    /// </summary>
    Unclear,

    /// <summary>The metadata service of Azure, even if it throttles, fails or is being updated.</summary>
    Imds,
}

/// <summary>
/// The response to a probe, as far as it is needed to identify the sender: status, headers and the beginning of the
/// body.
/// </summary>
internal sealed class ProbeResult
{
    /// <summary>The number of characters after which reading stops. Chosen.</summary>
    private const int MaxLength = 16 * 1024;

    private ProbeResult(string answer)
    {
        int end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] head = (end < 0 ? answer : answer.Substring(0, end)).Split(["\r\n"], StringSplitOptions.None);
        string[] words = head[0].Split(' ');
        if (words.Length > 1 && words[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int status))
            Status = status;

        string sent = end < 0 ? string.Empty : answer.Substring(end + 4);
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
        // The Server header of IMDS takes precedence over all other signs.
        Verdict = isImds ? ProbeVerdict.Imds
            : IsPage || (hasBegun && !isJson) ? ProbeVerdict.Other
            : Classify(Status, hasToken);

        bool isOver = answer.Length >= MaxLength
            || (int.TryParse(
                Header(head, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                && sent.Length >= length);
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
        var answer = new StringBuilder();
        byte[] buffer = new byte[2048];
        while (true)
        {
#if NET
            int count = await stream.ReadAsync(buffer.AsMemory()).ConfigureAwait(false);
#else
            int count = await stream.ReadAsync(buffer, 0, buffer.Length).ConfigureAwait(false);
#endif
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
            var result = new ProbeResult(answer.ToString());
            if (count == 0 || result.IsComplete)
                return result;
        }
    }

    private static ProbeVerdict Classify(int status, bool hasToken) => status switch
    {
        // The response to a request without the Metadata header (400), and those of a service that is busy, failing or
        // being updated.
        400 or 410 or 429 or 500 or 503 => ProbeVerdict.Imds,
        // AAD Pod Identity does not require the header.
        200 when hasToken => ProbeVerdict.Imds,
        404 => ProbeVerdict.Unclear,
        _ => ProbeVerdict.Other,
    };

    private static string Header(string[] head, string name) =>
        Array.Find(head, line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            ?.Substring(name.Length + 1).Trim() ?? string.Empty;
}
