using System.Text.Json;
using System.Text.Json.Serialization;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Reads a fault's error: a code, or an object with the names that Entra uses on the wire. What the object leaves out
/// is
/// as usual for its code; null takes it away.
/// </summary>
internal sealed class EntraErrorReader : JsonConverter<EntraError>
{
    public override EntraError Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.String)
            return EntraError.FromCode(root.GetString()!);

        int code = root.TryGetProperty("error_codes", out JsonElement codes) ? codes[0].GetInt32() : 0;
        EntraError known = EntraError.FromCode($"{code}");
        return known with
        {
            Error = Text(root, "error", known.Error)!,
            Message = Text(root, "error_description", known.Message)!,
            Suberror = Text(root, "suberror", known.Suberror),
            Claims = Text(root, "claims", known.Claims),
        };
    }

    public override void Write(Utf8JsonWriter writer, EntraError value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"AADSTS{value.Code}");

    private static string? Text(JsonElement root, string name, string? otherwise) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : otherwise;
}
