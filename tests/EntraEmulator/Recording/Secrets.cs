using System.Text.Json;
using System.Text.RegularExpressions;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What went by that a client may show to nobody: whoever reads it can act as somebody else. For tests of leaks.
/// </summary>
public static class Secrets
{
    private static readonly string[] Fields =
    [
        "client_secret", "client_assertion", "assertion", "refresh_token", "code", "code_verifier", "device_code",
        "password",
    ];

    private static readonly string[] Headers = ["Authorization", "Proxy-Authorization", "X-IDENTITY-HEADER", "secret"];

    // GitHub has its assertion in value, Azure Pipelines in oidcToken.
    private static readonly string[] Members =
        ["access_token", "refresh_token", "id_token", "device_code", "value", "oidcToken"];

    /// <summary>Those of a request and of its answer, each as it was sent.</summary>
    public static IEnumerable<string> Of(RecordedRequest request) =>
        Fields.Select(field => request.Form.GetValueOrDefault(field))
            .Concat(Headers.Select(header => WithoutScheme(request.Headers.GetValueOrDefault(header))))
            .Concat(InAnswer(request.Answer))
            .OfType<string>()
            .Where(secret => secret.Length > 0);

    private static string? WithoutScheme(string? header) =>
        header is null ? null : Regex.Replace(header, @"^(Bearer|Basic)\s+(realm=)?", "", RegexOptions.IgnoreCase);

    private static IEnumerable<string?> InAnswer(string? answer)
    {
        if (answer is null)
            return [];

        using JsonDocument body = JsonDocument.Parse(answer);
        JsonElement root = body.RootElement;
        return root.ValueKind != JsonValueKind.Object
            ? []
            : [
                .. Members.Select(member => root.TryGetProperty(member, out JsonElement value)
                    && value.ValueKind == JsonValueKind.String
                        ? value.GetString()
                        : null),
            ];
    }
}
