using System.Text;
using Xunit;

namespace MonitorToken.Proofs.Leaks;

/// <summary>The searches for leaks find what was planted, so that finding nothing says something.</summary>
public sealed class CanariesTests
{
    private const string Secret = "q7~Vx-planted.secret_0123456789abcdef";

    private const string Token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJwbGFudGVkIn0.c2lnbmF0dXJlLW9mLWEtcGxhbnRlZC10b2tlbg";

    public static TheoryData<string, string> Planted { get; } = new()
    {
        { "as it is", Secret },
        { "a token", Token },
        { "the token's signature alone", Token.Split('.')[2] },
        { "its first half", Secret[..20] },
        { "its last half", Secret[^20..] },
        { "in an address", Uri.EscapeDataString(Secret + "+") },
        { "in Base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)) },
        { "in Base64, one byte further", Convert.ToBase64String(Encoding.UTF8.GetBytes(":" + Secret)) },
        { "in Base64, two bytes further", Convert.ToBase64String(Encoding.UTF8.GetBytes("x:" + Secret)) },
        { "in Base64 of wide characters", Convert.ToBase64String(Encoding.Unicode.GetBytes(Secret)) },
        { "in hexadecimal digits", Convert.ToHexString(Encoding.UTF8.GetBytes(Secret)) },
        { "in small ones, of wide characters", Convert.ToHexStringLower(Encoding.Unicode.GetBytes(Secret)) },
        { "in an exception's data", ExceptionTree.Of(With(Secret)) },
        { "in an inner exception", ExceptionTree.Of(new AggregateException(new InvalidOperationException(Secret))) },
        { "in a field that is not shown", ExceptionTree.Of(new ArgumentException("x", paramName: Secret)) },
    };

    private static readonly Canaries Search = new([Secret, Token]);

    [Theory]
    [MemberData(nameof(Planted))]
    public void What_was_planted_is_found(string how, string text)
    {
        string lines = $"Line before\n… {text} …\nline after";
        Assert.True(Search.In(lines).Any(), how);
        Assert.True(Search.In(Encoding.UTF8.GetBytes(lines)).Any(), how);
        Assert.True(Search.In(Encoding.Unicode.GetBytes("x" + lines)).Any(), how);
        Assert.True(Search.In([1, .. Encoding.Unicode.GetBytes(lines)]).Any(), how);
    }

    [Fact]
    public void What_is_no_secret_is_not_found_and_the_report_repeats_none()
    {
        Assert.Empty(Search.In("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJwbGFudGVkIn0. and q7~Vx-planted"));
        // Words that a secret happens to have are none, however they are written.
        string script = Convert.ToBase64String(Encoding.Unicode.GetBytes("$token = $it.password # the password"));
        Assert.Empty(new Canaries(["another-password"]).In(script));
        Assert.DoesNotContain(Secret[..8], Assert.Single(Search.In(Secret)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_temporary_folder_is_no_other_process_s() =>
        Assert.Contains("monitortoken-proofs-", Path.GetTempPath(), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_was_left_behind_is_found()
    {
        var files = new NewFiles();
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.tmp");
        File.WriteAllText(path, Secret);
        try
        {
            Assert.NotEmpty(files.Read().Where(file => file.Path == path).SelectMany(file => Search.In(file.Content)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static InvalidOperationException With(string secret) => new("x") { Data = { ["body"] = secret } };
}
