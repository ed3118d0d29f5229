using System.Text;
using MonitorToken.Engine.ManagedIdentity;
using Xunit;

namespace MonitorToken.Tests.Imds;

/// <summary>Who it is that answers a probe.</summary>
public sealed class ProbeResultTests
{
    private const string Json = "Content-Type: application/json\r\n\r\n{\"error\":\"invalid_request\"}";
    private const string Page = "Content-Type: text/html\r\n\r\n<!DOCTYPE html><title>Access denied</title>";

    [Theory]
    [InlineData(400, Json, "Imds")]
    [InlineData(410, Json, "Imds")]
    [InlineData(429, Json, "Imds")]
    [InlineData(500, Json, "Imds")]
    [InlineData(503, "Content-Length: 0\r\n\r\n", "Imds")]
    [InlineData(404, Json, "Unclear")]
    [InlineData(404, "Content-Length: 0\r\n\r\n", "Unclear")]
    [InlineData(403, Json, "Other")]
    [InlineData(502, Json, "Other")]
    [InlineData(200, Json, "Other")]
    // AAD Pod Identity does not insist on the header.
    [InlineData(200, "\r\n{\"token_type\":\"Bearer\",\"access_token\":\"x\"}", "Imds")]
    [InlineData(200, "\r\n[{\"access_token\":\"x\"}]", "Other")]
    // A page, whatever its status; also one that does not say so, or that is not there yet.
    [InlineData(400, Page, "Other")]
    [InlineData(404, Page, "Other")]
    [InlineData(410, Page, "Other")]
    [InlineData(429, Page, "Other")]
    [InlineData(500, Page, "Other")]
    [InlineData(503, Page, "Other")]
    [InlineData(500, "Content-Type: application/json\r\n\r\n\r\n <html>", "Other")]
    [InlineData(500, "content-type: TEXT/HTML\r\n\r\n", "Other")]
    [InlineData(400, "\r\nBad Request", "Other")]
    // Unless it is the service itself that has sent it.
    [InlineData(503, "Server: IMDS/150.870.65.1497\r\n" + Page, "Imds")]
    [InlineData(404, "server: imds/150\r\n" + Page, "Imds")]
    [InlineData(403, "Server: IMDS/150\r\n\r\n", "Imds")]
    [InlineData(503, "Server: EC2ws\r\n" + Page, "Other")]
    // In chunks, of which the size comes first.
    [InlineData(400, "Transfer-Encoding: chunked\r\n\r\n1b\r\n{\"error\":\"invalid_request\"}\r\n0\r\n\r\n", "Imds")]
    [InlineData(400, "Transfer-Encoding: chunked\r\n\r\n9\r\n<html></h\r\n0\r\n\r\n", "Other")]
    public async Task Its_answer_tells(int status, string rest, string expected)
    {
        string answer = $"HTTP/1.1 {status} Whatever\r\n{rest}";
        ProbeResult whole = await ReadAsync(answer, answer.Length);
        Assert.Equal((status, expected), (whole.Status, whole.Verdict.ToString()));
        // However it comes in.
        Assert.Equal(expected, (await ReadAsync(answer, 1)).Verdict.ToString());
        Assert.Equal(expected, (await ReadAsync(answer, 7)).Verdict.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1\r\n\r\n")]
    [InlineData("HTTP/1.1 four hundred\r\n\r\n{}")]
    [InlineData("HTTP/2 400\r\n\r\n{}")]
    public async Task What_does_not_speak_HTTP_is_somebody_else(string answer)
    {
        ProbeResult result = await ReadAsync(answer, 5);
        Assert.Equal((0, ProbeVerdict.Other), (result.Status, result.Verdict));
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 50\r\n\r\n{")]
    [InlineData("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 403 No\r\nServer: IMDS/150\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("HTTP/1.1 500 Failed\r\n\r\n<")]
    public async Task No_more_is_read_than_it_takes(string answer)
    {
        // The connection stays open.
        using var stream = new Chunks(answer, answer.Length, thenFail: true);
        await ProbeResult.ReadAsync(stream);
    }

    [Fact]
    public async Task Nor_is_an_answer_without_end_read_to_its_end()
    {
        using var stream = new Chunks("HTTP/1.1 200 OK\r\n\r\n{" + new string(' ', 20_000), 1000, thenFail: true);
        Assert.Equal(ProbeVerdict.Other, (await ProbeResult.ReadAsync(stream)).Verdict);
    }

    private static async Task<ProbeResult> ReadAsync(string answer, int atOnce)
    {
        using var stream = new Chunks(answer, atOnce, thenFail: false);
        return await ProbeResult.ReadAsync(stream);
    }

    /// <summary>Brings some bytes at a time.</summary>
    private sealed class Chunks(string text, int size, bool thenFail) : MemoryStream(Encoding.ASCII.GetBytes(text))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Assert.False(thenFail && Position == Length, "Nothing more had to be read.");
            return new(Read(buffer.Span[..Math.Min(buffer.Length, Math.Max(1, size))]));
        }
    }
}
