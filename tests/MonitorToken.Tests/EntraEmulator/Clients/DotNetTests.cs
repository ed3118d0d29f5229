using Azure.Core;
using Azure.Identity;
using Microsoft.IdentityModel.JsonWebTokens;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.EntraEmulator.Clients;

/// <summary>
/// The page's own lines of C#, with Azure.Identity as it is. In a process of their own: it is that process which is
/// taken to the emulator, and nothing of the module's runs in it.
/// </summary>
public sealed class DotNetTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Metadata = "169.254.169.254";

    private static readonly TokenRequestContext Scope = new([LogAnalytics + "/.default"]);

    [Fact]
    public Task DefaultAzureCredential_finds_the_managed_identity() => OwnProcessAsync(nameof(By_default));

    [Fact]
    public Task A_region_is_found_and_its_host_is_asked() => OwnProcessAsync(nameof(In_a_region));

    [Fact(Explicit = true)]
    public async Task By_default()
    {
        await WarmUpAsync("identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com");
        Assert.Equal(Emulator.Directory.SystemIdentity.ClientId, await WhoseAsync(new()));
        RecordedRequest[] asked = [.. Requests];
        // The probe, which has no header, and the request.
        Assert.Equal([400, 200], asked.Select(request => request.StatusCode));
        Assert.All(asked, request => Assert.Equal((Metadata, true), (request.Host, request.ThroughProxy)));

        ManagedIdentity user = Emulator.Directory.UserIdentity;
        Assert.Equal(user.ClientId, await WhoseAsync(new() { ManagedIdentityClientId = $"{user.ClientId}" }));
    }

    [Fact(Explicit = true)]
    public async Task In_a_region()
    {
        await WarmUpAsync("instance/compute?api-version=2021-02-01");
        Set("AZURE_REGIONAL_AUTHORITY_NAME", "TryAutoDetect");
        await new ClientSecretCredential($"{Emulator.Directory.Tenant.Id}", App.ClientId, App.Secret)
            .GetTokenAsync(Scope, Stop);
        Assert.Contains(Requests, request => request.Path.StartsWith("/metadata/instance", StringComparison.Ordinal)
            && request is { Host: Metadata, StatusCode: 200, ThroughProxy: true });
        Assert.Equal("westus2.login.microsoft.com", TokenRequestOf("client_credentials").Host);
    }

    private static Task OwnProcessAsync(string test) =>
        OwnProcess.RunAsync($"{typeof(DotNetTests).FullName}.{test}");

    /// <summary>
    /// The library has one second, or two, for the metadata service's first answer, which is not the time to compile
    /// this emulator and a client's first request.
    /// </summary>
    private async Task WarmUpAsync(string path)
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", null);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{Metadata}/metadata/{path}")
        {
            Headers = { { "Metadata", "true" } },
        };
        using HttpResponseMessage response = await http.SendAsync(request, Stop);
        Assert.True(response.IsSuccessStatusCode);
        Emulator.Requests.Clear();
    }

    /// <summary>As whom the credential signs in, if it finds somebody.</summary>
    private async Task<Guid> WhoseAsync(DefaultAzureCredentialOptions options)
    {
        // The tools behind the managed identity in the chain are not to be found.
        Set("PATH", "");
        for (int attempt = 1; ; attempt++)
        {
            Emulator.Requests.Clear();
            try
            {
                Azure.Core.AccessToken token = await new DefaultAzureCredential(options).GetTokenAsync(Scope, Stop);
                return new(new JsonWebToken(token.Token).GetClaim("appid").Value);
            }
            catch (CredentialUnavailableException late) when (attempt < 4
                && late.Message.Contains("No response received", StringComparison.Ordinal))
            {
                // Its one second was over, on a busy machine; it is asked anew.
            }
        }
    }
}
