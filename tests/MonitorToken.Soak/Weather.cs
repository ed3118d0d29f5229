using System.Globalization;

namespace MonitorToken.Soak;

/// <summary>Faults that come and go by chance, and the errors that they excuse.</summary>
internal sealed class Weather(EmulatorAdmin emulator, StandInCli az, int seed)
{
    /// <summary>Not an error by itself: the service has answered, but nobody has got the answer.</summary>
    public const string Lost = "answer lost";

    /// <summary>A request may still be under way, and the next one is held back for a while after a failure.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(35);

    /// <summary>The same where nobody answers: three attempts of thirty seconds go before that.</summary>
    private static readonly TimeSpan SilentAftermath = TimeSpan.FromSeconds(130);

    private static readonly (string Service, object Match)[] Services =
    [
        (Service.Entra, new { host = "login.microsoftonline.com", path = "^/[^/]+/oauth2/" }),
        (Service.Metadata, new { listener = "http", path = "/metadata/identity" }),
        (Service.GitHub, new { path = "/github" }),
    ];

    private static readonly Kind[] Kinds =
    [
        new("429", ["Throttled"], _ => new { status = 429 }),
        new("429, Retry-After", ["Throttled"], random => new { status = 429, headers = Wait(random) }),
        new("503", ["AuthorityUnreachable"], _ => new { status = 503 }),
        new("503, Retry-After", ["Throttled"], random => new { status = 503, headers = Wait(random) }),
        new("500", ["AuthorityUnreachable"], _ => new { status = 500 }),
        new("reset", ["AuthorityUnreachable"], _ => new { drop = true }),
        new("cut off", ["AuthorityUnreachable", Lost], random => new { cutAfter = random.Next(1, 400) }),
        new("slow", [], random => new { delayMs = random.Next(100, 1500) }),
        new("silence", ["AuthorityUnreachable", "Timeout"], _ => new { hang = true }, IsSilent: true),
        new("a byte a second", ["AuthorityUnreachable", "Timeout", Lost], _ => new { dripMs = 1000 }, IsSilent: true),
        new("HTML", ["InvalidResponse"], _ => new { body = "<html><body>Log in to the network</body></html>" }),
        new("garbage", ["InvalidResponse"], _ => new { body = "{\"access_token\":" }),
        new("expired", ["InvalidResponse"], random => new { tokenLifetimeSeconds = -random.Next(1, 600) }),
    ];

    private static readonly Kind[] Moods =
    [
        new("slow", [], _ => ""),
        new("hangs", ["Timeout"], _ => "", IsSilent: true),
        new("garbage", ["InvalidResponse"], _ => ""),
        new("logged out", ["CredentialUnavailable"], _ => ""),
    ];

    private readonly Random _random = new(seed);
    private readonly List<Spell> _spells = [];

    /// <summary>Fault after fault, until it is over; in a short time none that takes long to get over.</summary>
    public void Run(Ledger ledger, bool isShort, CancellationToken over)
    {
        while (!over.WaitHandle.WaitOne(_random.Next(500, 2500)))
        {
            for (int faults = _random.Next(1, 4); faults > 0; faults--)
                Begin(ledger, isShort);
            over.WaitHandle.WaitOne(_random.Next(500, 3000));
            Clear();
        }
    }

    /// <summary>Takes every fault back.</summary>
    public void Clear()
    {
        emulator.Delete("faults");
        az.Set("well");
        lock (_spells)
        {
            foreach (Spell spell in _spells.Where(spell => !spell.When.IsOver))
                spell.When.Until = DateTimeOffset.UtcNow;
        }
    }

    /// <summary>Whether a fault of its service explains the error of a call.</summary>
    public bool Excuses(string service, string error, DateTimeOffset began, DateTimeOffset ended)
    {
        lock (_spells)
            return _spells.Any(spell => spell.Service == service && spell.Kind.Errors.Contains(error)
                && spell.When.From <= ended && spell.When.Until >= began - spell.Kind.Aftermath);
    }

    private static Dictionary<string, string> Wait(Random random) =>
        new() { ["Retry-After"] = random.Next(1, 5).ToString(CultureInfo.InvariantCulture) };

    private void Begin(Ledger ledger, bool isShort)
    {
        int where = _random.Next(Services.Length + 2);
        bool isTool = where == Services.Length;
        Kind[] kinds = [.. (isTool ? Moods : Kinds).Where(kind => !isShort || !kind.IsSilent)];
        Kind kind = kinds[_random.Next(kinds.Length)];
        // Entra is asked the most, and has the most to go wrong.
        (string service, object match) = isTool ? (Service.Tool, "") : Services[where > Services.Length ? 0 : where];
        lock (_spells)
            _spells.Add(new Spell(service, kind, new Span()));
        ledger.Count($"{Counts.Fault}{service}: {kind.Name}");
        if (isTool)
        {
            az.Set(kind.Name);
            return;
        }

        Dictionary<string, object> fault = Members(kind.Fault(_random));
        fault["match"] = match;
        // Whoever meets silence waits for long: some do, not all.
        if (kind.IsSilent || _random.Next(2) == 0)
            fault["times"] = _random.Next(1, 8);
        emulator.Post("faults", fault);
    }

    private static Dictionary<string, object> Members(object fault) =>
        fault.GetType().GetProperties().ToDictionary(member => member.Name, member => member.GetValue(fault)!);

    private sealed record Kind(string Name, string[] Errors, Func<Random, object> Fault, bool IsSilent = false)
    {
        public TimeSpan Aftermath => IsSilent ? SilentAftermath : Weather.Aftermath;
    }

    private sealed record Spell(string Service, Kind Kind, Span When);
}

/// <summary>Whom the ways of signing in ask.</summary>
internal static class Service
{
    public const string Entra = "Entra";
    public const string Metadata = "metadata service";
    public const string GitHub = "GitHub";
    public const string Tool = "az";
}
