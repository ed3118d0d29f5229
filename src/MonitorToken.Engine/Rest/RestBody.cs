using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MonitorToken.Engine.Rest;

/// <summary>The body of a request. It stays in memory, so that it can be sent again.</summary>
/// <param name="Content">The body, uncompressed.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="IsText">Whether it is text, which ingestion endpoints accept compressed.</param>
internal sealed record RestBody(byte[] Content, string ContentType, bool IsText)
{
    public const string Json = "application/json; charset=utf-8";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 1000,
    };

    public static RestBody OfText(string text, string? contentType) =>
        new(Utf8.GetBytes(text), contentType ?? Json, IsText: true);

    public static RestBody OfBytes(byte[] bytes, string? contentType) =>
        new(bytes, contentType ?? "application/octet-stream", IsText: false);

    /// <summary>
    /// Serializes a value as JSON: null, a string, a bool, a number, a list of values, or a list of named values.
    /// </summary>
    public static RestBody OfValue(object? value, string? contentType)
    {
        using var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content, WriterOptions))
            Write(writer, value);
        return new RestBody(content.ToArray(), contentType ?? Json, IsText: true);
    }

    /// <summary>Serializes names and values as an HTML form, which Prometheus accepts.</summary>
    public static RestBody OfForm(IEnumerable<KeyValuePair<string, string>> fields, string contentType) =>
        new(
            Utf8.GetBytes(string.Join(
                "&",
                fields.Select(field => $"{Uri.EscapeDataString(field.Key)}={Uri.EscapeDataString(field.Value)}"))),
            contentType,
            IsText: true);

    /// <summary>Returns the body of a Resource Graph query for its next page; null if it isn't a JSON object.</summary>
    public RestBody? WithSkipToken(string skipToken)
    {
        try
        {
            if (JsonNode.Parse(Content) is not JsonObject query)
                return null;

            if (query["options"] is not JsonObject options)
                query["options"] = options = [];
            options["$skipToken"] = skipToken;
            return this with { Content = Utf8.GetBytes(query.ToJsonString()) };
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Creates the content of a request.</summary>
    /// <exception cref="TokenException">The media type is not valid.</exception>
    public HttpContent ToContent(bool compress)
    {
        var content = new ByteArrayContent(compress ? Compressed() : Content);
        content.Headers.ContentType = MediaTypeHeaderValue.TryParse(ContentType, out MediaTypeHeaderValue? type)
            ? type
            : throw new TokenException(
                TokenError.InvalidOption,
                $"'{ContentType}' isn't a media type.",
                "Specify -ContentType in a form such as application/json.");
        if (compress)
            content.Headers.ContentEncoding.Add("gzip");
        return content;
    }

    private byte[] Compressed()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(Content, 0, Content.Length);
        return compressed.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                writer.WriteStartObject();
                foreach (KeyValuePair<string, object?> member in members)
                {
                    writer.WritePropertyName(member.Key);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable<object?> items:
                writer.WriteStartArray();
                foreach (object? item in items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                WriteNumber(writer, (IFormattable)value);
                break;
        }
    }

    /// <summary>Writes a number with all its digits; NaN and the infinities, which JSON does not have, as text.</summary>
    private static void WriteNumber(Utf8JsonWriter writer, IFormattable value)
    {
        string text = value.ToString(
            value is double or float ? "R" : null, System.Globalization.CultureInfo.InvariantCulture);
        if (text[text.Length - 1] is >= '0' and <= '9')
            writer.WriteRawValue(text);
        else
            writer.WriteStringValue(text);
    }
}
