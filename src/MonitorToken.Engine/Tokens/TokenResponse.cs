using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.Tokens;

/// <summary>
/// What an identity service has sent, as it came over the wire and before any library has made something of it.
/// </summary>
internal sealed class TokenResponse
{
    /// <summary>No time further ahead than this is taken at its word.</summary>
    private static readonly TimeSpan Farthest = TimeSpan.FromDays(366);

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private readonly bool _isEmpty;

    /// <param name="response">Its status and headers count here.</param>
    /// <param name="content">Its body.</param>
    public TokenResponse(HttpResponseMessage response, ReadOnlyMemory<byte> content)
    {
        Status = (int)response.StatusCode;
        RetryAfter = ReadRetryAfter(response);
        // The mark that some put before UTF-8, and no parser takes.
        if (content.Span.StartsWith(ByteOrderMark))
            content = content.Slice(ByteOrderMark.Length);
        _isEmpty = content.IsEmpty;
        IsPage = FirstLetter(content.Span) == '<';
        try
        {
            using JsonDocument document = JsonDocument.Parse(content);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                Body = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // What it is instead is told by Kind.
        }
    }

    public static async Task<TokenResponse> FromAsync(HttpResponseMessage response) =>
        new(response, await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false));

    public int Status { get; }

    /// <summary>The answer's JSON object; null where it is none.</summary>
    public JsonElement? Body { get; }

    /// <summary>
    /// When the service wants to be asked again, in UTC; null where it does not say, or nothing that makes sense.
    /// </summary>
    public DateTimeOffset? RetryAfter { get; }

    /// <summary>Entra's code, such as <c>AADSTS90033</c>; null where the answer has none.</summary>
    public string? EntraCode =>
        (Text("error_description") is { } description ? EntraErrors.FindCode(description) : null) ?? FirstCode();

    /// <summary>
    /// Whether the service says that it cannot answer now, whatever it was asked. Some say so with the status of a
    /// refusal, which the libraries then take for one.
    /// </summary>
    public bool IsPassing =>
        Status is 408 or 410 or 429 or >= 500
        || (Status >= 400 && EntraErrors.IsTransient(EntraCode, Text("error")));

    public string? Token => Text("access_token");

    /// <summary>What came, in a few words for people.</summary>
    public string Kind =>
        _isEmpty ? "an empty answer"
        : IsPage ? "a web page"
        : Body is null ? "something that is no JSON"
        : string.IsNullOrEmpty(Token) ? "JSON without a token"
        : ExpiresOn is null ? "a token without an expiry that makes sense"
        : "a token";

    /// <summary>
    /// When the token expires: the earlier of what the answer says in seconds from now and as a time. Services write
    /// either as a number or as a string, and one as a date. Null where it says neither, or nothing that can be.
    /// </summary>
    public DateTimeOffset? ExpiresOn
    {
        get
        {
            DateTimeOffset? byLifetime = Seconds("expires_in") is { } seconds
                ? Math.Abs(seconds) < Farthest.TotalSeconds ? _now.AddSeconds(seconds) : null
                : null;
            DateTimeOffset? byTime = Seconds("expires_on") is { } unix
                ? unix is >= 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeSeconds((long)unix) : null
                : Date("expires_on");
            bool isAbsurd = (Has("expires_in") && byLifetime is null) || (Has("expires_on") && byTime is null);
            return isAbsurd ? null : byLifetime < byTime ? byLifetime : byTime ?? byLifetime;
        }
    }

    /// <summary>Whether it is a web page.</summary>
    public bool IsPage { get; }

    /// <summary>
    /// A string in the body, by the names of the objects that it is in and its own; null where it is not there, or
    /// something else.
    /// </summary>
    public string? Text(params string[] path)
    {
        JsonElement? inner = Body;
        for (int i = 0; i + 1 < path.Length && inner is { } outer; i++)
            inner = Member(outer, path[i]) is { ValueKind: JsonValueKind.Object } member ? member : null;
        return inner is { } element ? Text(element, path[path.Length - 1]) : null;
    }

    /// <summary>
    /// When a service wants to be asked again; null where it does not say, or nothing that makes sense.
    /// </summary>
    public static DateTimeOffset? ReadRetryAfter(HttpResponseMessage response)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DateTimeOffset? asked = null;
        // Those in milliseconds are the ones that the retry policy goes by first.
        foreach (string name in new[] { "retry-after-ms", "x-ms-retry-after-ms", "Retry-After" })
        {
            if (asked is null && response.Header(name) is { } value)
                asked = WhenAsked(value, name.EndsWith("ms", StringComparison.Ordinal) ? 1000 : 1, now);
        }

        return asked > now + Farthest ? now + Farthest : asked > now ? asked : null;
    }

    private static DateTimeOffset? WhenAsked(string value, double partsOfSecond, DateTimeOffset now)
    {
        if (double.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out double parts))
            return parts >= 0 ? now.AddSeconds(Math.Min(parts / partsOfSecond, Farthest.TotalSeconds)) : null;

        // As the retry policy reads it, which would else wait for what is not heeded here.
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
            // Another member's name is one that cannot be read.
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
            // Bytes that are no UTF-8, or half a character written as an escape.
            return null;
        }
    }

    /// <summary>Some refusals have nothing but the number.</summary>
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

    /// <summary>As the first App Service wrote it: <c>05/22/2021 17:14:33 +00:00</c>.</summary>
    private DateTimeOffset? Date(string name) =>
        DateTimeOffset.TryParse(
            Text(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date.ToUniversalTime()
            : null;

    private static char FirstLetter(ReadOnlySpan<byte> content)
    {
        foreach (byte letter in content)
        {
            if (letter > 0x20)
                return (char)letter;
        }

        return '\0';
    }
}
