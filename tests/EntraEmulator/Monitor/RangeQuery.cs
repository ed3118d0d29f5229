using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// A query whose rows are counted out, however many, as Kusto does it: <c>range Number from 1 to 1000000 step 1</c>.
/// They are sent as they are made, so that they cost no memory.
/// </summary>
/// <param name="Column">The one column, a long.</param>
/// <param name="From">The first row.</param>
/// <param name="To">What no row exceeds.</param>
/// <param name="Step">How far apart the rows are.</param>
/// <param name="IsCutOff">Whether the limit of a result applies, as it does without <c>set notruncation</c>.</param>
internal sealed partial record RangeQuery(string Column, long From, long To, long Step, bool IsCutOff)
{
    /// <summary>What Log Analytics gives in one result, and Kusto too.</summary>
    private const int MostRows = 500_000;

    private const int ChunkSize = 32 * 1024;

    public static RangeQuery? Of(string? query) =>
        Range().Match(query ?? "") is { Success: true } match
            ? new(match.Groups[2].Value, Number(match, 3), Number(match, 4), Number(match, 5), !match.Groups[1].Success)
            : null;

    public async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = JsonAnswer.ContentType;
        var chunk = new StringBuilder();
        chunk.Append("{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":[{\"name\":\"")
            .Append(Column)
            .Append("\",\"type\":\"long\"}],\"rows\":[");
        int rows = 0;
        for (long row = From; row <= To && !(IsCutOff && rows == MostRows); row += Step)
        {
            chunk.Append(rows++ == 0 ? "[" : ",[").Append(CultureInfo.InvariantCulture, $"{row}]");
            if (chunk.Length >= ChunkSize)
                await SendAsync(context, chunk);
        }

        chunk.Append("]}]");
        // S azure-sdk-for-python #25137
        if (IsCutOff && rows == MostRows && From + rows * Step <= To)
        {
            chunk.Append(",\"error\":{\"code\":\"PartialError\",\"message\":\"There were some errors when processing "
                + "your query.\",\"details\":[{\"code\":\"EngineError\",\"message\":\"Something went wrong processing "
                + "your query on the server.\",\"innererror\":{\"code\":\"-2133196797\",\"message\":\"The results of "
                + $"this query exceed the set limit of {MostRows} records, so not all records were returned "
                + "(E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003).\",\"severity\":2,\"severityName\":\"Error\"}}]}");
        }

        chunk.Append('}');
        await SendAsync(context, chunk);
    }

    private static async Task SendAsync(HttpContext context, StringBuilder chunk)
    {
        await context.Response.WriteAsync(chunk.ToString(), context.RequestAborted);
        chunk.Clear();
    }

    private static long Number(Match match, int group) =>
        long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(
        @"^\s*(set\s+notruncation\s*;)?\s*range\s+(\w+)\s+from\s+(\d{1,12})\s+to\s+(\d{1,12})"
            + @"\s+step\s+([1-9]\d{0,8})\s*$")]
    private static partial Regex Range();
}
