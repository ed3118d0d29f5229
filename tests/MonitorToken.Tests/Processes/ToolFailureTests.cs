using MonitorToken.Engine.Processes;
using MonitorToken.Engine;
using Xunit;

namespace MonitorToken.Tests.Processes;

public sealed class ToolFailureTests
{
    [Theory]
    [InlineData(
        "The proxy tunnel request to proxy 'http://user:S3cretPw@127.0.0.1:42811/' failed with status code '407'.")]
    [InlineData("invalid proxy address \"http://user:S3cretPw@proxy:8080\"")]
    [InlineData("ERROR: Failed to parse: http://user:S3cretPw@proxy:8080")]
    public void The_password_of_a_proxy_is_in_no_message(string said)
    {
        Assert.DoesNotContain("S3cretPw", Secret.Mask(said), StringComparison.Ordinal);
        var failure = ToolFailure.From(new ToolOutput(1, "", said));
        Assert.DoesNotContain("S3cretPw", failure.Message + failure.Details, StringComparison.Ordinal);
        Assert.Contains("a secret", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("See https://aka.ms/x?mail=a@b.example, or mail to a@b.example.")]
    [InlineData("://@://")]
    [InlineData("no address")]
    public void What_is_no_password_is_left_as_it_is(string said) => Assert.Equal(said, Secret.Mask(said));

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
        {
            "{\n  \"error\": \"fetching token: it went wrong\",\n  \"message\": \"Authentication failed.\"\n}\n",
            "fetching token: it went wrong."
        },
        {
            "{\n  \"type\": \"consoleMessage\",\n  \"data\": {\n    \"message\": \"\\nERROR: not logged in\\n\""
                + "\n  }\n}\n",
            "not logged in."
        },
        { "Loading |\rLoading /\rERROR: it went wrong", "it went wrong." },
        { "/usr/lib/x.py:12: DeprecationWarning: old\n\nThe login has expired.\n", "The login has expired." },
        { "WARNING: only warned\n", "WARNING: only warned." },
    };

    /// <summary>What the tools print where the network or Entra fails, and the sentence that is left of it.</summary>
    public static TheoryData<string, string, string> Outages => new()
    {
        // az 2.45: without its proxy, with one whose certificate it does not trust, and with Entra in trouble.
        {
            Unexpected + "ERROR: " + Pool + "ProxyError('Cannot connect to proxy.', NewConnectionError('" + Python
                + ": Failed to establish a new connection: [Errno 111] Connection refused')))\n"
                + "Traceback (most recent call last):\n  File \"/x.py\", line 174, in _new_conn\n"
                + "ConnectionRefusedError: [Errno 111] Connection refused\n" + Additions,
            "AuthorityUnreachable",
            Unreached + "Cannot connect to proxy. Failed to establish a new connection: Connection refused."
        },
        {
            "ERROR: " + Pool + "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] " + Untrusted
                + " (_ssl.c:992)')))\n"
                + "Certificate verification failed. Please add this certificate to the trusted CA bundle.\n",
            "AuthorityUnreachable",
            Unreached + Untrusted + ". Certificate verification failed. Please add this certificate to the trusted CA "
                + "bundle."
        },
        {
            "ERROR: " + Pool + "ConnectTimeoutError(" + Python
                + ", 'Connection to login.microsoftonline.com timed out. (connect timeout=10)'))\n",
            "AuthorityUnreachable",
            Unreached + "Connection to login.microsoftonline.com timed out. (connect timeout=10)."
        },
        {
            "ERROR: 500 Server Error: Internal Server Error for url: " + Address,
            "AuthorityUnreachable",
            "500 Server Error: Internal Server Error for url: " + Address + "."
        },
        {
            "ERROR: 429 Client Error: Too Many Requests for url: " + Address,
            "Throttled",
            "429 Client Error: Too Many Requests for url: " + Address + "."
        },
        {
            Unexpected + "ERROR: Expecting value: line 1 column 1 (char 0)\nTraceback (most recent call last):\n"
                + "  File \"/x.py\", line 1, in main\n"
                + "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)\n" + Additions,
            "AuthorityUnreachable",
            "The response isn't JSON. A proxy may have responded instead of Entra."
        },
        {
            Unexpected + "ERROR: Unable to get authority configuration for " + Address + ".\n"
                + "Traceback (most recent call last):\n  File \"/x.py\", line 1, in main\n"
                + "ValueError: OIDC Discovery endpoint rejects our request. Error: \n\n"
                + "During handling of the above exception, another exception occurred:\n\n"
                + "Traceback (most recent call last):\n  File \"/x.py\", line 2, in main\n"
                + "ValueError: Unable to get authority configuration for " + Address + ".\n" + Additions,
            "AuthorityUnreachable",
            "Unable to get authority configuration for " + Address + "."
        },
        {
            "ERROR: None\nInteractive authentication is needed. Please run:\naz login\n",
            "AuthorityUnreachable",
            "Entra refused the request without a reason."
        },

        // azd.
        {
            "ERROR: fetching token: Get \"" + Address + "\": dial tcp: lookup login.microsoftonline.com on "
                + "127.0.0.11:53: server misbehaving",
            "AuthorityUnreachable",
            "fetching token: Get \"" + Address + "\": dial tcp: lookup login.microsoftonline.com on 127.0.0.11:53: "
                + "server misbehaving."
        },
        {
            "ERROR: fetching token: tls: failed to verify certificate: x509: certificate signed by unknown authority",
            "AuthorityUnreachable",
            "fetching token: tls: failed to verify certificate: x509: certificate signed by unknown authority."
        },
        {
            "ERROR: http call(" + Address + ")(POST) error: reply status code was 503",
            "AuthorityUnreachable",
            "http call(" + Address + ")(POST) error: reply status code was 503."
        },
        {
            "ERROR: http call(" + Address + ")(POST) error: reply status code was 429",
            "Throttled",
            "http call(" + Address + ")(POST) error: reply status code was 429."
        },

        // Az.Accounts.
        {
            "ClientSecretCredential authentication failed: Retry failed after 4 tries. (No such host is known.)",
            "AuthorityUnreachable",
            "ClientSecretCredential authentication failed: Retry failed after 4 tries. (No such host is known.)."
        },
        {
            "InteractiveBrowserCredential authentication failed: The SSL connection could not be established, see inner "
                + "exception.",
            "AuthorityUnreachable",
            "InteractiveBrowserCredential authentication failed: A TLS connection couldn't be established."
        },
        {
            "Status: Response_Status.Status_NetworkTemporarilyUnavailable, Error code: 0",
            "AuthorityUnreachable",
            "Status: Response_Status.Status_NetworkTemporarilyUnavailable, Error code: 0."
        },
    };

    private const string Address = "https://login.microsoftonline.com/t/oauth2/v2.0/token";

    private const string Unreached = "login.microsoftonline.com couldn't be reached: ";

    private const string Untrusted = "certificate verify failed: unable to get local issuer certificate";

    private const string Unexpected = "ERROR: The command failed with an unexpected error. Here is the traceback:\n";

    private const string Pool =
        "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: "
            + "/common/discovery/instance?api-version=1.1 (Caused by ";

    private const string Python = "<urllib3.connection.HTTPSConnection object at 0x7f6eb60a2010>";

    private const string Additions =
        "To check existing issues, please visit: https://github.com/Azure/azure-cli/issues\n"
            + "To open a new issue, please run `az feedback`\n";

    [Theory]
    [MemberData(nameof(Outages))]
    public void What_is_the_network_s_or_Entra_s_is_told_as_such(string error, string kind, string sentence)
    {
        ToolFailure failure = Failure(error);
        Assert.Equal((kind, sentence), (failure.Error.ToString(), failure.Message));
        Assert.DoesNotContain("object at", failure.Details, StringComparison.Ordinal);
        Assert.DoesNotContain("az feedback", failure.Details, StringComparison.Ordinal);
        Assert.DoesNotContain("az login", failure.Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WARNING: Unable to check for updates: Connection refused\nERROR: Please run 'az login' to set up.")]
    [InlineData("ERROR: Subscription '429' not found.")]
    [InlineData("ERROR: No subscription found. Run 'az account set' to select a subscription.")]
    [InlineData("ERROR: not logged in, run `azd auth login` to login")]
    [InlineData("Run Connect-AzAccount to login.")]
    public void What_is_not_stays_the_tool_s(string error) =>
        Assert.Equal(TokenError.CredentialUnavailable, Failure(error).Error);

    [Fact]
    public void A_code_in_a_traceback_alone_is_found_with_its_words_and_ids()
    {
        const string Id = "9e238f75-109e-44dd-99e6-cc9e4c3aae00";
        ToolFailure failure = Failure(
            Unexpected + "ERROR: Unable to get authority configuration for https://login.microsoftonline.com/t.\n"
                + "Traceback (most recent call last):\n  File \"/x.py\", line 1, in main\n"
                + "ValueError: OIDC Discovery endpoint rejects our request. Error: {\"error\":\"invalid_tenant\","
                + "\"error_description\":\"AADSTS90002: Tenant 't' not found. Trace ID: " + Id
                + " Correlation ID: " + Id + " Timestamp: 2026-11-28 07:45:00Z\",\"error_codes\":[90002]}\n"
                + Additions);
        Assert.Equal("AADSTS90002", failure.ErrorCode);
        Assert.Contains("AADSTS90002: Tenant 't' not found.", failure.Details, StringComparison.Ordinal);
        Assert.Contains(Id, failure.Details, StringComparison.Ordinal);
    }

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
    [InlineData("", 2, "It exited with code 2 and printed nothing.")]
    [InlineData("\n \r\n\t", 1, "It exited with code 1 and printed nothing.")]
    [InlineData("\x1B[0m\x07", -1, "It exited with code -1 and printed nothing.")]
    [InlineData("{\"accessToken\": \"opaque\"}", 1, "It exited with code 1 and printed no readable message.")]
    public void Silence_is_told_too(string output, int exitCode, string sentence) =>
        Assert.Equal(sentence, ToolFailure.From(new ToolOutput(exitCode, output, output)).Message);

    [Fact]
    public void A_line_too_long_to_be_told_keeps_its_code()
    {
        ToolFailure failure = Failure("ERROR: AADSTS50076: " + new string('x', 17_000) + "\n");
        Assert.Equal(("AADSTS50076", "AADSTS50076"), (failure.ErrorCode, failure.Details));
        Assert.Equal("It exited with code 1 and printed no readable message.", failure.Message);
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
                "It exited with code -1 and printed nothing.", ToolFailure.From(new ToolOutput(-1, "", "")).Message);
        }
    }

    private static ToolFailure Failure(string error, string output = "") =>
        ToolFailure.From(new ToolOutput(1, output, error));
}
