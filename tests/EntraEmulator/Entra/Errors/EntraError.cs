using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// A refusal in Entra's own words and JSON form. <see cref="Refusals"/> has those that Entra is known for.
/// </summary>
/// <param name="Code">The number behind AADSTS.</param>
/// <param name="Error">The OAuth error.</param>
/// <param name="Message">The sentence that follows the code in error_description.</param>
/// <param name="Status">The HTTP status.</param>
[JsonConverter(typeof(EntraErrorReader))]
public sealed record EntraError(int Code, string Error, string Message, int Status = StatusCodes.Status400BadRequest)
{
    /// <summary>What kind of step would help, for clients that know the kinds.</summary>
    public string? Suberror { get; init; }

    /// <summary>The claims challenge that the next request must answer.</summary>
    public string? Claims { get; init; }

    /// <summary>Whether the answer has an error_uri; a few have none.</summary>
    public bool HasUri { get; init; } = true;

    /// <summary>The error of a code such as AADSTS50058.</summary>
    public static EntraError FromCode(string code) => ErrorCatalog.Find(code);

    public static implicit operator EntraError(string code) => FromCode(code);

    /// <summary>The same as <see cref="FromCode"/>.</summary>
    public static EntraError ToEntraError(string code) => FromCode(code);

    /// <summary>The answer's body, with its members in Entra's order.</summary>
    internal JsonObject Body(string trace, string correlation, string host)
    {
        string timestamp = $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ssZ}";
        var body = new JsonObject
        {
            ["error"] = Error,
            ["error_description"] = Description(trace, correlation, timestamp),
            ["error_codes"] = new JsonArray(Code),
            ["timestamp"] = timestamp,
            ["trace_id"] = trace,
            ["correlation_id"] = correlation,
        };
        if (HasUri)
            body["error_uri"] = Uri(host);
        if (Suberror is not null)
            body["suberror"] = Suberror;
        if (Claims is not null)
            body["claims"] = Claims;
        return body;
    }

    /// <summary>
    /// The text with the ids that support asks for. Blanks have joined them since the end of 2023, line breaks before.
    /// </summary>
    internal string Description(string trace, string correlation, string timestamp) =>
        $"AADSTS{Code}: {Message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}";

    internal string Uri(string host) => $"https://{host}/error?code={Code}";

    internal Task AnswerAsync(HttpContext context, int? status = null)
    {
        string trace = EntraHeaders.Write(context);
        if (HttpMethods.IsPost(context.Request.Method))
            EntraHeaders.WriteTelemetry(context, Code);
        JsonObject body = Body(trace, EntraHeaders.CorrelationId(context), context.Request.Host.Value!);
        return context.AnswerAsync(body, status ?? Status);
    }
}
