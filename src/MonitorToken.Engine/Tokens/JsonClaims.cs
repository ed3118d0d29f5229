using System.Text.Json;

namespace MonitorToken.Engine.Tokens;

/// <summary>
/// Validates a claims request (OpenID Connect Core 1.0, section 5.5), which answers a claims challenge.
/// </summary>
internal static class JsonClaims
{
    /// <summary>Whether a text is a JSON object, the only form that Entra accepts.</summary>
    public static bool AreValid(string claims)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(claims);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // Not JSON, or a string with an unpaired surrogate.
            return false;
        }
    }
}
