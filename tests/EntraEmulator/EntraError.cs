using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>A refusal in Entra's own words and JSON form.</summary>
/// <param name="Code">The number behind AADSTS.</param>
/// <param name="Error">The OAuth error.</param>
/// <param name="Message">The sentence that follows the code in error_description.</param>
/// <param name="Status">The HTTP status.</param>
[JsonConverter(typeof(EntraErrorReader))]
public sealed record EntraError(int Code, string Error, string Message, int Status = StatusCodes.Status400BadRequest)
{
    // What tests provoke by code alone; the errors that the emulator finds itself have methods of their own below.
    private static readonly Dictionary<int, EntraError> ByCode = new EntraError[]
    {
        new(50058, "interaction_required", "A silent sign-in request was sent but no user is signed in."),
        new(50076, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource."),
        new(50079, "interaction_required", "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access the resource."),
        new(53000, "interaction_required", "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and the device is not compliant."),
        new(53003, "access_denied", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
        new(65001, "invalid_grant", "The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource."),
        new(700024, "invalid_client", "Client assertion is not within its valid time range.", StatusCodes.Status401Unauthorized),
        new(700027, "invalid_client", "The certificate with identifier used to sign the client assertion is not registered on application.", StatusCodes.Status401Unauthorized),
        new(7000222, "invalid_client", "The provided client secret keys are expired. Visit the Azure portal to create new keys for your app.", StatusCodes.Status401Unauthorized),
        new(90033, "temporarily_unavailable", "A transient error has occurred. Please try again.", StatusCodes.Status503ServiceUnavailable),
    }.ToDictionary(error => error.Code);

    /// <summary>More about the error, for interaction_required.</summary>
    public string? Suberror { get; init; }

    /// <summary>The claims challenge that the next request must answer.</summary>
    public string? Claims { get; init; }

    /// <summary>The error of a code such as AADSTS50058.</summary>
    public static EntraError FromCode(string code)
    {
        int number = int.Parse(code.Replace("AADSTS", "", StringComparison.OrdinalIgnoreCase), System.Globalization.CultureInfo.InvariantCulture);
        return ByCode.GetValueOrDefault(number) ?? new(number, "invalid_request", "An error that a test asked for.");
    }

    public static implicit operator EntraError(string code) => FromCode(code);

    /// <summary>The same as <see cref="FromCode"/>.</summary>
    public static EntraError ToEntraError(string code) => FromCode(code);

    internal static EntraError UnknownTenant(string tenant) =>
        new(90002, "invalid_request", $"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.");

    internal static EntraError MalformedTenant(string tenant) =>
        new(900023, "invalid_request", $"Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.");

    internal static EntraError UnknownApp(string clientId, Tenant tenant) =>
        new(700016, "unauthorized_client", $"Application with identifier '{clientId}' was not found in the directory '{tenant.Domain}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.");

    internal static EntraError WrongSecret(string clientId) =>
        new(7000215, "invalid_client", $"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{clientId}'.", StatusCodes.Status401Unauthorized);

    internal static EntraError MissingCredential() =>
        new(7000216, "invalid_client", "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.", StatusCodes.Status401Unauthorized);

    internal static EntraError UnsupportedGrant(string grantType) =>
        new(70003, "unsupported_grant_type", $"The app requested an unsupported grant type '{grantType}'.");

    internal static EntraError MissingParameter(string name) =>
        new(900144, "invalid_request", $"The request body must contain the following parameter: '{name}'.");

    internal static EntraError UnknownResource(string resource, Tenant tenant) =>
        new(500011, "invalid_resource", $"The resource principal named {resource} was not found in the tenant named {tenant.Domain}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.");

    internal static EntraError NotDefaultScope(string scope) =>
        new(1002012, "invalid_scope", $"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).");

    internal static EntraError UnknownInstance() => new(50049, "invalid_instance", "Unknown or invalid instance.");

    internal Task AnswerAsync(HttpContext context, int? status = null)
    {
        string trace = EntraHeaders.Write(context);
        string correlation = EntraHeaders.CorrelationId(context);
        string timestamp = $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ssZ}";
        var body = new JsonObject
        {
            ["error"] = Error,
            ["error_description"] = $"AADSTS{Code}: {Message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            ["error_codes"] = new JsonArray(Code),
            ["timestamp"] = timestamp,
            ["trace_id"] = trace,
            ["correlation_id"] = correlation,
            ["error_uri"] = $"https://{context.Request.Host}/error?code={Code}",
        };
        if (Suberror is not null)
            body["suberror"] = Suberror;
        if (Claims is not null)
            body["claims"] = Claims;
        return context.AnswerAsync(body, status ?? Status);
    }
}

/// <summary>Ends a login request with an <see cref="EntraError"/>.</summary>
internal sealed class EntraException(EntraError error) : Exception(error.Message)
{
    public EntraError Error { get; } = error;
}

/// <summary>Reads a fault's error: a code, or an object with the names that Entra uses on the wire.</summary>
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
            Error = Text(root, "error") ?? known.Error,
            Message = Text(root, "error_description") ?? known.Message,
            Suberror = Text(root, "suberror"),
            Claims = Text(root, "claims"),
        };
    }

    public override void Write(Utf8JsonWriter writer, EntraError value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"AADSTS{value.Code}");

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
