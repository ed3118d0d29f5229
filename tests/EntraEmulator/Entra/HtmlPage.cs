using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>The plain pages that people see in a browser.</summary>
internal static class HtmlPage
{
    public static Task AnswerPageAsync(
        this HttpContext context, string title, string body, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>{Encode(title)}</title></head>
            <body>
            <h1>{Encode(title)}</h1>
            {body}
            </body>
            </html>

            """);
    }

    public static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
