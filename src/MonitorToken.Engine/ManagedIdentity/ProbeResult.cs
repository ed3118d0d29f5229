using System.Globalization;
using System.Text;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>What a probe's answer says about who is there.</summary>
internal enum ProbeVerdict
{
    /// <summary>Something else: another cloud, a container's network, a proxy.</summary>
    Other,

    /// <summary>404: the metadata service while it is being updated, or somebody else who knows no such path.</summary>
    Unclear,

    /// <summary>Azure's metadata service, also where it is throttled, failing or being updated.</summary>
    Imds,
}

/// <summary>
/// The answer to a probe, as far as it has to be read: status, the headers that tell who sends it, and the beginning of
/// the body.
/// </summary>
internal sealed class ProbeResult
{
    /// <summary>As much of an answer as is ever looked at.</summary>
    private const int Longest = 16 * 1024;

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
        // The size of the first chunk comes before its content.
        if (Header(head, "Transfer-Encoding").EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
            body = body.IndexOf('\n') is >= 0 and int line ? body.Substring(line + 1) : string.Empty;
        body = body.TrimStart();

        bool isImds = Header(head, "Server").StartsWith("IMDS/", StringComparison.OrdinalIgnoreCase);
        bool hasBegun = body.Length > 0;
        bool isJson = hasBegun && body[0] == '{';
        bool hasToken = isJson && body.Contains("\"access_token\"");
        IsPage = Header(head, "Content-Type").StartsWith("text/html", StringComparison.OrdinalIgnoreCase)
            || (hasBegun && body[0] == '<');
        // Who it says it is counts before anything else that it says.
        Verdict = isImds ? ProbeVerdict.Imds
            : IsPage || (hasBegun && !isJson) ? ProbeVerdict.Other
            : Judge(Status, hasToken);

        bool isOver = answer.Length >= Longest
            || (int.TryParse(
                Header(head, "Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                && sent.Length >= length);
        IsComplete = end >= 0 && (isImds || isOver || (hasBegun && (Status != 200 || hasToken)));
    }

    /// <summary>The HTTP status; 0 where the answer has none.</summary>
    public int Status { get; }

    public bool IsPage { get; }

    public ProbeVerdict Verdict { get; }

    /// <summary>Whether more of the answer would change nothing.</summary>
    private bool IsComplete { get; }

    /// <summary>Reads as much of an answer as it takes to judge it.</summary>
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

    private static ProbeVerdict Judge(int status, bool hasToken) => status switch
    {
        // The answer to a request without its header, and those of a service that is busy, failing or being updated.
        400 or 410 or 429 or 500 or 503 => ProbeVerdict.Imds,
        // AAD Pod Identity does not insist on the header.
        200 when hasToken => ProbeVerdict.Imds,
        404 => ProbeVerdict.Unclear,
        _ => ProbeVerdict.Other,
    };

    private static string Header(string[] head, string name) =>
        Array.Find(head, line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            ?.Substring(name.Length + 1).Trim() ?? string.Empty;
}
