using MonitorToken.EntraEmulator;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string OnTheWay = "Connections";

    private static readonly (string Name, DoorFault Fault)[] BeforeHttp =
    [
        ("the connection is refused", DoorFault.Refused),
        ("the connection is reset in the TLS handshake", DoorFault.ResetInHandshake),
        ("the server doesn't use TLS", DoorFault.NoTls),
        ("the certificate's authority is unknown", DoorFault.UnknownAuthority),
        ("the certificate is for another host", DoorFault.WrongName),
        ("the certificate has expired", DoorFault.Expired),
    ];

    private static IEnumerable<FaultRow> Connections()
    {
        foreach ((string name, DoorFault fault) in BeforeHttp)
        {
            foreach (
                FaultRow row in By(Way.OfEntra, OnTheWay, name, AuthorityUnreachable, world => world.OpenDoor(fault)))
                yield return row with
                {
                    Says = name.StartsWith("the certificate", StringComparison.Ordinal) ? "certificate"
                        : fault == DoorFault.Refused ? "refused"
                        : null,
                };
        }

        IEnumerable<FaultRow> rows =
        [
            .. By(
                Way.OfEntra,
                OnTheWay,
                "there's no response to the TLS handshake",
                TokenError.Timeout,
                world => world.OpenDoor(DoorFault.SilentInHandshake),
                row => row with { Timeout = Short }),
            .. By(Way.OfEntra, OnTheWay, "DNS doesn't know the name", AuthorityUnreachable, world =>
            {
                // A label that long is not even asked for.
                Authority right = world.Authority;
                world.Authority = Authority.For(new Uri($"https://{new string('x', 64)}.invalid"));
                world.OnMend(() => world.Authority = right);
            }, row => row with { Says = "DNS can't resolve its name" }),
            .. By(
                Way.All,
                OnTheWay,
                "the connection is reset before the response",
                AuthorityUnreachable,
                () => new Fault { Drop = true }),
            .. By(
                Way.All,
                OnTheWay,
                "the connection is reset in the response body",
                AuthorityUnreachable,
                () => new Fault { CutAfter = 20 }),
            .. By(Most, OnTheWay, "the connection is reset once", null, () => new Fault { Drop = true, Times = 1 }),
            .. By(
                Way.All,
                OnTheWay,
                "there's no response",
                TokenError.Timeout,
                () => new Fault { Hang = true },
                Briefly),
            .. By(
                Way.All,
                OnTheWay,
                "the response stops halfway",
                TokenError.Timeout,
                () => new Fault { HangInBody = true },
                Briefly),
            .. By(
                Most,
                OnTheWay,
                "the response arrives byte by byte, one a second",
                TokenError.Timeout,
                () => new Fault { DripMs = 1000 },
                Briefly),
        ];
        foreach (FaultRow row in rows)
            yield return row;

        static FaultRow Briefly(FaultRow row) => row with { Timeout = Short };
    }

    private static IEnumerable<FaultRow> Proxies()
    {
        Way[] ways = [Way.ClientSecret, Way.ClientSecretV1, Way.Certificate];
        (string Name, Fault Fault, TokenError Error, TimeSpan? Timeout)[] faults =
        [
            ("the proxy refuses (403)", new Fault { Status = 403, Body = "No." }, AuthorityUnreachable, null),
            ("the proxy requires a password (407)", new Fault
            {
                Status = 407,
                Body = Bodies.Page,
                Headers = Bodies.Header("Proxy-Authenticate", "Basic realm=\"proxy\""),
            }, AuthorityUnreachable, null),
            ("the proxy can't reach the host (502)", new Fault { Status = 502 }, AuthorityUnreachable, null),
            (
                "the proxy returns a web page",
                new Fault { Status = 200, Body = Bodies.Page },
                AuthorityUnreachable,
                null),
            ("the proxy hangs up", new Fault { Drop = true }, AuthorityUnreachable, null),
            ("the proxy doesn't respond", new Fault { Hang = true }, TokenError.Timeout, Short),
        ];
        foreach ((string name, Fault fault, TokenError error, TimeSpan? timeout) in faults)
        {
            IEnumerable<FaultRow> rows = By(ways, OnTheWay, name, error, world =>
            {
                // A host of no other row's, and no connection that outlives a row: an open one needs no proxy.
                const string Host = "sts.windows.net";
                world.Authority = Authority.For(new Uri($"https://{Host}"));
                world.Spoil(fault with { Match = new FaultMatch { Listener = Listener.Proxy, Host = Host } });
                world.OnMend(() => world.Emulator.Faults.Add(new Fault
                {
                    Match = world.Match,
                    Headers = Bodies.Header("Connection", "close"),
                }));
            });
            foreach (FaultRow row in rows)
                yield return row with { Timeout = timeout, Shares = ["the proxy"] };
        }
    }
}
