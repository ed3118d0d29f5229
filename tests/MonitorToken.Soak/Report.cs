namespace MonitorToken.Soak;

/// <summary>The table at the end, and whether it is a good one.</summary>
internal sealed class Report(Ledger ledger, Vitals begin, Vitals end, long requests)
{
    private static readonly (string What, string Name)[] Forbidden =
    [
        (Counts.Dead, "dead tokens handed out"),
        (Counts.Wrong, "wrong tokens handed out"),
        (Counts.Unpromised, "errors outside the promised"),
        (Counts.Hung, "calls that did not end"),
        (Counts.Lost, "ways that work no more when all is well"),
    ];

    /// <summary>So much must have happened, or the rest proves nothing; however slow the machine is.</summary>
    private const int FewestCalls = 1000;

    /// <summary>So many of a thousand calls have to be, or to come with them.</summary>
    private static readonly (string What, double OfThousand)[] Least =
    [
        (Counts.Tokens, 200), (Counts.Errors, 10), (Counts.Cancelled, 0.3), (Counts.Changes, 0.5),
    ];

    public bool IsGood =>
        Forbidden.All(one => ledger[one.What] == 0) && !end.GrownSince(begin).Any() && !TooLittle().Any();

    public IEnumerable<string> Lines()
    {
        yield return "";
        yield return "| what | count | |";
        yield return "| --- | ---: | --- |";
        foreach (string what in new[] { Counts.Calls, Counts.Tokens, Counts.LastMoment, Counts.Errors })
            yield return $"| {what} | {ledger[what]} | |";
        foreach ((string what, long count) in ledger.Under(Counts.Error))
            yield return $"| - {what[Counts.Error.Length..]} | {count} | |";
        yield return $"| {Counts.Cancelled} | {ledger[Counts.Cancelled]} "
            + $"| the longest took {ledger.LongestStop.TotalMilliseconds:0} ms |";
        foreach (string what in new[] { Counts.Cleared, Counts.Tested, Counts.Changes })
            yield return $"| {what} | {ledger[what]} | |";
        yield return $"| faults | {ledger.Under(Counts.Fault).Sum(fault => fault.Value)} "
            + $"| of {ledger.Under(Counts.Fault).Count()} kinds |";
        yield return $"| requests on the wire | {requests} "
            + $"| {(double)ledger[Counts.Calls] / Math.Max(1, requests):0.0} calls for each |";
        foreach ((string what, string name) in Forbidden)
            yield return $"| {name} | {ledger[what]} | {(ledger[what] == 0 ? "as promised" : "**not as promised**")} |";

        yield return "";
        yield return "| in use | at the beginning | at the end | allowed | |";
        yield return "| --- | ---: | ---: | ---: | --- |";
        foreach ((string name, string first, string last, string allowed, bool isGrown) in end.Rows(begin))
            yield return $"| {name} | {first} | {last} | {allowed} | {(isGrown ? "**grown**" : "flat")} |";

        yield return "";
        foreach (string finding in ledger.Findings.Concat(TooLittle()))
            yield return finding;
        yield return IsGood ? "The soak has passed." : "The soak has FAILED.";
    }

    private IEnumerable<string> TooLittle() =>
        from one in Least.Select(one => (one.What, Needed: (long)(ledger[Counts.Calls] * one.OfThousand / 1000)))
            .Append((Counts.Calls, FewestCalls))
        where ledger[one.What] < one.Needed
        select $"too little has happened: {one.What}: {ledger[one.What]}, at least {one.Needed} are wanted";
}
