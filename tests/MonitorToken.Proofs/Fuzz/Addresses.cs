namespace MonitorToken.Proofs.Fuzz;

/// <summary>Addresses that are true, and those that look as if they were.</summary>
internal static class Addresses
{
    private static readonly string[] Labels = ["westus2", "x", "dce-1.eastus-1", "a.b.c", "ws-0a1b.westeurope"];

    private static readonly string[] Ends =
    [
        "", "/", "/v1/workspaces/0/query", "?x=1", "#x", "/?next=https://evil.example", "/%2e%2e/", "/a b", "/ä",
        ":443", ":443/", ":8443/x", "//", "/../..",
    ];

    private static readonly string[] Evil =
        ["evil.example", "evil.example.", "127.0.0.1", "[::1]", "xn--e1awd7f.example"];

    /// <summary>What ends a host, or seems to.</summary>
    private static readonly string[] HostEnds =
        ["\\", "\\@", "%00.", "%2e", "\t.", "\n.", "\0.", " .", "#@", "?@", ";."];

    private static readonly string[] Schemes =
        ["http", "HTTPS", "ftp", "javascript", "file", "ws", "wss", "httpss", "https+x"];

    private static readonly string[] Beginnings =
        ["javascript:", "mailto:a@", "//", "", "https:", "https:/", "https:///", "https:\\\\"];

    private static readonly string[] Countries = [".us", ".cn", ".net", ".co", ".com.cn"];

    private static readonly (char Letter, string Like)[] Homoglyphs =
    [
        ('a', "а"), ('e', "е"), ('o', "о"), ('i', "і"), ('c', "с"), ('s', "ѕ"), ('a', "ａ"), ('m', "ｍ"), ('i', "ı"),
        ('i', "İ"), ('.', "。"), ('.', "．"), ('.', "｡"), ('k', "K"), ('s', "ſ"), ('u', "ս"), ('.', "%2e"), ('a', "%61"),
        ('.', ".."), ('o', "0"), ('l', "1"), ('-', "\u00ad"), ('z', "z\u200d"), ('n', "n\u0301"),
    ];

    /// <summary>One that is granted.</summary>
    public static string True(Draw draw) => $"https://{TrueHost(draw)}{draw.One("", "/", "/v1/x?y=z#w", ":443/v1")}";

    /// <summary>Any.</summary>
    public static string Any(Draw draw)
    {
        string host = TrueHost(draw);
        string evil = draw.One(Evil);
        string end = draw.One(Ends);
        return draw.Below(24) switch
        {
            0 => $"https://{host}{end}",
            1 => $"https://{host}.{evil}{end}",
            2 => $"https://{draw.One("evil", "x-", "-", "_", "a.", ".", "%")}{host}{end}",
            3 => $"https://{host}@{evil}{end}",
            4 => $"https://{evil}@{host}{end}",
            5 => $"https://{host}:x@{evil}{end}",
            6 => $"https://{evil}{draw.One("/", "?", "#", "\\", ";", "%2f", "\t", "\0", " ", ":")}{host}{end}",
            7 => $"https://{host}{draw.One(HostEnds)}{evil}{end}",
            8 => $"https://{LookAlike(draw, host)}{end}",
            9 => $"{draw.One(Schemes)}://{host}{end}",
            10 => $"{draw.One(Beginnings)}{host}{end}",
            11 => $"https://{host.ToUpperInvariant()}{end}",
            12 => $"https://{host}.{end}",
            13 => "https://" + Draw.Run(1 + draw.Below(70), () => draw.One("a", "a.", "b-", "xn--"))
                + $"{host[host.IndexOf('.')..]}{end}",
            14 => $"https://{host[..^draw.Below(host.Length)]}{end}",
            15 => $"https://{host[draw.Below(host.Length)..]}{end}",
            16 => $"https://{host}:{OddText.Number(draw)}{end}",
            17 => $"https://[{draw.One("::1", "::ffff:127.0.0.1", host, "v1.x")}]{draw.One("", host, "." + host)}{end}",
            18 => $"https://{draw.One(Labels)}.{host.Replace(".com", draw.One(Countries))}{end}",
            19 => $"{OddText.Piece(draw)}https://{host}{OddText.Piece(draw)}{end}",
            20 => OddText.Of(draw),
            _ => OddText.Spoil(draw, $"https://{host}{end}"),
        };
    }

    private static string TrueHost(Draw draw) =>
        draw.OneIn(2) ? draw.One(Grants.Hosts).Host : draw.One(Labels) + draw.One(Grants.Domains).Domain;

    private static string LookAlike(Draw draw, string host)
    {
        for (int times = 1 + draw.Below(3); times > 0; times--)
        {
            (char letter, string like) = draw.One(Homoglyphs);
            int at = host.IndexOf(letter, draw.Below(host.Length));
            host = at < 0 ? host : host.Remove(at, 1).Insert(at, like);
        }

        return host;
    }
}
