using System.Collections.Concurrent;

namespace MonitorToken.Soak;

/// <summary>What has happened: counts, and the first few of what must not happen.</summary>
internal sealed class Ledger
{
    private const int Told = 5;

    private readonly ConcurrentDictionary<string, long> _counts = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _findings = new();
    private long _longestStop;

    public long this[string what] => _counts.GetValueOrDefault(what);

    /// <summary>Until it is opened, nothing is counted but what must not happen.</summary>
    public bool IsOpen { get; set; }

    public TimeSpan LongestStop => TimeSpan.FromTicks(_longestStop);

    public IEnumerable<KeyValuePair<string, long>> Under(string beginning) =>
        _counts.Where(count => count.Key.StartsWith(beginning, StringComparison.Ordinal)).OrderBy(count => count.Key);

    public IEnumerable<string> Findings =>
        _findings.SelectMany(finding => finding.Value.Take(Told).Select(text => $"{finding.Key}: {text}"));

    public void Count(string what)
    {
        if (IsOpen)
            _counts.AddOrUpdate(what, 1, (_, before) => before + 1);
    }

    /// <summary>Counts something that must not happen.</summary>
    public void Accuse(string what, string text)
    {
        _counts.AddOrUpdate(what, 1, (_, before) => before + 1);
        _findings.GetOrAdd(what, _ => []).Enqueue(text);
    }

    public void Stopped(TimeSpan took)
    {
        Count(Counts.Cancelled);
        long before;
        while (took.Ticks > (before = Interlocked.Read(ref _longestStop))
            && Interlocked.CompareExchange(ref _longestStop, took.Ticks, before) != before)
        {
        }
    }
}

/// <summary>The names of what is counted.</summary>
internal static class Counts
{
    public const string Calls = "calls";
    public const string Tokens = "tokens";
    public const string Cancelled = "cancelled";
    public const string Errors = "errors";
    public const string Error = "error ";
    public const string Cleared = "cache cleared";
    public const string Tested = "ways tested";
    public const string Changes = "changes of secrets, files and variables";
    public const string LastMoment = "tokens that ran out on the way";
    public const string Fault = "fault ";
    public const string Dead = "dead tokens";
    public const string Wrong = "wrong tokens";
    public const string Unpromised = "unpromised errors";
    public const string Hung = "calls without end";
    public const string Lost = "ways lost";
}
