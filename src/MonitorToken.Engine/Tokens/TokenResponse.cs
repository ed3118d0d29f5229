using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.Tokens;

/// <summary>The parsed response of an identity service, before a library has changed it.</summary>
internal sealed class TokenResponse
{
    /// <summary>The longest duration that is accepted: a year. Chosen.</summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(366);

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private readonly bool _isEmpty;

    /// <summary>Parses a response.</summary>
    /// <param name="response">The response with status and headers.</param>
    /// <param name="content">The body.</param>
    public TokenResponse(HttpResponseMessage response, ReadOnlyMemory<byte> content)
    {
        Status = (int)response.StatusCode;
        RetryAfter = ReadRetryAfter(response);
        // JsonDocument rejects the byte order mark that some servers send.
        if (content.Span.StartsWith(ByteOrderMark))
            content = content.Slice(ByteOrderMark.Length);
        _isEmpty = content.IsEmpty;
        IsPage = FirstVisibleCharacter(content.Span) == '<';
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

    /// <summary>Reads and parses a response.</summary>
    public static async Task<TokenResponse> FromAsync(HttpResponseMessage response) =>
        new(response, await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The JSON object in the body; null if the body is anything else.</summary>
    public JsonElement? Body { get; }

    /// <summary>
    /// When the service asks to try again, in UTC; null if it does not say, or says nothing plausible.
    /// </summary>
    public DateTimeOffset? RetryAfter { get; }

    /// <summary>The error code of Entra, such as <c>AADSTS90033</c>; null if there is none.</summary>
    public string? EntraCode =>
        (Text("error_description") is { } description ? EntraErrors.FindCode(description) : null) ?? FirstCode();

    /// <summary>
    /// Whether the failure is transient, whatever was requested. Entra returns some transient failures with HTTP 400,
    /// which the libraries treat as permanent.
    /// </summary>
    public bool IsTransient =>
        Status is 408 or 410 or 429 or >= 500
        || (Status >= 400 && EntraErrors.IsTransient(EntraCode, Text("error")));

    /// <summary>The access token; null if there is none.</summary>
    public string? Token => Text("access_token");

    /// <summary>Describes the response in a few words, for error messages.</summary>
    public string Kind =>
        _isEmpty ? "an empty answer"
        : IsPage ? "a web page"
        : Body is null ? "something that is no JSON"
        : string.IsNullOrEmpty(Token) ? "JSON without a token"
        : ExpiresOn is null ? "a token without an expiry that makes sense"
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
            DateTimeOffset? byLifetime = Seconds("expires_in") is { } seconds
                ? Math.Abs(seconds) < MaxDuration.TotalSeconds ? _now.AddSeconds(seconds) : null
                : null;
            DateTimeOffset? byTime = Seconds("expires_on") is { } unix
                ? unix is >= 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeSeconds((long)unix) : null
                : Date("expires_on");
            bool isImplausible = (Has("expires_in") && byLifetime is null) || (Has("expires_on") && byTime is null);
            return isImplausible ? null : byLifetime < byTime ? byLifetime : byTime ?? byLifetime;
        }
    }

    /// <summary>Whether the body is a web page.</summary>
    public bool IsPage { get; }

    /// <summary>Returns a string in the body; null if it is missing or not a string.</summary>
    /// <param name="path">The names of the members that lead to it.</param>
    public string? Text(params string[] path)
    {
        JsonElement? inner = Body;
        for (int i = 0; i + 1 < path.Length && inner is { } outer; i++)
            inner = Member(outer, path[i]) is { ValueKind: JsonValueKind.Object } member ? member : null;
        return inner is { } element ? Text(element, path[path.Length - 1]) : null;
    }

    /// <summary>
    /// Reads when the service asks to try again, in UTC; null if it does not say, or says nothing plausible. At most a
    /// year ahead.
    /// </summary>
    public static DateTimeOffset? ReadRetryAfter(HttpResponseMessage response)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DateTimeOffset? asked = null;
        // As in the retry policy of Azure.Core, the headers in milliseconds take precedence.
        foreach (string name in new[] { "retry-after-ms", "x-ms-retry-after-ms", "Retry-After" })
        {
            if (asked is null && response.Header(name) is { } value)
                asked = ParseRetryAfter(value, name.EndsWith("ms", StringComparison.Ordinal) ? 1000 : 1, now);
        }

        return asked > now + MaxDuration ? now + MaxDuration : asked > now ? asked : null;
    }

    private static DateTimeOffset? ParseRetryAfter(string value, double partsOfSecond, DateTimeOffset now)
    {
        if (double.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out double parts))
            return parts >= 0 ? now.AddSeconds(Math.Min(parts / partsOfSecond, MaxDuration.TotalSeconds)) : null;

        // As Azure.Core parses it, which would otherwise honor a date that is ignored here.
        const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, Universal, out DateTimeOffset date)
            ? date
            : null;
    }

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } value ? TextOf(value) : null;

    private static JsonElement? Member(JsonElement element, string name)
    {
        try
        {
            return element.TryGetProperty(name, out JsonElement value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // The name of another member has an unpaired surrogate.
            return null;
        }
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ToString();
        }
        catch (InvalidOperationException)
        {
            // Invalid UTF-8, or an escaped unpaired surrogate.
            return null;
        }
    }

    /// <summary>The first of the error_codes, which is all that some error responses have.</summary>
    private string? FirstCode() =>
        Body is { } body && Member(body, "error_codes") is { ValueKind: JsonValueKind.Array } codes
        && codes.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Number } code
        && code.TryGetInt64(out long number) && number is > 0 and < 1_000_000_000_000
            ? "AADSTS" + number.ToString(CultureInfo.InvariantCulture)
            : null;

    private bool Has(string name) =>
        Body is { } body && Member(body, name) is { ValueKind: not JsonValueKind.Null } value
        && (value.ValueKind != JsonValueKind.String || TextOf(value) != string.Empty);

    private double? Seconds(string name) =>
        Body is { } body
        && Member(body, name) is { ValueKind: JsonValueKind.Number or JsonValueKind.String } value
        && double.TryParse(
            TextOf(value),
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

    private static char FirstVisibleCharacter(ReadOnlySpan<byte> content)
    {
        foreach (byte character in content)
        {
            if (character > 0x20)
                return (char)character;
        }

        return '\0';
    }
}
