using System.Net;
using System.Reflection;
using MonitorToken.Engine.Http;
using Xunit;

namespace MonitorToken.Tests.Http;

/// <summary>The proxy is the one that the variables name at the time of the request.</summary>
public sealed class EnvironmentProxyTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static readonly string[] Variables =
    [
        "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
        "GATEWAY_INTERFACE",
    ];

    private static readonly Uri[] Destinations =
    [
        new("https://login.microsoftonline.com/x"), new("http://login.microsoftonline.com/x"),
        new("https://localhost:8443/"), new("https://127.0.0.1/"), new("https://sub.contoso.example/"),
        new("https://contoso.example/"), new("https://notcontoso.example/"),
    ];

    /// <summary>Variables and their values, separated by a blank.</summary>
    public static TheoryData<string> Settings { get; } =
    [
        "HTTPS_PROXY=http://proxy.example:3128",
        "https_proxy=proxy.example:3128 HTTPS_PROXY=http://other.example:1",
        "HTTPS_PROXY=proxy.example",
        "HTTPS_PROXY=https://proxy.example:3129",
        "HTTPS_PROXY=socks5://proxy.example:1080",
        "HTTPS_PROXY=http://user:p%40ss@proxy.example:3128",
        "HTTPS_PROXY=http://us%3Aer@proxy.example:3128",
        "HTTPS_PROXY=http://domain%5Cuser:pass:word@proxy.example:3128/",
        "HTTPS_PROXY=http://[::1]:3128",
        "HTTP_PROXY=http://plain.example:8080",
        "HTTP_PROXY=http://plain.example:8080 HTTPS_PROXY=http://tls.example:8081",
        "HTTP_PROXY=http://plain.example:8080 GATEWAY_INTERFACE=CGI/1.1 HTTPS_PROXY=http://tls.example:8081",
        "ALL_PROXY=http://all.example:8082",
        "ALL_PROXY=http://all.example:8082 HTTPS_PROXY=http://tls.example:8081",
        "HTTPS_PROXY=http://p.example:1 NO_PROXY=contoso.example",
        "HTTPS_PROXY=http://p.example:1 NO_PROXY=.contoso.example,localhost",
        "HTTPS_PROXY=http://p.example:1 no_proxy=LOGIN.microsoftonline.com NO_PROXY=contoso.example",
        "HTTPS_PROXY=http://p.example:1 NO_PROXY=,,127.0.0.1,",
        "HTTPS_PROXY=http://:@proxy.example:3128",
        "HTTPS_PROXY=user:pa://ss@proxy.example:3128",
        "HTTPS_PROXY=socks5://proxy.example",
        "https_proxy=http:// HTTPS_PROXY=http://good.example:1",
        "https_proxy=http:// ALL_PROXY=http://good.example:1",
        "HTTPS_PROXY=ftp://other.example:1 ALL_PROXY=http://good.example:1",
    ];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Names_and_forms_are_those_of_the_runtime(string settings)
    {
        foreach (string variable in Variables)
            Set(variable, null);
        foreach (string[] setting in settings.Split(' ').Select(setting => setting.Split('=', 2)))
            Set(setting[0], setting[1]);
        IWebProxy runtime = OfRuntime();
        var ours = new EnvironmentProxy();

        foreach (Uri destination in Destinations)
        {
            Assert.True(EnvironmentProxy.Decides(destination));
            Assert.Equal(runtime.IsBypassed(destination), ours.IsBypassed(destination));
            if (runtime.IsBypassed(destination))
                continue;

            Uri proxy = runtime.GetProxy(destination)!;
            Assert.Equal(proxy, ours.GetProxy(destination));
            NetworkCredential? expected = runtime.Credentials?.GetCredential(proxy, "Basic");
            NetworkCredential? actual = ours.Credentials!.GetCredential(proxy, "Basic");
            Assert.Equal(
                (expected?.Domain, expected?.UserName, expected?.Password),
                (actual?.Domain, actual?.UserName, actual?.Password));
        }
    }

    [Fact]
    public async Task A_proxy_that_is_set_after_the_first_failure_is_used()
    {
        string works = Environment.GetEnvironmentVariable("HTTPS_PROXY")!;
        Set("https_proxy", null);
        Set("HTTPS_PROXY", "http://127.0.0.1:9");
        Assert.Equal(TokenError.AuthorityUnreachable, (await FailAsync(ClientSecret())).Error);

        Set("HTTPS_PROXY", works);
        await GetAsync(ClientSecret(), For("LogAnalytics") with { ForceRefresh = true });
        Assert.True(Assert.Single(Requests).ThroughProxy);
    }

    [Theory]
    [InlineData("HTTPS_PROXY", "")]
    [InlineData("HTTPS_PROXY", "http://")]
    [InlineData("HTTPS_PROXY", "ftp://proxy.example:1")]
    [InlineData("HTTPS_PROXY", "http://proxy.example:99999")]
    public void Where_no_variable_holds_an_address_the_process_s_own_proxy_decides(string name, string value)
    {
        foreach (string variable in Variables)
            Set(variable, null);
        Set(name, value);
        Assert.All(Destinations, destination => Assert.False(EnvironmentProxy.Decides(destination)));
    }

    /// <summary>The runtime's reader of the variables, which it uses once in a process.</summary>
    private static IWebProxy OfRuntime()
    {
        object?[] result = [null];
        MethodInfo create = typeof(HttpClient).Assembly.GetType("System.Net.Http.HttpEnvironmentProxy")!.GetMethod(
            "TryCreate", BindingFlags.Public | BindingFlags.Static)!;
        Assert.Equal(true, create.Invoke(null, result));
        return (IWebProxy)result[0]!;
    }
}
