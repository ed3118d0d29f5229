using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Tokens;

/// <summary>The parsed response of an identity service, before a library has changed it.</summary>
internal sealed class TokenResponse
{
    /// <summary>The longest duration that is accepted: a year. Chosen.</summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(366);

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private readonly bool _isEmpty;

    public TokenResponse(HttpResponseMessage response, ReadOnlyMemory<byte> content)
    {
        Status = (int)response.StatusCode;
        RetryAfter = ReadRetryAfter(response);
        // JsonDocument rejects the byte order mark that some servers send.
        if (content.Span.StartsWith(ByteOrderMark))
            content = content.Slice(ByteOrderMark.Length);
        _isEmpty = content.IsEmpty;
        int start = 0;
        while (start < content.Length && content.Span[start] <= ' ')
            start++;
        IsPage = start < content.Length && content.Span[start] == '<';
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                Body = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Not JSON. Kind describes what it is.
        }
    }

    public static async Task<TokenResponse> FromAsync(HttpResponseMessage response) =>
        new(response, await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));

    public int Status { get; }

    /// <summary>The JSON object in the body; null if the body is anything else.</summary>
    public JsonElement? Body { get; }

    /// <summary>
    /// When the service asks to try again, in UTC; null if it does not say, or says nothing plausible.
    /// </summary>
    public DateTimeOffset? RetryAfter { get; }

    /// <summary>The error code of Entra, such as <c>AADSTS90033</c>; null if there is none.</summary>
    public string? EntraCode => EntraErrors.FindCode(Text("error_description")) ?? FirstCode();

    /// <summary>
    /// The error message, in the format of Entra and virtual machines, App Service or Cloud Shell; null if there is
    /// none.
    /// </summary>
    public string? Description => Text("error_description") ?? Text("message") ?? Text("error", "message");

    /// <summary>The error code, in the format of OAuth 2.0 or Cloud Shell; null if there is none.</summary>
    public string? ErrorCode => Text("error") ?? Text("error", "code");

    /// <summary>The correlation id, in the format of Entra or App Service; null if there is none.</summary>
    public string? CorrelationId => Text("correlation_id") ?? Text("correlationId");

    /// <summary>
    /// Whether the failure is transient, no matter what was requested. Entra returns some transient failures with HTTP
    /// 400, which the libraries treat as permanent.
    /// </summary>
    public bool IsTransient =>
        Status is 408 or 410 or 429 or >= 500
        || (Status >= 400 && EntraErrors.IsTransient(EntraCode, Text("error")));

    public string? Token => Text("access_token");

    /// <summary>Describes the response in a few words, for error messages.</summary>
    public string Kind =>
        _isEmpty ? "an empty response"
        : IsPage ? "a web page"
        : Body is null ? "something that isn't JSON"
        : string.IsNullOrEmpty(Token) ? "JSON without a token"
        : ExpiresOn is null ? "a token without a valid expiry"
        : "a token";

    /// <summary>
    /// When the token expires, in UTC: the earlier of expires_in (seconds from now) and expires_on (Unix time).
    /// Services send them as numbers or strings, and App Service 2017 sends a date. Null if both are missing or one is
    /// not plausible.
    /// </summary>
    public DateTimeOffset? ExpiresOn
    {
        get
        {
            DateTimeOffset? byLifetime =
                Seconds("expires_in") is { } seconds && Math.Abs(seconds) < MaxDuration.TotalSeconds
                    ? _now.AddSeconds(seconds)
                    : null;
            DateTimeOffset? byTime = Seconds("expires_on") is { } unix
                ? unix is >= 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeSeconds((long)unix) : null
                : Date("expires_on");
            bool isImplausible = (Has("expires_in") && byLifetime is null) || (Has("expires_on") && byTime is null);
            return isImplausible ? null : byLifetime < byTime ? byLifetime : byTime ?? byLifetime;
        }
    }

    public bool IsPage { get; }

    /// <summary>Returns the string at a path in the body; null if it is missing or not a string.</summary>
    public string? Text(params string[] path)
    {
        JsonElement? inner = Body;
        foreach (string name in path.Take(path.Length - 1))
            inner = inner is { } outer ? EmbeddedJson.Property(outer, name) : null;
        return inner is { } element ? EmbeddedJson.Text(element, path[path.Length - 1]) : null;
    }

    /// <summary>
    /// Reads when the service asks to try again, in UTC; null if it does not say, or says nothing plausible. At most a
    /// year ahead.
    /// </summary>
    public static DateTimeOffset? ReadRetryAfter(HttpResponseMessage response)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        // As in the retry policy of Azure.Core, the headers in milliseconds take precedence.
        DateTimeOffset? asked = ParseRetryAfter(response.Header("retry-after-ms"), 1000, now)
            ?? ParseRetryAfter(response.Header("x-ms-retry-after-ms"), 1000, now)
            ?? ParseRetryAfter(response.Header("Retry-After"), 1, now);
        return asked > now + MaxDuration ? now + MaxDuration : asked > now ? asked : null;
    }

    private static DateTimeOffset? ParseRetryAfter(string? value, double partsOfSecond, DateTimeOffset now)
    {
        if (double.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out double parts))
            return parts >= 0 ? now.AddSeconds(Math.Min(parts / partsOfSecond, MaxDuration.TotalSeconds)) : null;

        // As in Azure.Core, which would otherwise honor a date that is ignored here.
        const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, Universal, out DateTimeOffset date)
            ? date
            : null;
    }

    private JsonElement? Member(string name) => Body is { } body ? EmbeddedJson.Property(body, name) : null;

    /// <summary>The first of the error_codes, which is all that some error responses have.</summary>
    private string? FirstCode() =>
        Member("error_codes") is { ValueKind: JsonValueKind.Array } codes
        && codes.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Number } code
        && code.TryGetInt64(out long number) && number is > 0 and < 1_000_000_000_000
            ? "AADSTS" + number.ToString(CultureInfo.InvariantCulture)
            : null;

    private bool Has(string name) =>
        Member(name) is { ValueKind: not JsonValueKind.Null } value
        && (value.ValueKind != JsonValueKind.String || Text(name) != string.Empty);

    private double? Seconds(string name) =>
        double.TryParse(
            Member(name) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : Text(name),
            NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out double seconds)
            ? seconds
            : null;

    /// <summary>Parses a date of App Service 2017, such as <c>05/22/2021 17:14:33 +00:00</c>.</summary>
    private DateTimeOffset? Date(string name) =>
        DateTimeOffset.TryParse(
            Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date.ToUniversalTime()
            : null;
}
