using System.Globalization;
using System.Net;
using System.Text;
using MonitorToken.Engine.Rest;
using Xunit;

namespace MonitorToken.Tests.Rest;

/// <summary>How responses become objects while they arrive.</summary>
public sealed class JsonAnswerTests
{
    private const string Page =
        """
        {"nextLink":"https://x/1","value":[{"a":1,"b":{"c":[true,null,"ü"]}},2,"drei"],"count":[{"n":1}],
        "$skipToken":"t"}
        """;

    private const string Tables =
        """
        {"tables":[{"name":"PrimaryResult","columns":[{"name":"T","type":"datetime"},{"name":"N","type":"long"},
        {"name":"n","type":"string"},{"name":"D","type":"dynamic"}],"rows":[["2026-01-02T03:04:05.1234567Z",1,"a","[1]"],
        [null,2,"b","{\"x\":\"y\"}"]]},{"name":"More","columns":[{"name":"Z","type":"real"}],"rows":[[0.5],["NaN"]]}],
        "statistics":{"a":[1,2]},"error":{"code":"PartialError","message":"Some rows are missing."}}
        """;

    private readonly List<string> _warnings = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task A_page_is_the_same_however_it_is_cut_into_pieces(int pieces)
    {
        using var answer = new PagedAnswer(Body(Page, pieces), Objects(), "x");

        Assert.Equal(["{a=1,b={c=[True,null,ü]}}", "2", "drei"], await TextAsync(answer));
        Assert.Equal(("https://x/1", "t"), (answer.NextLink, answer.SkipToken));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Tables_are_the_same_however_they_are_cut_into_pieces(int pieces)
    {
        using var answer = new TableAnswer(Body(Tables, pieces), Objects(), "x", _warnings.Add);

        Assert.Equal(
            [
                "{T=2026-01-02T03:04:05.1234567Z,N=1,n1=a,D=[1]}", "{T=null,N=2,n1=b,D={x=y}}", "{Z=0.5}", "{Z=NaN}",
            ],
            await TextAsync(answer));
        Assert.Equal(
            "The query returned only some of its rows: PartialError: Some rows are missing.",
            Assert.Single(_warnings.Distinct()));
    }

    [Theory]
    [InlineData("""{"value":[1,2""", 1)]
    [InlineData("""{"value":[1,}""", 1)]
    [InlineData("""{"value":[1]}x""", 1)]
    [InlineData("{", 0)]
    public async Task What_came_before_the_fault_is_returned_first(string json, int items)
    {
        using var answer = new PagedAnswer(Body(json, 1000), Objects(), "x");
        var read = new List<object?>();
        while (read.Count < items)
            read.AddRange(await answer.ReadAsync(Stop));

        // What follows the end is of no interest.
        if (!json.EndsWith('x'))
        {
            RequestException error = await Assert.ThrowsAsync<RequestException>(() => answer.ReadAsync(Stop));
            Assert.Equal(TokenError.InvalidResponse, error.Error);
        }
    }

    [Fact]
    public async Task Text_that_a_service_has_cut_within_a_character_is_text_all_the_same()
    {
        using var answer = new WholeAnswer(
            Body("""{"a":"x\ud83d","b":"\n\"\u00e4\udc00"}""", 100), Objects(), "x", _warnings.Add);

        Assert.Equal(["{a=x\uFFFD,b=\n\"ä\uFFFD}"], await TextAsync(answer));
    }

    [Fact]
    public async Task Names_that_differ_in_case_alone_are_kept_in_small_and_in_large_objects()
    {
        string many = string.Join(",", Enumerable.Range(0, 100).Select(number => $"\"n{number}\":0"));
        using var answer = new WholeAnswer(
            Body("{\"a\":1,\"A\":2,\"a\":3," + many + ",\"N99\":1}", 1000), Objects(), "x", _warnings.Add);

        string text = Assert.Single(await TextAsync(answer));
        Assert.StartsWith("{a=1,A1=2,a2=3,n0=0", text, StringComparison.Ordinal);
        Assert.EndsWith("n99=0,N991=1}", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_allocates_its_values_and_no_more()
    {
        const int Rows = 20_000;
        string rows = string.Join(",", Enumerable.Range(1000, Rows).Select(number => $"[{number}]"));
        byte[] json = Encoding.UTF8.GetBytes(
            $$"""{"tables":[{"columns":[{"name":"N","type":"long"}],"rows":[{{rows}}]}]}""");
        using var answer = new TableAnswer(
            Body(json, 100_000), new JsonObjects(new Nothing()), "x", _warnings.Add);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = 0;
        while (await answer.ReadAsync(Stop) is { Count: > 0 } some)
            count += some.Count;
        long perRow = (GC.GetAllocatedBytesForCurrentThread() - before) / Rows;

        Assert.Equal(Rows, count);
        // A long is an object of 24 bytes, and its place in two lists that grow.
        Assert.InRange(perRow, 24, 64);
    }

    private static ResponseBody Body(string json, int pieces) => Body(Encoding.UTF8.GetBytes(json), pieces);

    private static ResponseBody Body(byte[] json, int pieces) =>
        new(
            new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new Pieces(json, pieces)) },
            TimeSpan.FromMinutes(1));

    private static JsonObjects Objects() => new(new Texts());

    private static async Task<List<string>> TextAsync(Answer answer)
    {
        var all = new List<string>();
        while (await answer.ReadAsync(Stop) is { Count: > 0 } some)
            all.AddRange(some.Select(Text));
        return all;
    }

    private static string Text(object? value) => value switch
    {
        null => "null",
        object?[] items => $"[{string.Join(',', items.Select(Text))}]",
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private sealed class Texts : IObjectFactory
    {
        public object Create(List<string> names, List<object?> values, int start) =>
            $"{{{string.Join(',', names.Skip(start).Select((name, i) => $"{name}={Text(values[start + i])}"))}}}";
    }

    private sealed class Nothing : IObjectFactory
    {
        public object Create(List<string> names, List<object?> values, int start) => this;
    }

    /// <summary>Gives a few bytes at a time, as a network does.</summary>
    private sealed class Pieces(byte[] content, int length) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, length));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, length)], cancellationToken);
    }
}
