using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MonitorToken.EntraEmulator;

/// <summary>The page on which a user signs in to an app and agrees to what it wants.</summary>
internal static class AuthorizeEndpoints
{
    private const string Path = "/{tenant}/oauth2/v2.0/authorize";

    public static void Map(IEndpointRouteBuilder routes, Emulator emulator)
    {
        routes.MapLogin(HttpMethods.Get, Path, context => AnswerAsync(context, emulator, ShowAsync));
        // The form comes back to the address that it was got from.
        routes.MapLogin(HttpMethods.Post, Path, context => AnswerAsync(context, emulator, DecideAsync));
    }

    private static async Task AnswerAsync(
        HttpContext context, Emulator emulator, Func<HttpContext, Emulator, AuthorizeRequest, Task> answer)
    {
        AuthorizeRequest request;
        try
        {
            request = new AuthorizeRequest(context, emulator.Directory);
        }
        catch (EntraException refusal)
        {
            await context.AnswerPageAsync(
                "Sorry, but we're having trouble signing you in.",
                $"<p id=\"error\">{HtmlPage.Encode($"AADSTS{refusal.Error.Code}: {refusal.Error.Message}")}</p>",
                StatusCodes.Status400BadRequest);
            return;
        }

        try
        {
            request.Check();
            await answer(context, emulator, request);
        }
        catch (EntraException refusal)
        {
            await RefuseAsync(context, request, refusal.Error);
        }
    }

    private static Task ShowAsync(HttpContext context, Emulator emulator, AuthorizeRequest request)
    {
        string app = HtmlPage.Encode(request.App.ClientId);
        string scope = HtmlPage.Encode(request.Scope);
        return context.AnswerPageAsync("Permissions requested", $"""
            <form id="consent" method="post">
            <p><label>Sign in as <select id="username" name="username">
            {string.Concat(request.Users.Select(Option))}</select></label></p>
            <p>The application <code>{app}</code> would like to use <code>{scope}</code> in your name.</p>
            <button id="cancel" name="decision" value="cancel">Cancel</button>
            <button id="accept" name="decision" value="accept">Accept</button>
            </form>
            """);

        string Option(User user)
        {
            string selected = user == request.Expected ? " selected" : "";
            return $"<option{selected}>{HtmlPage.Encode(user.UserPrincipalName)}</option>\n";
        }
    }

    private static Task DecideAsync(HttpContext context, Emulator emulator, AuthorizeRequest request)
    {
        IReadOnlyDictionary<string, string> form = context.Recorded().Form;
        if (form.GetValueOrDefault("decision") != "accept")
            return RefuseAsync(context, request, Refusals.DeclinedConsent());

        User user = form.GetValueOrDefault("username") is { } name
            ? request.FindUser(name)
                ?? throw new EntraException(Refusals.UnknownUser(name, request.Expected.Tenant.DisplayName))
            : request.Expected;
        return AuthorizeResponse.SendAsync(context, request, new()
        {
            ["code"] = emulator.SignIns.AddCode(request.Code(user)),
            ["client_info"] = request.Optional("client_info") == "1" ? ClientInfo.Of(user) : null,
            ["session_state"] = Guid.NewGuid().ToString(),
        });
    }

    private static Task RefuseAsync(HttpContext context, AuthorizeRequest request, EntraError error) =>
        AuthorizeResponse.SendAsync(context, request, new()
        {
            ["error"] = error.Error,
            ["error_subcode"] = error.Suberror,
            ["error_description"] = error.Description(
                EntraHeaders.Write(context),
                EntraHeaders.CorrelationId(context),
                $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ssZ}"),
            ["error_uri"] = error.Uri(context.Request.Host.Value!),
        });
}
