using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>How every endpoint reads and writes JSON.</summary>
internal static class JsonAnswer
{
    public const string ContentType = "application/json; charset=utf-8";

    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        // Entra leaves quotes and plus signs as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>With a Content-Length, as Entra does it.</summary>
    public static Task AnswerAsync<T>(
        this HttpContext context, T value, int status = StatusCodes.Status200OK, string contentType = ContentType)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(value, Options);
        context.Record(Encoding.UTF8.GetString(body));
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    /// <summary>In chunks, as the hosts do it that run on Kestrel.</summary>
    public static Task AnswerInChunksAsync<T>(this HttpContext context, T value, int status = StatusCodes.Status200OK)
    {
        context.Record(JsonSerializer.Serialize(value, Options));
        context.Response.StatusCode = status;
        context.Response.Headers.Server = "Kestrel";
        return context.Response.WriteAsJsonAsync(value, Options, ContentType);
    }
}
