using MonitorToken.Engine.Credentials;
using MonitorToken.Engine;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>
/// Texts of a megabyte that nearly match what is looked for, again and again. What takes the square of their length
/// takes hours, and is seen to hang.
/// </summary>
internal static class LongProperties
{
    private const int Length = 1_000_000;

    private static readonly string[] Units =
    [
        "eyJ", "eyJa", "eyJa.", "eyJ.", " ", ". ", "\t\n", "\" ", "\"", "\"token", "\"token\"", "\"token\" :", "AADSTS",
        "AADSTS1", "Trace ID: ", " Trace ID: 0", "\u001b[", "\u001b[0", "\u001b]", "client_secret=", "password=x&",
        "error: ", "a.error", "a-", "A.B.", "ClientSecretCredential authentication failed", "Correlation ID: 0b1c",
        "{\"", "{\"a\":[", "{\"a\":{", "{\"data\":{\"message\":\"", "[[", "at A.B(", "at A", "warning:", "x:1:", "x: ",
        "During x exception", "Traceback (most recent call last)\n ", "%2e", "xn--", "api.", "Timestamp: 2026-02-03 ",
        " Timestamp: ", "See the troubleshooting guide", ".", "-", "0", "z", "Identity not found", "\\u0065", "\ud800",
    ];

    public static IReadOnlyList<Property> All { get; } =
    [
        Property.Of(
            "A megabyte of what nearly matches is dealt with",
            16,
            draw =>
            {
                string unit = draw.One(Units);
                string text = string.Concat(Enumerable.Repeat(unit, Length / unit.Length));
                return draw.One("", "x", "AADSTS50034: ", "ERROR: ", "{") + text + draw.One("", "!", "x", "\n");
            },
            Check),
    ];

    private static string? Check(string text)
    {
        TokenRequest request = TokenRequest.ForResource("https://fuzz.example", null);
        _ = Secret.Mask(text);
        _ = ToolToken.TryRead(text);
        _ = JsonWebToken.TryRead(text);
        _ = JsonClaims.AreValid(text);
        _ = ToolArgument.IsSafe(text);
        return Judged.Try(
                () => throw TokenErrors.FromEntra(text, "ClientSecret", request, "e"),
                text,
                [],
                AnswerProperties.Documented)
            ?? Told(ToolFailure.From(new ToolOutput(1, string.Empty, text)))
            // As much as is looked at of one line.
            ?? Told(ToolFailure.From(new ToolOutput(1, string.Empty, "x\n" + text.Remove(16_000))))
            ?? Judged.Try(() => Ask(() => CredentialCatalog.CheckTenant(text)), text, [], TokenError.InvalidTenant)
            ?? Judged.Try(() => Ask(() => TokenRequest.ForResource(text, null)), text, [], TokenError.InvalidResource)
            ?? Judged.Try(
                () => Ask(() => TokenRequest.ForResource(text, AzureEnvironment.AzureCloud)),
                text,
                [],
                TokenError.InvalidResource);
    }

    private static string? Told(ToolFailure failure) =>
        failure.Message.Length > ToolFailure.LongestMessage
            ? "it is said at length"
            : Judged.Wrong(failure.Message, []);

    private static string? Ask(Action ask)
    {
        ask();
        return null;
    }
}
