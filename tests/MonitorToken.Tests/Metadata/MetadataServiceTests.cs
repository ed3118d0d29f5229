using System.Text;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Metadata;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Metadata;

/// <summary>Whether there is a metadata service is found out once, as patiently as the machine calls for.</summary>
public sealed class MetadataServiceTests : EngineTest
{
    private const string Tag = "7783-7084-3265-9085-8269-3286-77";

    public MetadataServiceTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    [Fact]
    public async Task Its_silence_is_remembered_so_that_a_second_resource_sends_nothing()
    {
        Silence();
        Assert.Contains("did not answer within 1.0 s", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Contains("is asked again from", await ReasonAsync("ResourceManager"), StringComparison.Ordinal);
        Assert.Contains("is asked again from", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Single(Requests);

        // Somebody insists, or everything is forgotten.
        string anew = await ReasonAsync("LogAnalytics", force: true);
        Assert.Contains("did not answer within", anew, StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
        ProcessMemory.Clear();
        Assert.Contains("did not answer within", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Equal(3, Requests.Count);
    }

    [Fact]
    public async Task The_silence_that_a_chain_has_met_in_its_haste_proves_nothing_to_who_has_nobody_else()
    {
        Silence();
        Set("PATH", "");
        CredentialOptions chain = Options("Default") with { Include = ["ManagedIdentity", "AzureDeveloperCli"] };
        Assert.Contains("within 0.5 s", (await FailAsync(chain)).Message, StringComparison.Ordinal);
        Assert.Contains("within 1.0 s", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
        // The other way round it does.
        Assert.Contains("is asked again from", (await FailAsync(chain)).Message, StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task On_a_machine_of_Azure_s_it_is_waited_for_and_asked_anew_each_time()
    {
        AzureMachine.Pretended = true;
        Silence();
        Assert.Contains("within 3.0 s", await ReasonAsync("LogAnalytics"), StringComparison.Ordinal);
        Assert.Contains("within 3.0 s", await ReasonAsync("ResourceManager"), StringComparison.Ordinal);
        Assert.Equal(2, Requests.Count);
    }

    [Fact]
    public async Task The_hint_never_decides()
    {
        // A machine that does not look like Azure's, and has the service: nested, or of a partner's.
        AzureMachine.Pretended = false;
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("ManagedIdentity"))).CredentialName);
    }

    [Fact]
    public async Task That_it_has_answered_is_remembered_too()
    {
        foreach (string name in new[] { "LogAnalytics", "ResourceManager", "CustomMetrics" })
            await GetAsync(Options("ManagedIdentity"), For(name));
        Assert.Equal(1, Looks);
        Assert.Equal(4, Requests.Count);

        await GetAsync(Options("ManagedIdentity"), For("LogAnalytics") with { ForceRefresh = true });
        Assert.Equal(2, Looks);
    }

    [Fact]
    public async Task Each_address_is_looked_for_by_itself()
    {
        Silence();
        await ReasonAsync("LogAnalytics");
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"]);
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("ManagedIdentity"))).CredentialName);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Default string", false)]
    [InlineData("7783-7084-3265-9085-8269-3286-7", false)]
    [InlineData(Tag, true)]
    [InlineData(Tag + "\n", true)]
    [InlineData("\0\u0001Microsoft Corporation\0" + Tag + "\0\0Virtual Machine\0\u007f", true)]
    public void The_tag_is_found_among_what_the_firmware_says(string description, bool isThere) =>
        Assert.Equal(isThere, AzureMachine.HasTag(Encoding.Latin1.GetBytes(description)));

    [Fact]
    public void A_machine_without_such_a_file_is_not_Azure_s() =>
        Assert.Empty(AzureMachine.ReadFile(Path.Combine(Path.GetTempPath(), "no", "such", "file")));

    /// <summary>A look has no header, so that no token can be the answer.</summary>
    private int Looks => Requests.Count(request => !request.Headers.ContainsKey("Metadata"));

    private void Silence() => Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);

    private async Task<string> ReasonAsync(string resource, bool force = false)
    {
        TokenException error =
            await FailAsync(Options("ManagedIdentity"), For(resource) with { ForceRefresh = force });
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        return error.Message;
    }
}
