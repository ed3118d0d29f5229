using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// The error that Log Analytics and Application Insights send with the tables and HTTP 200, if a query returned only
/// some of its rows, such as because of their size.
/// </summary>
internal static class PartialError
{
    /// <summary>The number of nested errors that are read. Chosen.</summary>
    private const int MaxDepth = 6;

    /// <summary>Describes the error in a whole response; null if it has no tables or no error.</summary>
    /// <param name="reader">A reader at the beginning of the response.</param>
    public static string? In(Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;

        bool hasTables = false;
        string? description = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isError = reader.ValueTextEquals("error"u8);
            hasTables |= reader.ValueTextEquals("tables"u8);
            if (!reader.Read())
                break;
            if (!isError)
            {
                reader.Skip();
                continue;
            }

            using JsonDocument error = JsonDocument.ParseValue(ref reader);
            description = Describe(error.RootElement);
        }

        return hasTables ? description : null;
    }

    /// <summary>Describes the error in one sentence, with its innermost code and message; null for none.</summary>
    public static string? Describe(JsonElement error)
    {
        if (error.ValueKind != JsonValueKind.Object)
            return null;

        string outer = Sentence(error);
        string inner = string.Empty;
        JsonElement current = error;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            if (EmbeddedJson.Property(current, "innererror") is { ValueKind: JsonValueKind.Object } nested)
                current = nested;
            else if (EmbeddedJson.Property(current, "details") is { ValueKind: JsonValueKind.Array } details
                && details.GetArrayLength() > 0)
                current = details[0];
            else
                break;
            if (Sentence(current) is { Length: > 0 } more)
                inner = more;
        }

        return $"The query returned only some of its rows: {outer}"
            + (inner.Length == 0 ? string.Empty : $" ({inner.TrimEnd('.')})");
    }

    private static string Sentence(JsonElement error)
    {
        string? code = EmbeddedJson.Text(error, "code");
        string text = TokenErrors.Sentence(EmbeddedJson.Text(error, "message") ?? string.Empty);
        return TextSanitizer.OneLine(code is null ? text : text.Length == 0 ? $"{code}." : $"{code}: {text}");
    }
}
