using System.Text;
using System.Text.Json;

namespace MonitorToken.Engine.Processes;

/// <summary>Finds JSON objects in a text that has other things before, between and after them.</summary>
internal static class EmbeddedJson
{
    /// <summary>Each that begins none costs an exception, and nobody prints so many.</summary>
    private const int MostBraces = 10_000;

    /// <summary>The outermost objects, in order. A brace that begins none is passed over.</summary>
    public static IEnumerable<JsonElement> In(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int braces = 0;
        for (int start = Next(bytes, 0); start >= 0 && braces < MostBraces; braces++)
        {
            (JsonElement? island, int length) = TryRead(bytes, start);
            if (island is { } found)
                yield return found;

            start = Next(bytes, start + length);
        }
    }

    /// <summary>The object that begins there, and how long it is; null if there is none.</summary>
    public static (JsonElement? Island, int Length) At(string text, int start)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Substring(start));
        (JsonElement? island, int length) = TryRead(bytes, 0);
        return (island, Encoding.UTF8.GetCharCount(bytes, 0, length));
    }

    private static int Next(byte[] bytes, int from) => from < bytes.Length ? Array.IndexOf(bytes, (byte)'{', from) : -1;

    private static (JsonElement? Island, int Length) TryRead(byte[] bytes, int start)
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
