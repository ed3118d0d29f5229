using MonitorToken.Engine.Tools;
using Xunit;

namespace MonitorToken.Tests.Tools;

public sealed class ToolFailureTests
{
    private const string Token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJl";

    public static TheoryData<string, string> Said => new()
    {
        { "ERROR: Please run 'az login' to setup account.\n", "Please run 'az login' to setup account." },
        {
            "\x1B[91mERROR: Please run 'az login' to setup account.\x1B[0m\r\n",
            "Please run 'az login' to setup account."
        },
        { "WARNING: A new version is there.\nERROR: No subscription found\nWARNING: Bye.\n", "No subscription found." },
        {
            "ERROR: unrecognized arguments: --foo\n\nExamples from AI knowledge base:\n"
                + "https://aka.ms/cli_ref\n",
            "unrecognized arguments: --foo."
        },
        {
            "ERROR: The command failed with an unexpected error. Here is the traceback:\n"
                + "ERROR: [Errno 28] No space left on device\nTraceback (most recent call last):\n"
                + "  File \"/x.py\", line 1, in main\n    run()\n"
                + "OSError: [Errno 28] No space left on device\n"
                + "To open an issue, please run: 'az feedback'\n",
            "[Errno 28] No space left on device."
        },
        {
            "Traceback (most recent call last):\n  File \"/x.py\", line 1, in <module>\n"
                + "    import azure.cli\nModuleNotFoundError: No module named 'azure.cli'\n",
            "No module named 'azure.cli'."
        },
        {
            "Traceback (most recent call last):\n  File \"/x.py\", line 1, in <module>\n"
                + "KeyError: 'a'\n\n"
                + "During handling of the above exception, another exception occurred:\n\n"
                + "Traceback (most recent call last):\n  File \"/x.py\", line 2, in <module>\n"
                + "ValueError: told at last\n",
            "told at last."
        },
        {
            "Der Befehl \"python3\" ist entweder falsch geschrieben oder\n"
                + "konnte nicht gefunden werden.\n",
            "Der Befehl \"python3\" ist entweder falsch geschrieben oder konnte nicht gefunden werden."
        },
        {
            "FEHLER: Die Anmeldung ist abgelaufen. Führen Sie 'az login' aus.\n",
            "FEHLER: Die Anmeldung ist abgelaufen. Führen Sie 'az login' aus."
        },
        { "ERROR: サブスクリプションが見つかりません。'az login' を実行してください。\n", "サブスクリプションが見つかりません。'az login' を実行してください。" },
        { "ERROR: サインインが必要です\n", "サインインが必要です" },
        {
            "{\"type\":\"consoleMessage\",\"timestamp\":\"2026-02-05T10:00:00Z\",\"data\":{\"message\":\"\\n"
                + "ERROR: not logged in, run `azd auth login` to login\\n\"}}\n",
            "not logged in, run `azd auth login` to login."
        },
        {
            "{\"error\":\"fetching token: failed to authenticate:\\n"
                + "(invalid_tenant) AADSTS90002: Tenant 'test' not found.\\n\",\"message\":\"Authentication with "
                + "Azure failed.\",\"suggestion\":\"x\"}\n",
            "fetching token: failed to authenticate: (invalid_tenant) AADSTS90002: Tenant 'test' not found."
        },
        { "Loading |\rLoading /\rERROR: it went wrong", "it went wrong." },
        { "/usr/lib/x.py:12: DeprecationWarning: old\n\nThe login has expired.\n", "The login has expired." },
        { "WARNING: only warned\n", "WARNING: only warned." },
    };

    [Theory]
    [MemberData(nameof(Said))]
    public void The_sentence_that_matters_is_told(string error, string sentence)
    {
        Assert.Equal(sentence, Failure(error).Message);
        Assert.Equal(sentence, Failure(string.Empty, error).Message);
    }

    [Fact]
    public void Entra_s_code_and_ids_are_kept_but_not_in_the_sentence()
    {
        const string Expired = "AADSTS700082: The refresh token has expired due to inactivity.";
        const string CorrelationId = "Correlation ID: 66666666-7777-8888-9999-000000000000";
        ToolFailure failure = Failure($"""
            ERROR: {Expired} Trace ID: 11111111-2222-3333-4444-555555555555
            {CorrelationId}
            Timestamp: 2026-02-05 10:00:00Z
            Interactive authentication is needed. Please run:
            az login
            """);
        Assert.Equal("AADSTS700082", failure.ErrorCode);
        Assert.Equal(Expired + " Interactive authentication is needed. Please run: az login.", failure.Message);
        Assert.Contains(CorrelationId, failure.Details, StringComparison.Ordinal);
        Assert.Null(Failure("ERROR: something else").ErrorCode);
    }

    [Theory]
    [InlineData("ERROR: it went wrong with {0}")]
    [InlineData("it went wrong\n{{\"accessToken\": \"{0}\"}}")]
    [InlineData("it went wrong\n{{\n  \"accessToken\": \"{0}\",\n  \"tenant\": \"x\"\n}}")]
    [InlineData("it went wrong: {{\"refresh_token\":\"{0}\"")]
    [InlineData("{{\"error\":\"it went wrong: {{\\\"access_token\\\":\\\"{0}\\\"}}\"}}")]
    [InlineData("it went wrong: grant_type=refresh_token&refresh_token={0}&client_secret={0}")]
    public void Nothing_that_looks_like_a_secret_is_repeated(string said)
    {
        // Words alone do not tell that something opaque is a token.
        bool isNamed = !said.StartsWith("ERROR", StringComparison.Ordinal);
        foreach (string secret in isNamed ? [Token, "0.opaque~Value"] : new[] { Token })
        {
            string text = string.Format(System.Globalization.CultureInfo.InvariantCulture, said, secret);
            foreach (ToolFailure failure in new[] { Failure(text), Failure(string.Empty, text) })
            {
                Assert.Contains("it went wrong", failure.Message, StringComparison.Ordinal);
                foreach (string part in secret.Split('.').Where(part => part.Length > 1))
                    Assert.DoesNotContain(part, failure.Message + failure.Details, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("", 0, "It has ended well, but it has said nothing.")]
    [InlineData("\n \r\n\t", 1, "It has ended with exit code 1, and it has said nothing.")]
    [InlineData("\x1B[0m\x07", -1, "It has ended with exit code -1, and it has said nothing.")]
    [InlineData(
        "{\"accessToken\": \"opaque\"}", 0, "It has ended well, but nothing that it has printed is meant for people.")]
    public void Silence_is_told_too(string output, int exitCode, string sentence) =>
        Assert.Equal(sentence, ToolFailure.From(new ToolOutput(exitCode, output, output)).Message);

    [Fact]
    public void A_line_too_long_to_be_told_keeps_its_code()
    {
        ToolFailure failure = Failure("ERROR: AADSTS50076: " + new string('x', 17_000) + "\n");
        Assert.Equal(("AADSTS50076", "AADSTS50076"), (failure.ErrorCode, failure.Details));
        Assert.Equal(
            "It has ended with exit code 1, and nothing that it has printed is meant for people.", failure.Message);
    }

    [Fact]
    public void A_flood_is_cut_between_characters()
    {
        string words = Failure("ERROR: " + Many("word ", 1000)).Message;
        Assert.InRange(words.Length, 100, ToolFailure.LongestMessage);
        string unbroken = Failure("ERROR: " + Many("\U0001F600", 1000)).Message;
        Assert.InRange(unbroken.Length, 100, ToolFailure.LongestMessage);
        Assert.False(char.IsHighSurrogate(unbroken[^2]));
        Assert.Empty(Failure(Many("eyJ", 300_000)).Details);
        Assert.Equal(4000, Failure(Many("word\n", 100_000)).Details.Length);

        static string Many(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
    }

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void It_is_the_same_in_every_culture(string culture)
    {
        using (Culture.Use(culture))
        {
            Assert.Equal("it failed.", Failure("warning: old\ncritical: it failed").Message);
            Assert.Equal(
                "It has ended with exit code -1, and it has said nothing.",
                ToolFailure.From(new ToolOutput(-1, "", "")).Message);
        }
    }

    private static ToolFailure Failure(string error, string output = "") =>
        ToolFailure.From(new ToolOutput(1, output, error));
}
