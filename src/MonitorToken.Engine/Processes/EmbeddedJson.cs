using System.Text;
using System.Text.Json;

namespace MonitorToken.Engine.Processes;

/// <summary>Finds JSON objects in a text that has other things before, between and after them.</summary>
internal static class EmbeddedJson
{
    /// <summary>How many braces are tried: one that begins no object costs an exception.</summary>
    private const int MaxBraces = 10_000;

    /// <summary>The outermost objects, in order. A brace that begins none is skipped.</summary>
    public static IEnumerable<JsonElement> FindAll(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int braces = 0;
        for (int start = NextBrace(bytes, 0); start >= 0 && braces < MaxBraces; braces++)
        {
            (JsonElement? element, int length) = TryRead(bytes, start);
            if (element is { } found)
                yield return found;

            start = NextBrace(bytes, start + length);
        }
    }

    /// <summary>The object that begins at an index, and its length in characters; null if there is none.</summary>
    public static (JsonElement? Element, int Length) At(string text, int start)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Substring(start));
        (JsonElement? element, int length) = TryRead(bytes, 0);
        return (element, Encoding.UTF8.GetCharCount(bytes, 0, length));
    }

    /// <summary>A property of an object; null if there is none. Never throws.</summary>
    public static JsonElement? Property(JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value)
                ? value
                : null;
        }
        catch (InvalidOperationException)
        {
            // The name of some property is no valid text: it has half of a surrogate pair, as an escape.
            return null;
        }
    }

    /// <summary>A property that is a string; null if there is none, or if it is no valid text. Never throws.</summary>
    public static string? Text(JsonElement element, string name)
    {
        try
        {
            return Property(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static int NextBrace(byte[] bytes, int from) =>
        from < bytes.Length ? Array.IndexOf(bytes, (byte)'{', from) : -1;

    private static (JsonElement? Element, int Length) TryRead(byte[] bytes, int start)
    {
        var reader = new Utf8JsonReader(bytes.AsSpan(start));
        try
        {
            return (JsonElement.ParseValue(ref reader), (int)reader.BytesConsumed);
        }
        catch (JsonException)
        {
            return (null, 1);
        }
    }
}
