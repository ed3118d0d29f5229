using System.Text;
using System.Text.Json.Nodes;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Processes;
using MonitorToken.Proofs.Faults;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What is made of what tools print.</summary>
internal static class ToolProperties
{
    private static readonly string[] Sayings =
    [
        "ERROR: AADSTS700082: The refresh token has expired due to inactivity.\nTrace ID: "
            + "0b1c2d3e-0000-0000-0000-000000000000\nCorrelation ID: 0b1c2d3e-0000-0000-0000-000000000000\nTimestamp: "
            + "2026-02-03 04:05:06Z",
        "ERROR: Please run 'az login' to setup account.",
        "WARNING: A new version is there.\nERROR: (pii). Status: Response_Status.Status_InteractionRequired, Error "
            + "code: 3399614476, Tag: 557973645",
        "Traceback (most recent call last):\n  File \"az.py\", line 1, in <module>\n    main()\nValueError: no such "
            + "thing",
        "ERROR: The command failed with an unexpected error. Here is the traceback:\nboom\nTo open an issue, please "
            + "run: 'az feedback'",
        "{\"type\":\"consoleMessage\",\"timestamp\":\"2026-02-03T04:05:06Z\",\"data\":{\"message\":\"\\nERROR: not "
            + "logged in, run `azd auth login` to login\\n\"}}",
        "Run Connect-AzAccount to login.",
        "FEHLER: Führen Sie \"az login\" aus.",
        "エラー: ログインしてください。",
        "Unhandled exception. System.IO.IOException: x\n   at A.B(C d) in /x/y.cs:line 1\n   --- End of inner "
            + "exception stack trace ---",
        "/usr/lib/az.py:1: FutureWarning: x is deprecated\n  warnings.warn(x)",
    ];

    private static readonly string[] Secrets = [Faults.Said.Canary];

    private static readonly Lazy<StandIn> Az = new(() =>
    {
        var tool = new StandIn("az");
        tool.Does("/bin/cat \"$HERE/out\"\n/bin/cat \"$HERE/err\" >&2\nread code < \"$HERE/code\"\nexit $code");
        return tool;
    });

    public static IReadOnlyList<Property> All { get; } =
    [
        Property.Of("What a tool prints is a token that it holds, or none", 8_000, Printed, Read),
        Property.Of(
            "What a tool says is fit to be shown",
            3_000,
            Failed,
            output => Judged.Try(
                () => Told(output),
                output.StandardOutput + output.StandardError,
                Secrets,
                AnswerProperties.Documented),
            Show),
        Property.OfTasks(
            "A tool that prints anything gives a token, or a documented failure",
            OperatingSystem.IsWindows() ? 0 : 25,
            draw => draw.OneIn(2) ? Failed(draw) : new ToolOutput(0, Printed(draw), Said(draw)),
            RunAsync,
            Show,
            sideBySide: 1),
    ];

    /// <summary>Any tool's answer, and what stands around it.</summary>
    private static string Printed(Draw draw)
    {
        string token = draw.OneIn(4) ? OddTokens.Of(draw) : OddTokens.Good();
        DateTimeOffset end = DateTimeOffset.UtcNow.AddMinutes(50);
        JsonObject answer = draw.Below(3) switch
        {
            0 => new JsonObject
            {
                ["accessToken"] = token,
                ["expiresOn"] = end.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.ffffff", null),
                ["expires_on"] = end.ToUnixTimeSeconds(),
                ["subscription"] = "x",
                ["tenant"] = "72f988bf-86f1-41af-91ab-2d7cd011db47",
                ["tokenType"] = "Bearer",
            },
            1 => new JsonObject { ["token"] = token, ["expiresOn"] = end.ToString("yyyy-MM-ddTHH:mm:ssZ", null) },
            _ => new JsonObject { ["Token"] = token, ["ExpiresOn"] = end.ToUnixTimeSeconds() },
        };
        string text = OddJson.Spoil(draw, answer);
        return draw.Below(5) switch
        {
            0 => $"{draw.One(Sayings)}\n{text}",
            1 => $"{OddText.Of(draw)}{text}{OddText.Of(draw)}",
            2 => OddText.Spoil(draw, text),
            3 when draw.OneIn(10) => Draw.Run(1 + draw.Below(2000), () => draw.One("{", "{\"a\":[", "{\"", "{}"))
                + text,
            _ => text,
        };
    }

    private static ToolOutput Failed(Draw draw) => new(
        draw.One(1, 1, 1, 2, 0, 127, -1, 255),
        draw.OneIn(3) ? Said(draw) : string.Empty,
        draw.OneIn(6) ? string.Empty : Said(draw));

    /// <summary>Something said, with a secret in it that is as it would be, whatever is around it.</summary>
    private static string Said(Draw draw)
    {
        string said = draw.OneIn(6) ? OddText.Of(draw) : OddText.Spoil(draw, draw.One(Sayings));
        string secret = draw.Below(6) switch
        {
            0 => OddTokens.Good(),
            1 => $" client_secret={Faults.Said.Canary}&x=y",
            2 => $" access_token={Faults.Said.Canary} ",
            3 => $"\n{{\"accessToken\": \"{Faults.Said.Canary}\", \"tokenType\": \"Bearer\"}}\n",
            4 => $"\n  \"refresh_token\" : \"{Faults.Said.Canary}\",\n",
            _ => string.Empty,
        };
        said = said.Insert(draw.OneIn(2) ? 0 : said.Length, secret);
        // Where what is looked at begins.
        return draw.OneIn(30)
            ? said + " "
                + draw.One("x", "x ", "{", "x\n").PadRight(16 * 1024 - 60 + draw.Below(64), draw.One('x', ' ', '\n'))
            : said;
    }

    private static string? Read(string printed)
    {
        ToolToken? answer = ToolToken.TryRead(printed);
        return answer is null ? null : Accepted.Wrong(answer.Token, answer.ExpiresOn, printed);
    }

    private static string? Told(ToolOutput output)
    {
        var failure = ToolFailure.From(output);
        if (failure.Message.Length is 0 or > ToolFailure.LongestMessage)
            return $"it has {failure.Message.Length} characters";
        throw TokenErrors.FromTool(
            failure,
            $"AzureCli didn't return a token: {failure.Message}",
            "AzureCli",
            TokenRequest.ForResource("https://fuzz.example", null));
    }

    private static async Task<string?> RunAsync(ToolOutput output)
    {
        StandIn tool = Az.Value;
        File.WriteAllBytes(Path.Combine(tool.Folder, "out"), Encoding.UTF8.GetBytes(output.StandardOutput));
        File.WriteAllBytes(Path.Combine(tool.Folder, "err"), Encoding.UTF8.GetBytes(output.StandardError));
        tool.Write("code", $"{output.ExitCode & 0xFF}\n");
        using IDisposable setting = new Setting(_ => [("PATH", tool.Folder)]).Enter(null!);
        var caller = new RecordingCaller();
        var options = new CredentialOptions
        {
            Name = "AzureCli",
            Authority = Authority.For(AzureEnvironment.AzureCloud)
        };
        TokenRequest request = TokenRequest.ForResource($"https://{Guid.NewGuid():n}.example", null);
        string input = output.StandardOutput + output.StandardError;
        return await Judged.TryAsync(
            async () =>
            {
                AccessToken token = await CredentialCatalog.Create(options).GetTokenAsync(request, caller, default);
                return Accepted.Wrong(token.GetPlainText(), token.ExpiresOn, input)
                    ?? Accepted.WrongTime(token.ExpiresOn);
            },
            input,
            Secrets,
            AnswerProperties.Documented) ?? caller.Warnings.Concat(caller.Verboses)
                .Select(said => Judged.Wrong(said, Secrets))
                .FirstOrDefault(wrong => wrong is not null);
    }

    private static string Show(ToolOutput output) =>
        $"exit {output.ExitCode}\n{output.StandardOutput}\n----\n{output.StandardError}";
}
