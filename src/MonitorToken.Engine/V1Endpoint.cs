using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;

namespace MonitorToken.Engine;

/// <summary>
/// The request that Microsoft's page makes with curl: <c>POST /tenant/oauth2/token</c> with a client secret and
/// a resource. Azure.Identity speaks only v2, so this one is made here.
/// </summary>
internal static class V1Endpoint
{
    public static async Task<Azure.Core.AccessToken> RequestAsync(
        CredentialOptions options, TokenRequest request, Wire wire, CancellationToken cancellationToken)
    {
        if (!request.IsForResource)
            throw new TokenException(
                TokenError.InvalidResource,
                "The v1 endpoint takes a resource, not scopes.",
                "Give -Resource or -Uri with -UseV1Endpoint, or leave -UseV1Endpoint out.");

        HttpPipeline pipeline = wire.CreatePipeline(maxRetries: 2);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Post;
        message.Request.Uri.Reset(new Uri(options.Authority.Host, options.TenantId + "/oauth2/token"));
        message.Request.Headers.Add("Content-Type", "application/x-www-form-urlencoded");
        message.Request.Headers.Add("Accept", "application/json");
        message.Request.Content = RequestContent.Create(Form(
            ("grant_type", "client_credentials"),
            ("client_id", options.ClientId!),
            ("client_secret", Secret.PlainText(options.ClientSecret!)),
            ("resource", request.Resource),
            ("claims", request.Claims)));
        await pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);

        using JsonDocument? answer = TryParse(message.Response.Content);
        if (message.Response.IsError
            || answer is null
            || !answer.RootElement.TryGetProperty("access_token", out JsonElement token)
            || Seconds(answer.RootElement) is not { } seconds)
            throw Failure.FromResponse(message.Response.Status, answer?.RootElement, options.Name, request);

        return new Azure.Core.AccessToken(
            token.GetString()!,
            DateTimeOffset.UtcNow.AddSeconds(seconds),
            refreshOn: null,
            "Bearer");
    }

    private static byte[] Form(params (string Name, string? Value)[] fields) =>
        Encoding.UTF8.GetBytes(string.Join("&", fields
            .Where(field => field.Value is not null)
            .Select(field => field.Name + "=" + Uri.EscapeDataString(field.Value!))));

    /// <summary>The v1 endpoint writes its numbers as strings.</summary>
    private static double? Seconds(JsonElement answer) =>
        answer.TryGetProperty("expires_in", out JsonElement value)
        && double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            ? seconds
            : null;

    private static JsonDocument? TryParse(BinaryData content)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(content.ToMemory());
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;

            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
