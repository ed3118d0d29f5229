namespace MonitorToken.Soak;

/// <summary>The table at the end, and whether it is a good one.</summary>
internal sealed class Report(Ledger ledger, Vitals begin, Vitals end, long requests, TimeSpan length)
{
    private static readonly (string What, string Name)[] Forbidden =
    [
        (Counts.Dead, "dead tokens handed out"),
        (Counts.Wrong, "wrong tokens handed out"),
        (Counts.Unpromised, "errors outside the promised"),
        (Counts.Hung, "calls that did not end"),
        (Counts.Lost, "ways that work no more when all is well"),
    ];

    /// <summary>So much must have happened a minute, or the rest proves nothing.</summary>
    private static readonly (string What, int EachMinute)[] Least =
    [
        (Counts.Tokens, 2000), (Counts.Errors, 100), (Counts.Cancelled, 20), (Counts.Changes, 40),
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
        from one in Least
        let least = (long)(one.EachMinute * length.TotalMinutes)
        where ledger[one.What] < least
        select $"too little has happened: {one.What}: {ledger[one.What]}, at least {least} are wanted";
}
