using System.Text.Json;

namespace MonitorToken.Engine.Tokens;

/// <summary>A claims request, as the next request has it after a challenge.</summary>
internal static class JsonClaims
{
    /// <summary>Whether it is a JSON object, the one form that Entra takes.</summary>
    public static bool AreValid(string claims)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(claims);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // No JSON, or half a character in it.
            return false;
        }
    }
}
