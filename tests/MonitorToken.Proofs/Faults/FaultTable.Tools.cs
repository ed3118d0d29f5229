using System.Globalization;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string ByTool = "Tools";

    /// <summary>When a token ends, in the words of each of them.</summary>
    private const string Ends =
        """
        "expires_on":4070908800,"expiresOn":"2099-01-01T00:00:00Z","ExpiresOn":4070908800
        """;

    private static readonly (string Way, string Tool)[] ToolWays =
        [("AzureCli", "az"), ("AzureDeveloperCli", "azd"), ("AzurePowerShell", "pwsh")];

    private static IEnumerable<FaultRow> Tools()
    {
        (string Name, TokenError? Error, string Script, TimeSpan? Timeout)[] faults =
        [
            ("it hangs", TokenError.Timeout, "/bin/sleep 600", Short),
            ("it hangs after the response", TokenError.Timeout, "GOOD; /bin/sleep 600", Short),
            ("it closes its output and hangs", TokenError.Timeout, "exec >&- 2>&-; /bin/sleep 600", Short),
            ("it leaves a child process that holds its output", null, "GOOD; /bin/sleep 20 & exit 0", null),
            (
                "it prompts",
                CredentialUnavailable,
                "read answer || { echo 'Please answer.' >&2; exit 1; }; /bin/sleep 600",
                null),
            ("it prints nothing and succeeds", InvalidResponse, "exit 0", null),
            ("it prints nothing and fails", CredentialUnavailable, "exit 1", null),
            ("it prints garbage", InvalidResponse, "/usr/bin/head -c 4000 /dev/urandom", null),
            ("it prints a web page", InvalidResponse, "echo '<html><body>Sign in</body></html>'", null),
            ("it prints half of the JSON", InvalidResponse, "HALF", null),
            (
                "it prints JSON without a token",
                InvalidResponse,
                "echo '{" + Ends + "}'",
                null),
            (
                "it prints a token without an expiry",
                InvalidResponse,
                $$"""echo '{"accessToken":"{{Said.Canary}}","token":"{{Said.Canary}}","Token":"{{Said.Canary}}"}'""",
                null),
            (
                "it prints a token that's null",
                InvalidResponse,
                $$"""echo '{"accessToken":null,"token":null,"Token":null,{{Ends}}}'""",
                null),
            ("it prints a token that has expired", InvalidResponse, "PAST", null),
            ("it prints a list", InvalidResponse, "echo '[]'", null),
            (
                "it prints JSON 10,000 levels deep",
                InvalidResponse,
                "/usr/bin/head -c 10000 /dev/zero | /usr/bin/tr '\\0' '{'",
                null),
            (
                "it prints a banner before the response",
                null,
                "echo 'A new version is available! {see} https://example'; GOOD",
                null),
            ("it prints warnings along with the response", null, "echo 'WARNING: old' >&2; GOOD", null),
            ("it prints colors around the response", null, "printf '\\033[32m'; GOOD; printf '\\033[0m'", null),
            (
                "it prints megabytes before the response",
                null,
                "/usr/bin/head -c 5000000 /dev/zero | /usr/bin/tr '\\0' 'x'; echo; GOOD",
                null),
            (
                "it prints megabytes of errors along with the response",
                null,
                "/usr/bin/head -c 5000000 /dev/zero | /usr/bin/tr '\\0' 'x' >&2; GOOD",
                null),
            (
                "it prints megabytes and no response",
                InvalidResponse,
                "/usr/bin/head -c 5000000 /dev/zero | /usr/bin/tr '\\0' 'x'",
                null),
            (
                "it fails with megabytes",
                CredentialUnavailable,
                "/usr/bin/head -c 5000000 /dev/zero | /usr/bin/tr '\\0' 'x' >&2; exit 1",
                null),
            (
                "it fails in German",
                CredentialUnavailable,
                "echo 'FEHLER: Bitte führen Sie die Anmeldung aus.' >&2; exit 1",
                null),
            ("it fails in Japanese", CredentialUnavailable, "echo 'ログインしてください。' >&2; exit 1", null),
            (
                "it fails with a traceback",
                CredentialUnavailable,
                "printf 'Traceback (most recent call last):\\n  line 1\\nValueError: boom\\n' >&2; exit 1",
                null),
            (
                "it fails with a .NET exception",
                CredentialUnavailable,
                "echo 'Unhandled exception. System.NullReferenceException: Object reference not set.' >&2; exit 134",
                null),
            ("it's killed", CredentialUnavailable, "kill -9 $$", null),
            ("it fails and prints its secrets", CredentialUnavailable, "SECRET", null),
            (
                "its login has expired (AADSTS700082)",
                InteractionRequired,
                "echo 'ERROR: AADSTS700082: The refresh token has expired due to inactivity.' >&2; exit 1",
                null),
            (
                "its login needs a second factor (AADSTS50076)",
                InteractionRequired,
                "echo 'ERROR: AADSTS50076: You must use multi-factor authentication.' >&2; exit 1",
                null),
            (
                "Entra doesn't know the resource (AADSTS500011)",
                ResourceNotFound,
                "echo 'ERROR: AADSTS500011: The resource principal was not found in the tenant.' >&2; exit 1",
                null),
            (
                "Entra is unavailable (AADSTS90033)",
                AuthorityUnreachable,
                "echo 'ERROR: AADSTS90033: A transient error has occurred. Please try again.' >&2; exit 1",
                null),
            (
                "Entra is unavailable, with HTTP 400 (AADSTS90024)",
                AuthorityUnreachable,
                "echo 'ERROR: AADSTS90024: A transient error has occurred. Please try again.' >&2; exit 1",
                null),
            (
                "its session has expired (AADSTS50132)",
                InteractionRequired,
                "echo 'ERROR: AADSTS50132: The session is not valid.' >&2; exit 1",
                null),
            (
                "its broker requires the user",
                InteractionRequired,
                "echo 'Status: Response_Status.Status_InteractionRequired, Error code: 3399614476' >&2; exit 1",
                null),
            (
                "it can't reach Entra",
                AuthorityUnreachable,
                "echo 'ERROR: Failed to establish a new connection: [Errno 111] Connection refused' >&2; exit 1",
                null),
            (
                "Entra fails (500)",
                AuthorityUnreachable,
                "echo 'ERROR: 500 Server Error: Internal Server Error for url: https://login.example' >&2; exit 1",
                null),
            (
                "Entra asks it to wait (429)",
                Throttled,
                "echo 'ERROR: 429 Client Error: Too Many Requests for url: https://login.example' >&2; exit 1",
                null),
            ("it isn't installed", CredentialUnavailable, "NONE", null),
            ("it can't be started", CredentialUnavailable, "BROKEN", null),
        ];
        foreach ((string name, TokenError? error, string script, TimeSpan? timeout) in faults)
        {
            foreach ((string way, string tool) in ToolWays)
            {
                yield return new FaultRow
                {
                    Chapter = ByTool,
                    Way = way,
                    Fault = name,
                    Error = error,
                    Timeout = timeout,
                    Shares = [tool],
                    Skip = _ => OperatingSystem.IsWindows() ? "The stand-ins are shell scripts." : null,
                    Options = world => new CredentialOptions { Name = way, Authority = world.Authority },
                    Break = world =>
                    {
                        Spoil(world, tool, script);
                        world.OnMend(() => StandIns.Say(world.Tools, tool, Good(world, tool)));
                    },
                };
            }
        }
    }

    private static void Spoil(World world, string tool, string script)
    {
        string program = Path.Combine(world.Tools, tool);
        if (script is "NONE" or "BROKEN")
        {
            // Moved and not written, so that no other process can have it open.
            File.Move(program, program + ".away");
            if (script == "BROKEN")
                File.CreateSymbolicLink(program, Path.Combine(world.Tools, "no-interpreter"));
            world.OnMend(() =>
            {
                if (File.Exists(program + ".away"))
                    File.Move(program + ".away", program, overwrite: true);
            });
        }

        StandIns.Say(world.Tools, tool, script switch
        {
            "NONE" or "BROKEN" => "exit 1",
            "HALF" => $"printf '%s' '{Answer(world, tool, TimeSpan.FromHours(1))[..^30]}'",
            "PAST" => $"echo '{Answer(world, tool, TimeSpan.FromHours(-1))}'",
            "SECRET" =>
                $"echo 'it went wrong with {Issue(world, TimeSpan.FromHours(1))} and "
                    + $"client_secret={world.Keep("s3cr3t-of-the-tool")}' >&2; exit 1",
            _ => script.Replace("GOOD", Good(world, tool), StringComparison.Ordinal),
        });
    }

    private static string Good(World world, string tool) => $"echo '{Answer(world, tool, TimeSpan.FromHours(1))}'";

    private static string Issue(World world, TimeSpan lifetime) =>
        world.Keep(world.Emulator.IssueUserToken(world.Resource, world.User, lifetime));

    /// <summary>As the tool itself writes it.</summary>
    private static string Answer(World world, string tool, TimeSpan lifetime)
    {
        string token = Issue(world, lifetime);
        DateTimeOffset end = DateTimeOffset.UtcNow + lifetime;
        long seconds = end.ToUnixTimeSeconds();
        string iso = end.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string local = end.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        return tool switch
        {
            "az" => $$"""{"accessToken":"{{token}}","expiresOn":"{{local}}","expires_on":{{seconds}}}""",
            "azd" => $$"""{"token":"{{token}}","expiresOn":"{{iso}}"}""",
            _ => $$"""{"Token":"{{token}}","ExpiresOn":{{seconds}}}""",
        };
    }

    private static IEnumerable<FaultRow> Sessions()
    {
        (string Name, TokenError Error, Func<World, SessionToken?> Answer, TimeSpan? Timeout)[] sessions =
        [
            (
                "the session's login returns an expired token",
                InvalidResponse,
                world => Session(world, Issue(world, TimeSpan.FromHours(-1)), -1),
                null),
            ("the session's login returns an empty token", InvalidResponse, world => Session(world, "", 1), null),
            (
                "the session's login returns a token without an expiry",
                InvalidResponse,
                world => new SessionToken(world.Secure(Said.Canary), DateTimeOffset.MaxValue),
                null),
            ("the session's login doesn't respond", TokenError.Timeout, world =>
            {
                world.Caller.AzAccountsDelay = TimeSpan.FromSeconds(30);
                return null;
            }, Short),
        ];
        foreach ((string name, TokenError error, Func<World, SessionToken?> answer, TimeSpan? timeout) in sessions)
        {
            yield return new FaultRow
            {
                Chapter = ByTool,
                Way = "AzurePowerShell",
                Fault = name,
                Error = error,
                Timeout = timeout,
                Options = world => new CredentialOptions { Name = "AzurePowerShell", Authority = world.Authority },
                Break = world =>
                {
                    SessionToken? spoilt = answer(world);
                    world.Caller.AzAccounts = (_, _) => spoilt;
                    world.OnMend(() =>
                    {
                        world.Caller.AzAccountsDelay = TimeSpan.Zero;
                        world.Caller.AzAccounts = (_, _) => Session(world, Issue(world, TimeSpan.FromHours(1)), 1);
                    });
                },
            };
        }
    }

    private static SessionToken Session(World world, string token, int hours) => new(
        token.Length == 0 ? new System.Security.SecureString() : world.Secure(
            token), DateTimeOffset.UtcNow.AddHours(hours));
}
