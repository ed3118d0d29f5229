using MonitorToken.EntraEmulator;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string Vouching = "The identity provider of the workload";

    private static IEnumerable<FaultRow> Vouchers()
    {
        (Way Way, string Path, string Member)[] vouchers =
        [
            (Way.GitHubActions, "/github/oidc", "value"),
            (Way.AzurePipelines, "/contoso/", "oidcToken"),
        ];
        foreach ((Way way, string path, string member) in vouchers)
        {
            (string Name, TokenError? Error, Func<Fault> Fault, TimeSpan? Timeout)[] faults =
            [
                ("500", AuthorityUnreachable, () => new Fault { Status = 500 }, null),
                ("503 with a web page", AuthorityUnreachable, () => Bodies.Of(Bodies.Page, 503, "text/html"), null),
                ("503 once", null, () => new Fault { Status = 503, Times = 1 }, null),
                ("429", Throttled, () => new Fault { Status = 429 }, null),
                ("401", AuthenticationFailed, () => Bodies.Of("""{"message":"Bad credentials"}""", 401), null),
                ("403", AuthenticationFailed, () => new Fault { Status = 403 }, null),
                ("404", AuthenticationFailed, () => new Fault { Status = 404 }, null),
                (
                    "a redirection to a login page",
                    AuthenticationFailed,
                    () => new Fault
                    {
                        Status = 302,
                        Headers = Bodies.Header("Location", "https://localhost/"),
                    },
                    null),
                ("a web page", InvalidResponse, () => Bodies.Of(Bodies.Page, contentType: "text/html"), null),
                ("an empty response", InvalidResponse, () => Bodies.Of(""), null),
                ("JSON without an assertion", InvalidResponse, () => Bodies.Of("{}"), null),
                ("an assertion that's null", InvalidResponse, () => Bodies.Of($$"""{"{{member}}":null}"""), null),
                ("an assertion that's a number", InvalidResponse, () => Bodies.Of($$"""{"{{member}}":7}"""), null),
                ("an empty assertion", InvalidResponse, () => Bodies.Of($$"""{"{{member}}":""}"""), null),
                (
                    "an assertion that Entra can't read",
                    AuthenticationFailed,
                    () => Bodies.Of($$"""{"{{member}}":"{{Said.Canary}}"}"""),
                    null),
                ("10 MB of text", InvalidResponse, () => new Fault { Body = "x", BodySize = 10_000_000 }, null),
                (
                    "the connection is reset before the response",
                    AuthorityUnreachable,
                    () => new Fault { Drop = true },
                    null),
                (
                    "the connection is reset in the response body",
                    AuthorityUnreachable,
                    () => new Fault { CutAfter = 10 },
                    null),
                ("there's no response", TokenError.Timeout, () => new Fault { Hang = true }, Short),
            ];
            foreach ((string name, TokenError? error, Func<Fault> fault, TimeSpan? timeout) in faults)
            {
                IEnumerable<FaultRow> rows = By(
                    [way],
                    Vouching,
                    name + " from the issuer",
                    error,
                    world => world.Spoil(fault() with { Match = new FaultMatch { Path = path } }));
                foreach (FaultRow row in rows)
                    yield return row with { Timeout = timeout, Shares = [path], IsLast = true };
            }
        }
    }

    /// <summary>The other credential's errors are told as they are, with the name of both.</summary>
    private static IEnumerable<FaultRow> Identities()
    {
        const string Exchange = FederatedCredential.DefaultAudience;
        (string Name, TokenError? Error, Func<Fault> Fault, TimeSpan? Timeout)[] faults =
        [
            ("500 from the managed identity", AuthorityUnreachable, () => new Fault { Status = 500 }, null),
            ("503 once from the managed identity", null, () => new Fault { Status = 503, Times = 1 }, null),
            ("429 from the managed identity", Throttled, () => new Fault { Status = 429 }, null),
            (
                "the managed identity isn't assigned",
                CredentialUnavailable,
                () => Bodies.Of("""{"error":"invalid_request","error_description":"Identity not found"}""", 400),
                null),
            (
                "a web page from the managed identity",
                InvalidResponse,
                () => Bodies.Of(Bodies.Page, contentType: "text/html"),
                null),
            (
                "the managed identity's token has expired",
                InvalidResponse,
                () => new Fault { TokenLifetimeSeconds = -60 },
                null),
            (
                "Entra can't read the managed identity's token",
                AuthenticationFailed,
                () => new Fault { AccessToken = Said.Canary },
                null),
            (
                "the managed identity's token is for another audience",
                AuthenticationFailed,
                () => new Fault { Audience = "https://elsewhere.example" },
                null),
            ("the managed identity doesn't respond", TokenError.Timeout, () => new Fault { Hang = true }, Short),
        ];
        foreach ((string name, TokenError? error, Func<Fault> fault, TimeSpan? timeout) in faults)
        {
            IEnumerable<FaultRow> rows = By([Way.FederatedCredential], Vouching, name, error, world =>
                world.Spoil(fault() with { Match = new FaultMatch { Resource = Exchange } }));
            foreach (FaultRow row in rows)
                yield return row with { Timeout = timeout, Shares = [Exchange] };
        }

        const string Untrusted = "the application doesn't trust the managed identity";
        IEnumerable<FaultRow> untrusted = By(
            [Way.FederatedCredential], Vouching, Untrusted, AuthenticationFailed, _ => { }, row => row with
            {
                Shares = [Exchange],
                StaysBroken = true,
                Options = world => row.Options(world) with { ClientId = world.App.ClientId },
            });
        foreach (FaultRow row in untrusted)
            yield return row;
    }

    private static IEnumerable<FaultRow> Scripts()
    {
        (string Name, TokenError Error, Func<CancellationToken, string> Script, TimeSpan? Timeout)[] scripts =
        [
            ("the script returns nothing", InvalidResponse, _ => "", null),
            ("the script returns null", InvalidResponse, _ => null!, null),
            ("the script returns something else", AuthenticationFailed, _ => Said.Canary, null),
            ("the script doesn't finish", TokenError.Timeout, Endless, Short),
        ];
        foreach ((string name, TokenError error, Func<CancellationToken, string> script, TimeSpan? timeout) in scripts)
        {
            IEnumerable<FaultRow> rows = By([Way.FederatedToken], Vouching, name, error, _ => { }, row => row with
            {
                Timeout = timeout,
                Options = world =>
                {
                    bool isMended = false;
                    world.OnMend(() => isMended = true);
                    return world.Application("FederatedToken") with
                    {
                        FederatedTokenScript = stop =>
                            isMended ? world.Keep(world.Emulator.Issuers.Kubernetes.Issue()) : script(stop),
                    };
                },
            });
            foreach (FaultRow row in rows)
                yield return row;
        }

        static string Endless(CancellationToken stop)
        {
            stop.WaitHandle.WaitOne();
            stop.ThrowIfCancellationRequested();
            return "";
        }
    }

    private static IEnumerable<FaultRow> TokenFiles()
    {
        (string Name, TokenError? Error, Action<World, string> Break)[] files =
        [
            ("the token file doesn't exist", CredentialUnavailable, (_, path) => File.Delete(path)),
            (
                "the token file's folder doesn't exist",
                CredentialUnavailable,
                (world, _) => Directory.Delete(world.Folder, true)),
            ("the token file is empty", CredentialUnavailable, (_, path) => File.WriteAllText(path, "")),
            ("the token file has only white space", CredentialUnavailable, (_, path) => File.WriteAllText(path, " \n")),
            ("the token file is a folder", CredentialUnavailable, (_, path) =>
            {
                File.Delete(path);
                Directory.CreateDirectory(path);
            }),
            ("the token file is being written", AuthenticationFailed, (_, path) =>
                File.WriteAllText(path, File.ReadAllText(path)[..200])),
            (
                "the token file contains something else",
                AuthenticationFailed,
                (_, path) => File.WriteAllText(path, Said.Canary)),
            (
                "the token file has 10 MB",
                AuthenticationFailed,
                (_, path) => File.WriteAllText(path, new string('x', 10_000_000))),
            ("the token file contains an expired token", AuthenticationFailed, (world, path) => File.WriteAllText(
                path, world.Keep(world.Emulator.Issuers.Kubernetes.Issue(lifetime: TimeSpan.FromMinutes(-5))))),
            ("the token file ends with a line break", null, (_, path) => File.AppendAllText(path, "\n")),
        ];
        foreach ((string name, TokenError? error, Action<World, string> spoil) in files)
        {
            IEnumerable<FaultRow> rows = By([Way.WorkloadIdentity], "Token files", name, error, world =>
            {
                string path = Path.Combine(world.Folder, "token");
                spoil(world, path);
            });
            foreach (FaultRow row in rows)
                yield return row with { Options = TokenFile };
        }

        const string Hidden = "the token file can't be read";
        IEnumerable<FaultRow> hidden = By([Way.WorkloadIdentity], "Token files", Hidden, CredentialUnavailable, world =>
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(world.Folder, "token"), UnixFileMode.None);
        });
        foreach (FaultRow row in hidden)
            yield return row with { Options = TokenFile, Skip = UnlessFilesCanBeHidden };
    }

    private static string? UnlessFilesCanBeHidden(Emulator emulator) =>
        OperatingSystem.IsWindows() ? "Permissions are set in another way here."
        : System.Environment.UserName == "root" ? "root may read everything."
        : null;

    /// <summary>What is there in place of the file is taken away first.</summary>
    private static CredentialOptions TokenFile(World world)
    {
        string path = world.Write("token", world.Keep(world.Emulator.Issuers.Kubernetes.Issue()));
        world.OnMend(() =>
        {
            if (Directory.Exists(path))
                Directory.Delete(path);
            Directory.CreateDirectory(world.Folder);
            File.Delete(path);
            world.Write("token", world.Keep(world.Emulator.Issuers.Kubernetes.Issue()));
        });
        return world.Application("WorkloadIdentity") with { TokenFilePath = path };
    }
}
