using System.Globalization;
using System.Text;

namespace MonitorToken.Proofs.Faults;

/// <summary>The campaign as a page for people.</summary>
internal static class FaultsPage
{
    private const string Introduction =
        """
        # What happens when something goes wrong

        Each row was tried, on a machine that has what it is about: `tests/MonitorToken.Proofs/Faults` lets the fault
        happen, looks at what the call ends in, puts the world right and calls again. The run that proves the table
        writes this page; do not edit it.

        The third column has the error id, or says that a token comes. For every row it is proved too that the message
        is a sentence without the runtime's own words, and that no secret, assertion or token is in the message, in the
        exceptions, or in what `-Verbose` and `-Debug` tell.

        """;

    /// <summary>Ways that stand in a row by one name, where the row has all of them.</summary>
    private static readonly (string Name, string[] Ways)[] Groups =
    [
        ("all that ask Entra", [.. Way.OfEntra.Select(way => way.Name)]),
        ("ManagedIdentity on all hosts", [.. Way.OfHosts.Select(way => way.Name)]),
    ];

    public static string Of(IReadOnlyList<FaultRow> rows)
    {
        var page = new StringBuilder(Introduction);
        foreach ((string name, string[] ways) in Groups)
            page.Append(CultureInfo.InvariantCulture, $"\n“{name}” are {string.Join(", ", ways)}.\n");
        page.Append(CultureInfo.InvariantCulture, $"\n{rows.Count} rows.\n");
        foreach (IGrouping<string, FaultRow> chapter in rows.GroupBy(row => row.Chapter))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {chapter.Key}\n\n");
            page.Append("| What goes wrong | Signing in with | The call ends in | The next call |\n");
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
