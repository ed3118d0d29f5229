using System.Globalization;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// What a service has answered to a call with a token, each in a form of its own. It may repeat what it was sent, so
/// nothing of it is shown that has a part of the token in it.
/// </summary>
internal sealed class ServiceAnswer
{
    /// <summary>What is this long in a message and in a token is there because the service has repeated it.</summary>
    private const int Telltale = 16;

    /// <summary>No service has more errors within an error, and no header is longer.</summary>
    private const int Deepest = 5;
    private const int LongestHeader = 4000;

    private static readonly CompareInfo Words = CultureInfo.InvariantCulture.CompareInfo;

    private readonly string _token;

    public ServiceAnswer(HttpResponseMessage response, ReadOnlyMemory<byte> content, string token)
    {
        _token = token;
        var answer = new TokenResponse(response, content);
        Status = answer.Status;
        IsPage = answer.IsPage;
        RetryAfter = answer.RetryAfter;

        // Resource Manager and Log Analytics; Prometheus; services that speak OAuth; the rest.
        (string? code, string? message) =
            answer.Text("error", "code") is not null || answer.Text("error", "message") is not null
                ? (answer.Text("error", "code"), answer.Text("error", "message"))
            : answer.Text("errorType") is { } type ? (type, answer.Text("error"))
            : answer.Text("error") is { } error ? (error, answer.Text("error_description") ?? answer.Text("message"))
            : (answer.Text("code"), answer.Text("message") ?? answer.Text("Message"));
        (string? innerCode, string? innerMessage) = Innermost(answer);
        string challenge = Challenge(response);
        string? challenged = Quoted(challenge, "error");
        HasClaims = Quoted(challenge, "claims") is not null;
        Codes = [.. new[] { code, innerCode, challenged }.Select(Code).OfType<string>()];
        Message = message ?? string.Empty;
        Reason = Tell(
            Say(Code(code), Shown(message)) ?? Say(Code(challenged), Shown(Quoted(challenge, "error_description"))),
            Say(Code(innerCode), Shown(innerMessage)),
            Destination(response));
    }

    public int Status { get; }

    /// <summary>Whether it is a web page, which none of these services sends.</summary>
    public bool IsPage { get; }

    /// <summary>Whether it is a challenge for claims that the token does not have.</summary>
    public bool HasClaims { get; }

    public DateTimeOffset? RetryAfter { get; }

    /// <summary>The service's words for the error, outermost first.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>What the service has said for people, as it came: not to be shown.</summary>
    public string Message { get; }

    /// <summary>The status, and what the service has said for people.</summary>
    public string Reason { get; }

    /// <summary>Whether one of the codes has this in it.</summary>
    public bool Says(string part) =>
        Codes.Any(code => Words.IndexOf(code, part, CompareOptions.OrdinalIgnoreCase) >= 0);

    /// <summary>The cause is told within the error: for one, that the network may not call, and not the identity.</summary>
    private static (string? Code, string? Message) Innermost(TokenResponse answer)
    {
        (string?, string?) innermost = (null, null);
        var path = new List<string> { "error" };
        for (int depth = 0; depth < Deepest; depth++)
        {
            path.Add("innererror");
            string? code = answer.Text([.. path, "code"]);
            string? message = answer.Text([.. path, "message"]);
            if (code is not null || message is not null)
                innermost = (code, message);
        }

        return innermost;
    }

    private static string Challenge(HttpResponseMessage response) =>
        response.Header("WWW-Authenticate") is { } header && header.Length <= LongestHeader
            ? header
            : string.Empty;

    private static string? Quoted(string header, string name)
    {
        Match match = Regex.Match(header, $"\\b{name}\\s*=\\s*\"([^\"]*)\"", RegexOptions.IgnoreCase);
        return match.Success ? match.Groups[1].Value : null;
    }

    private string? Destination(HttpResponseMessage response) =>
        Status is >= 300 and < 400
        && Uri.TryCreate(response.Header("Location"), UriKind.Absolute, out Uri? address)
        && address.Host.Length > 0
        && !IsRepeated(address.Host)
            ? TextSanitizer.OneLine(address.Host)
            : null;

    private string Tell(string? error, string? inner, string? destination)
    {
        string status = $"HTTP {Status}";
        return destination is not null ? $"{status}, which leads to {destination}."
            : error is not null && inner is not null ? $"{status}, {error} ({inner.TrimEnd('.')})"
            : (error ?? inner) is { } said ? $"{status}, {said}"
            : IsPage ? $"{status} with a web page."
            : $"{status}, with no reason to show.";
    }

    private static string? Say(string? code, string? message) =>
        code is not null && message is not null ? $"{code}: {message}" : message ?? (code is null ? null : $"{code}.");

    /// <summary>A word; whatever else stands in its place is none of an error's.</summary>
    private string? Code(string? code) =>
        code is not null && Regex.IsMatch(code, @"^[\w.-]{1,64}\z") && !IsRepeated(code) ? code : null;

    private string? Shown(string? message)
    {
        string text = message is null || IsRepeated(
            message) ? string.Empty : TextSanitizer.OneLine(TokenErrors.Sentence(message));
        return text.Length > 0 ? text : null;
    }

    private bool IsRepeated(string text)
    {
        int length = Math.Min(Telltale, _token.Length);
        var parts = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i + length <= text.Length; i++)
            parts.Add(text.Substring(i, length));
        for (int i = 0; i + length <= _token.Length && parts.Count > 0; i++)
        {
            if (parts.Contains(_token.Substring(i, length)))
                return true;
        }

        return false;
    }
}
