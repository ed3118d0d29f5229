using System.Text;
using System.Text.Json;

namespace MonitorToken.Engine.Processes;

/// <summary>Finds JSON objects in a text that contains other text before, between and after them.</summary>
internal static class EmbeddedJson
{
    /// <summary>The maximum number of braces to try: parsing text that is not JSON costs an exception.</summary>
    private const int MaxBraces = 10_000;

    /// <summary>Returns the outermost objects in order.</summary>
    public static IEnumerable<JsonElement> FindAll(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int start = Array.IndexOf(bytes, (byte)'{');
        for (int braces = 0; start >= 0 && braces < MaxBraces; braces++)
        {
            (JsonElement? element, int length) = TryRead(bytes, start);
            if (element is { } found)
                yield return found;

            start += length;
            start = start < bytes.Length ? Array.IndexOf(bytes, (byte)'{', start) : -1;
        }
    }

    /// <summary>Returns the object at an index, and its length in characters; null if there is none.</summary>
    public static (JsonElement? Element, int Length) At(string text, int start)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Substring(start));
        (JsonElement? element, int length) = TryRead(bytes, 0);
        return (element, Encoding.UTF8.GetCharCount(bytes, 0, length));
    }

    /// <summary>Returns a property of an object; null if there is none. Never throws.</summary>
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
            // The name of another property has an unpaired surrogate.
            return null;
        }
    }

    /// <summary>Returns a string property; null if it is missing or not a valid string. Never throws.</summary>
    public static string? Text(JsonElement element, string name)
    {
        try
        {
            return Property(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // The string has an unpaired surrogate.
            return null;
        }
    }

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
