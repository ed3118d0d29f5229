using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string NotNow = "The service is temporarily unavailable";
    private const string NoToken = "The response isn't a token";
    private const string OddToken = "Unexpected tokens";
    private const string Refused = "Entra refuses";

    private static IEnumerable<FaultRow> Waits() =>
    [
        .. By(Way.All, NotNow, "500", AuthorityUnreachable, () => new Fault { Status = 500 }),
        .. By(
            Most,
            NotNow,
            "502 with a web page",
            AuthorityUnreachable,
            () => Bodies.Of(Bodies.Page, 502, "text/html")),
        .. By(Way.All, NotNow, "503", AuthorityUnreachable, () => new Fault { Status = 503 }),
        .. By(
            Most,
            NotNow,
            "504 with a web page",
            AuthorityUnreachable,
            () => Bodies.Of(Bodies.Page, 504, "text/html")),
        .. By(Most, NotNow, "408", AuthorityUnreachable, () => new Fault { Status = 408 }),
        .. By(Most, NotNow, "503 once", null, () => new Fault { Status = 503, Times = 1 }),
        .. By(Way.All, NotNow, "429", Throttled, () => new Fault { Status = 429 }),
        .. By(Way.All, NotNow, "429, Retry-After: 3600", Throttled, () => Later(429, "3600"), Heeded),
        .. By(Way.All, NotNow, "429, Retry-After: a date in an hour", Throttled, () => Later(429, InAnHour()), Heeded),
        .. By(Way.All, NotNow, "429, Retry-After: years", Throttled, () => Later(429, "99999999999"), Heeded),
        .. By(Most, NotNow, "429, Retry-After: 1, once", null, () => Later(429, "1") with { Times = 1 }),
        .. By(Way.OfEntra, NotNow, "429, Retry-After: soon", Throttled, () => Later(429, "soon")),
        .. By(Way.OfEntra, NotNow, "429, Retry-After: -5", Throttled, () => Later(429, "-5")),
        .. By(
            Way.OfEntra,
            NotNow,
            "429, Retry-After: a date long past",
            Throttled,
            () => Later(429, "Wed, 21 Oct 2015 07:28:00 GMT")),
        .. By(Way.All, NotNow, "503, Retry-After: 3600", Throttled, () => Later(503, "3600"), Heeded),
        .. By(
            Way.OfEntra,
            NotNow,
            "503, Retry-After: a date in an hour",
            Throttled,
            () => Later(503, InAnHour()),
            Heeded),
        .. By(
            Way.OfEntra,
            NotNow,
            "503, Retry-After: a date in 2099",
            Throttled,
            () => Later(503, "Thu, 01 Jan 2099 00:00:00 GMT"),
            Heeded),
        .. By(Way.OfEntra, NotNow, "503, Retry-After: soon", AuthorityUnreachable, () => Later(503, "soon")),
        .. By(Way.OfEntra, NotNow, "AADSTS90033", AuthorityUnreachable, () => new Fault { Error = "AADSTS90033" }),
        .. By(Way.OfEntra, NotNow, "AADSTS90024", AuthorityUnreachable, () => new Fault { Error = "AADSTS90024" }),
        .. By(Way.OfEntra, NotNow, "400, temporarily_unavailable", AuthorityUnreachable, () => Bodies.Of(
            """{"error":"temporarily_unavailable"}""", 400)),
        .. By(Way.OfEntra, NotNow, "AADSTS90055", Throttled, () => new Fault { Error = "AADSTS90055" }),
        .. By([Way.Imds], NotNow, "410", AuthorityUnreachable, () => new Fault { Status = 410 }),
        .. By([Way.Imds], NotNow, "404", AuthorityUnreachable, () => new Fault { Status = 404 }),
        .. By([Way.AppService], NotNow, "500 in App Service's form", AuthorityUnreachable, () => Bodies.Of(
            """{"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token."}""", 500)),
    ];

    private static IEnumerable<FaultRow> Bodies200()
    {
        (string Name, Func<Fault> Fault)[] everywhere =
        [
            ("a web page", () => Bodies.Of(Bodies.Page, contentType: "text/html")),
            ("a web page with the content type of JSON", () => Bodies.Of(Bodies.Page)),
            ("an empty response", () => Bodies.Of("")),
            (
                "half of the JSON",
                () => Bodies.Of($$"""{"token_type":"Bearer","expires_in":3599,"access_token":"{{Bodies.Token()}}""")),
            ("a list", () => Bodies.Of("[1,2]")),
            (
                "JSON 10,000 levels deep",
                () => Bodies.Of($$"""{"a":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""")),
            (
                "10 MB of text",
                () => new Fault { Body = "x", BodySize = 10_000_000, ContentType = "application/json" }),
            ("UTF-16", () => new Fault
            {
                BodyBytes = Encoding.Unicode.GetBytes("""{"expires_in":3599,"access_token":"x"}"""),
                ContentType = "application/json; charset=utf-16",
            }),
            ("bytes that aren't UTF-8", () => new Fault
            {
                BodyBytes = Encoding.Latin1.GetBytes(
                    """{"token_type":"Bearer","expires_in":3599,"access_token":"ÄÖÜ"}"""),
                ContentType = "application/json; charset=utf-8",
            }),
            ("JSON without a token", () => Bodies.With(body => body.Remove("access_token"))),
            ("a token that's null", () => Bodies.With(body => body["access_token"] = null)),
            ("a token that's a number", () => Bodies.With(body => body["access_token"] = 42)),
            ("an empty token", () => Bodies.With(body => body["access_token"] = "")),
            ("no expiry", () => Bodies.With(body => body.Remove("expires_in"))),
            ("an expiry that's null", () => Bodies.WithExpiry(null)),
            ("an expiry that's text", () => Bodies.WithExpiry("soon")),
            ("an expiry below zero", () => Bodies.WithExpiry(-3600)),
            ("an expiry of 14 digits", () => Bodies.WithExpiry(12345678901234)),
        ];
        (string Name, Func<Fault> Fault)[] alike =
        [
            ("white space", () => Bodies.Of(" \r\n\t")),
            ("plain text", () => Bodies.Of("OK", contentType: "text/plain")),
            ("null", () => Bodies.Of("null")),
            ("a string", () => Bodies.Of($"\"{Said.Canary}\"")),
            ("10 MB of JSON", () => Bodies.Of($$"""{"expires_in":3599,"a":"{{new string('x', 10_000_000)}}"}""")),
            ("a token of 10 MB", () => Bodies.With(body => body["access_token"] = new string('x', 10_000_000))),
            (
                "half a character in the token",
                () => Bodies.Of("""{"token_type":"Bearer","expires_in":3599,"access_token":"\ud800"}""")),
            (
                "a token that's an object",
                () => Bodies.With(body => body["access_token"] = new JsonObject { ["value"] = Bodies.Token() })),
            ("a token of white space", () => Bodies.With(body => body["access_token"] = "  \t ")),
            (
                "a token with a line break",
                () => Bodies.With(body => body["access_token"] = "one\r\nX-Other: " + Said.Canary)),
            (
                "a token with characters that aren't valid in headers",
                () => Bodies.With(body => body["access_token"] = "Zürich")),
            ("an expiry of zero", () => Bodies.WithExpiry(0)),
            ("an expiry in ten years", () => Bodies.WithExpiry(315_360_000)),
            ("an expiry that's an object", () => Bodies.WithExpiry(new JsonObject())),
            ("an expiry that's true", () => Bodies.WithExpiry(true)),
            ("an expiry that isn't a number", () => Bodies.WithExpiry("NaN")),
            ("an expiry that's too large for a number", () => Bodies.WithRaw("\"expires_in\":1e999")),
            ("a redirection to a login page", () => new Fault
            {
                Status = 302,
                Headers = Bodies.Header("Location", "https://login.microsoftonline.com/"),
            }),
            ("400 with an empty body", () => new Fault { Status = 400 }),
            ("204", () => new Fault { Status = 204 }),
            ("418 with an error in another format", () => Bodies.Of("""{"error":{}}""", 418)),
            ("401 with a web page", () => Bodies.Of(Bodies.Page, 401, "text/html")),
            ("403 with a web page", () => Bodies.Of(Bodies.Page, 403, "text/html")),
            ("404 with a web page", () => Bodies.Of(Bodies.Page, 404, "text/html")),
            ("400 in an unknown format", () => Bodies.Of("""{"fault":{"faultstring":"Blocked"}}""", 400)),
        ];
        Way[] few =
        [
            Way.ClientSecret, Way.ClientSecretV1, Way.WorkloadIdentity, Way.DeviceCode, Way.AppService, Way.Automation,
        ];
        return everywhere.SelectMany(body => By(Way.All, NoToken, body.Name, InvalidResponse, body.Fault))
            .Concat(alike.SelectMany(body => By(few, NoToken, body.Name, InvalidResponse, body.Fault)));
    }

    private static IEnumerable<FaultRow> Tokens()
    {
        Way[] app = [Way.ClientSecret, Way.ClientSecretV1, Way.Certificate, .. Way.OfHosts];
        return
        [
            .. By(
                Way.All,
                OddToken,
                "it expired a minute ago",
                InvalidResponse,
                () => new Fault { TokenLifetimeSeconds = -60 },
                Clock),
            .. By(
                Way.All,
                OddToken,
                "it has expired, and the response says an hour",
                InvalidResponse,
                () => new Fault { AccessToken = Bodies.Token(("exp", Bodies.In(TimeSpan.FromMinutes(-5)))) },
                Clock),
            .. By(
                app,
                OddToken,
                "this machine's clock is an hour ahead",
                InvalidResponse,
                () => new Fault { AccessToken = AsSeenFrom(TimeSpan.FromHours(1)) },
                Clock),
            .. By(
                app,
                OddToken,
                "this machine's clock is an hour behind, so the token isn't valid yet",
                null,
                () => new Fault { AccessToken = AsSeenFrom(TimeSpan.FromHours(-1)) }),
            .. By(
                app,
                OddToken,
                "it's for another audience",
                null,
                () => new Fault { Audience = "https://vault.example" },
                Warned),
            .. By(
                [
                    Way.ClientSecret,
                    Way.ClientSecretV1,
                    Way.Certificate,
                    Way.FederatedToken,
                    Way.OnBehalfOf,
                    Way.DeviceCode,
                ],
                OddToken,
                "it's from another tenant",
                null,
                () => new Fault { Tenant = Guid.NewGuid().ToString() },
                Warned),
            .. By(
                [Way.ClientSecret, Way.ClientSecretV1, Way.Certificate, Way.FederatedToken],
                OddToken,
                "it's for another application",
                null,
                () => new Fault
                {
                    AccessToken = Bodies.Token(
                        ("appid", Guid.NewGuid().ToString()),
                        ("exp", Bodies.In(TimeSpan.FromHours(1)))),
                },
                Warned),
            .. By(app, OddToken, "it isn't a JWT", null, () => new Fault { AccessToken = "opaque-" + Said.Canary }),
            .. By(
                app,
                OddToken,
                "its claims aren't JSON",
                null,
                () => new Fault { AccessToken = Bodies.TokenOf("<html>") }),
            .. By(
                app,
                OddToken,
                "its own expiry is text",
                null,
                () => new Fault { AccessToken = Bodies.Token(("exp", "soon")) }),
            .. By(
                app,
                OddToken,
                "its claims have other types",
                null,
                () => new Fault
                {
                    AccessToken = Bodies.TokenOf(
                        """{"aud":["x"],"tid":7,"appid":{},"oid":null,"exp":1e300,"nbf":-1,"roles":{}}"""),
                }),
            .. By(
                app,
                OddToken,
                "its claims are 10,000 levels deep",
                null,
                () => new Fault
                {
                    AccessToken = Bodies.TokenOf($$"""{"a":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}"""),
                }),
            .. By(
                [Way.ClientSecret, Way.ClientSecretV1],
                OddToken,
                "its lifetime is a string",
                null,
                () => Bodies.WithExpiry("3599")),
            .. By(
                [Way.ClientSecret, Way.ClientSecretV1],
                OddToken,
                "its lifetime has a fraction",
                InvalidResponse,
                () => Bodies.WithExpiry(3599.5)),
            .. By(
                [Way.ClientSecret, Way.ClientSecretV1],
                OddToken,
                "its type is missing",
                InvalidResponse,
                () => Bodies.With(body => body.Remove("token_type"))),
            .. By(
                [Way.ClientSecret, Way.ClientSecretV1],
                OddToken,
                "its type is null",
                InvalidResponse,
                () => Bodies.With(body => body["token_type"] = null)),
            .. By(
                Way.OfEntra,
                OddToken,
                "it's bound to a key (pop)",
                InvalidResponse,
                () => Bodies.With(body => body["token_type"] = "pop")),
        ];

        static FaultRow Clock(FaultRow row) => row with { Says = "that expired at" };
        static FaultRow Warned(FaultRow row) => row with { Warns = true };
    }

    private static IEnumerable<FaultRow> Refusals()
    {
        (string Code, TokenError Application, TokenError Person)[] codes =
        [
            ("AADSTS7000222", AuthenticationFailed, AuthenticationFailed),
            ("AADSTS700016", AuthenticationFailed, AuthenticationFailed),
            ("AADSTS90002", AuthenticationFailed, AuthenticationFailed),
            ("AADSTS500011", ResourceNotFound, ResourceNotFound),
            ("AADSTS53003", AuthenticationFailed, InteractionRequired),
            ("AADSTS50196", Throttled, Throttled),
            ("AADSTS4242424", AuthenticationFailed, AuthenticationFailed),
        ];
        Way[] people = [Way.OnBehalfOf, Way.DeviceCode];
        foreach ((string code, TokenError application, TokenError person) in codes)
        {
            IEnumerable<FaultRow> rows =
            [
                .. By(Way.OfEntra.Except(people), Refused, code, application, () => new Fault { Error = code }),
                .. By(people, Refused, code, person, () => new Fault { Error = code }),
            ];
            foreach (FaultRow row in rows)
                yield return row with { Says = code };
        }

        foreach (
            FaultRow row in By(
                people,
                Refused,
                "AADSTS50076",
                InteractionRequired,
                () => new Fault { Error = "AADSTS50076" }))
            yield return row;
        foreach (FaultRow row in By(
            Way.OfEntra,
            Refused,
            "an error without a description",
            AuthenticationFailed,
            () => Bodies.Of("""{"error":"invalid_client"}""", 401)))
            yield return row with { Says = "invalid_client" };
        foreach (FaultRow row in By(
            Way.OfEntra,
            Refused,
            "an error with a code that isn't Entra's, as from AD FS",
            AuthenticationFailed,
            () => Bodies.Of(
                """{"error":"invalid_client","error_description":"MSIS9605: The client may not use the resource."}""",
                400)))
            yield return row with { Says = "MSIS9605" };
        foreach (FaultRow row in By(
            [Way.ClientSecret, Way.ClientSecretV1, Way.Certificate, Way.OnBehalfOf],
            Refused,
            "an error that's a number, and a description that's null",
            InvalidResponse,
            () => Bodies.Of("""{"error":7,"error_description":null}""", 400)))
            yield return row;
    }

    private static Fault Later(int status, string when) =>
        new() { Status = status, Headers = Bodies.Header("Retry-After", when) };

    private static string InAnHour() => DateTimeOffset.UtcNow.AddHours(1).ToString("R", CultureInfo.InvariantCulture);

    private static FaultRow Heeded(FaultRow row) => row with { IsHeeded = true };

    /// <summary>A token of an hour's life, as it looks to a clock that is wrong by so much.</summary>
    private static string AsSeenFrom(TimeSpan ahead) => Bodies.Token(
        ("nbf", Bodies.In(-ahead)), ("exp", Bodies.In(TimeSpan.FromSeconds(3599) - ahead)));
}
