using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace MonitorToken.EntraEmulator;

/// <summary>Sends the browser back to the app with an answer, in the way that the app asked for.</summary>
internal static class AuthorizeResponse
{
    public static Task SendAsync(HttpContext context, AuthorizeRequest request, Dictionary<string, string?> answer)
    {
        answer["state"] = request.Optional("state");
        Dictionary<string, string?> sent = answer.Where(pair => pair.Value is not null).ToDictionary();
        switch (request.Optional("response_mode"))
        {
            case "form_post":
                return SendFormAsync(context, request.RedirectUri, sent);
            case "fragment":
                context.Response.Redirect($"{request.RedirectUri}#{QueryHelpers.AddQueryString("", sent)[1..]}");
                return Task.CompletedTask;
            default:
                context.Response.Redirect(QueryHelpers.AddQueryString(request.RedirectUri, sent));
                return Task.CompletedTask;
        }
    }

    // A browser sends the form by itself; whoever runs no scripts presses the button.
    private static Task SendFormAsync(HttpContext context, string address, Dictionary<string, string?> fields)
    {
        string inputs = string.Concat(fields.Select(field => Input(field.Key, field.Value!)));
        return context.AnswerPageAsync("Working...", $"""
            <form id="answer" method="post" action="{HtmlPage.Encode(address)}">
            {inputs}<noscript><button>Continue</button></noscript>
            </form>
            <script>document.forms[0].submit();</script>
            """);
    }

    private static string Input(string name, string value) =>
        $"<input type=\"hidden\" name=\"{HtmlPage.Encode(name)}\" value=\"{HtmlPage.Encode(value)}\">\n";
}
