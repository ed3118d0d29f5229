using System.Globalization;
using System.Text;

namespace MonitorToken.Proofs.Faults;

/// <summary>The campaign as a page for people.</summary>
internal static class FaultsPage
{
    private const string Introduction =
        """
        # Faults

        What each sign-in method does in each fault. `tests/MonitorToken.Proofs/Faults` injects each fault, checks the
        result of the call, removes the fault and calls again. The tests write this page; don't edit it.

        The third column has the error ID, or says that the call returns a token. For every row, the tests also verify
        that the message is a complete sentence and not an exception message of the runtime, and that no secret,
        assertion or token is in the message, in the exceptions, or in the output of `-Verbose` and `-Debug`.

        """;

    /// <summary>Ways that stand in a row by one name, where the row has all of them.</summary>
    private static readonly (string Name, string[] Ways)[] Groups =
    [
        ("all that call Entra", [.. Way.OfEntra.Select(way => way.Name)]),
        ("ManagedIdentity on all hosts", [.. Way.OfHosts.Select(way => way.Name)]),
    ];

    public static string Of(IReadOnlyList<FaultRow> rows)
    {
        var page = new StringBuilder(Introduction);
        foreach ((string name, string[] ways) in Groups)
            page.Append(CultureInfo.InvariantCulture, $"\n“{name}” means {string.Join(", ", ways)}.\n");
        page.Append(CultureInfo.InvariantCulture, $"\n{rows.Count} rows.\n");
        foreach (IGrouping<string, FaultRow> chapter in rows.GroupBy(row => row.Chapter))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {chapter.Key}\n\n");
            page.Append("| Fault | Sign-in method | Result | The next call |\n");
            page.Append("| --- | --- | --- | --- |\n");
            // Ways to which the same happens with the same end are one line.
            foreach (var line in chapter.GroupBy(row => (row.Fault, row.Promise, row.Next)))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {line.Key.Fault} | {Ways(line)} ");
                page.Append(CultureInfo.InvariantCulture, $"| {line.Key.Promise} | {line.Key.Next} |\n");
            }
        }

        return page.ToString().ReplaceLineEndings("\n");
    }

    private static string Ways(IEnumerable<FaultRow> rows)
    {
        List<string> ways = [.. rows.Select(row => row.Way)];
        var names = new List<string>();
        foreach ((string name, string[] all) in Groups)
        {
            if (all.Except(ways).Any())
                continue;
            names.Add(name);
            ways.RemoveAll(all.Contains);
        }

        return string.Join(", ", names.Concat(ways));
    }
}
