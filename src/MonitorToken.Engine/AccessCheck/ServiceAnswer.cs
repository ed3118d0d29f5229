using System.Text.Json;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Processes;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// The response of a service to a call with a token; the error formats differ from service to service. A service may
/// repeat what it was sent, so no text that contains a part of the token is displayed.
/// </summary>
internal sealed class ServiceAnswer
{
    /// <summary>
    /// The length, in characters, from which on a text that a message and the token have in common is considered
    /// repeated by the service. Chosen.
    /// </summary>
    private const int MinRepeatedLength = 16;

    /// <summary>The number of nested innererror objects that are read. Chosen.</summary>
    private const int MaxDepth = 5;

    /// <summary>
    /// The longest header that is parsed, in characters, which bounds the time of the regular expressions. Chosen.
    /// </summary>
    private const int MaxHeaderLength = 4000;

    private readonly string _token;

    /// <summary>Parses the response, and the beginning of its body, to a call with a token.</summary>
    public ServiceAnswer(HttpResponseMessage response, ReadOnlyMemory<byte> content, string token)
    {
        _token = token;
        var answer = new TokenResponse(response, content);
        (Status, IsPage, RetryAfter, Body) = (answer.Status, answer.IsPage, answer.RetryAfter, answer.Body);

        // The formats of Resource Manager and Log Analytics; Prometheus; OAuth; and all others.
        (string? code, string? message) =
            answer.Text("error", "code") is not null || answer.Text("error", "message") is not null
                ? (answer.Text("error", "code"), answer.Text("error", "message"))
            : answer.Text("errorType") is { } type ? (type, answer.Text("error"))
            : answer.Text("error") is { } error ? (error, answer.Text("error_description") ?? answer.Text("message"))
            : (answer.Text("code"), answer.Text("message") ?? answer.Text("Message"));
        (string? innerCode, string? innerMessage) = Innermost(answer);
        string challenge =
            response.Header("WWW-Authenticate") is { Length: <= MaxHeaderLength } header ? header : string.Empty;
        string? challenged = Quoted(challenge, "error");
        HasClaims = Quoted(challenge, "claims") is not null;
        Codes = [.. new[] { code, innerCode, challenged }.Select(Code).OfType<string>()];
        Message = message ?? string.Empty;

        string? outer = Format(code, message) ?? Format(challenged, Quoted(challenge, "error_description"));
        string? inner = Format(innerCode, innerMessage);
        Reason = $"HTTP {Status}" + (
            RedirectHost(response) is { } host ? $", which redirects to {host}."
            : outer is not null && inner is not null ? $", {outer} ({inner.TrimEnd('.')})"
            : (outer ?? inner) is { } said ? $", {said}"
            : IsPage ? " with a web page."
            : ", without a reason.");
    }

    public int Status { get; }

    /// <summary>Whether the response is a web page, which none of these services returns.</summary>
    public bool IsPage { get; }

    public bool HasClaims { get; }

    public DateTimeOffset? RetryAfter { get; }

    /// <summary>
    /// The JSON object in the body; null if the body is anything else. Not to be displayed, because it may contain the
    /// token.
    /// </summary>
    public JsonElement? Body { get; }

    /// <summary>The error codes of the service, outermost first.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>The error message of the service. Not to be displayed, because it may contain the token.</summary>
    public string Message { get; }

    /// <summary>The status with the error code and message, safe to display.</summary>
    public string Reason { get; }

    /// <summary>Whether one of the codes contains one of several words, in any case.</summary>
    public bool HasCode(string words) =>
        Codes.Any(code => Regex.IsMatch(code, words, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));

    /// <summary>Whether one of the error's details, in the format of Resource Manager, has this code.</summary>
    public bool HasDetail(string code) =>
        Body is { } body && EmbeddedJson.Property(body, "error") is { } error
        && RolePermissions.Elements(error, "details").Any(detail => EmbeddedJson.Text(detail, "code") == code);

    /// <summary>
    /// Reads the innermost innererror, which has the actual cause, for example that the network, not the identity, was
    /// refused.
    /// </summary>
    private static (string? Code, string? Message) Innermost(TokenResponse answer)
    {
        (string?, string?) innermost = (null, null);
        var path = new List<string> { "error" };
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            path.Add("innererror");
            string? code = answer.Text([.. path, "code"]);
            string? message = answer.Text([.. path, "message"]);
            if (code is not null || message is not null)
                innermost = (code, message);
        }

        return innermost;
    }

    private static string? Quoted(string header, string name) =>
        Regex.Match(header, $"\\b{name}\\s*=\\s*\"([^\"]*)\"", RegexOptions.IgnoreCase) is { Success: true } match
            ? match.Groups[1].Value
            : null;

    private string? RedirectHost(HttpResponseMessage response) =>
        Status is >= 300 and < 400
        && Uri.TryCreate(response.Header("Location"), UriKind.Absolute, out Uri? address)
        && address.Host.Length > 0 && !IsRepeated(address.Host)
            ? TextSanitizer.OneLine(address.Host)
            : null;

    /// <summary>Formats what is safe to display of an error code and message; null if that is nothing.</summary>
    private string? Format(string? code, string? message)
    {
        code = Code(code);
        string text = message is null || IsRepeated(message)
            ? string.Empty
            : TextSanitizer.OneLine(TokenErrors.Sentence(message));
        return text.Length == 0 ? (code is null ? null : $"{code}.") : code is null ? text : $"{code}: {text}";
    }

    /// <summary>Returns an error code if it looks like one and is not a part of the token; otherwise null.</summary>
    private string? Code(string? code) =>
        code is not null && Regex.IsMatch(code, @"^[\w.-]{1,64}\z") && !IsRepeated(code) ? code : null;

    /// <summary>Whether a text contains a part of the token.</summary>
    private bool IsRepeated(string text)
    {
        int length = Math.Min(MinRepeatedLength, _token.Length);
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
