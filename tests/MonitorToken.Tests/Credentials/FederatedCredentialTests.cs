using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

/// <summary>An application that trusts another credential's identity.</summary>
public sealed class FederatedCredentialTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private const string Assertion = "/metadata/identity/oauth2/token";

    [Fact]
    public async Task A_changed_credential_never_gets_the_earlier_token()
    {
        string[] names = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];
        Credential workload = CredentialCatalog.Create(Options("WorkloadIdentity"));
        App[] trusted = [Workload(), Workload()];
        Set(names[0], $"{Emulator.Directory.Tenant.Id}");
        Set(names[1], trusted[0].ClientId);
        Set(names[2], Path.Combine(Folder, "token"));
        WriteToken();
        CredentialOptions options = Application("FederatedToken") with { FederatedCredential = workload };
        await GetAsync(options);
        await GetAsync(options);
        Assert.Equal([trusted[0].ClientId, App.ClientId], Clients());

        // Another workload by the variables, with the same object.
        Set(names[1], trusted[1].ClientId);
        WriteToken();
        await GetAsync(options);
        Assert.Equal([trusted[0].ClientId, App.ClientId, trusted[1].ClientId, App.ClientId], Clients());

        App Workload()
        {
            App app = Emulator.Directory.AddApp();
            app.IdentityResourceId = "/subscriptions/0/providers/Microsoft.ManagedIdentity/userAssignedIdentities/x";
            app.AddFederatedCredential(Emulator.Issuers.Kubernetes.Url, Emulator.Issuers.Kubernetes.Subject);
            Trust(app.ObjectId);
            return app;
        }

        void WriteToken() => File.WriteAllText(
            Path.Combine(Folder, "token"), Emulator.Issuers.Kubernetes.Issue());
    }

    [Fact]
    public async Task What_changes_while_it_is_asked_is_asked_again()
    {
        ManagedIdentity identity = Identity();
        int asked = 0;
        Credential workload = CredentialCatalog.Create(Options("ManagedIdentity") with
        {
            ClientId = $"{identity.ClientId}",
        });
        CredentialOptions options = Application("FederatedToken") with { FederatedCredential = workload };
        string name = "DEFAULT_IDENTITY_CLIENT_ID";
        Set(name, null);
        Caller.OnVerbose = text =>
        {
            // Entra has answered, and then somebody sets a variable that managed identities go by.
            if (text.Contains("/oauth2/v2.0/token: 200", StringComparison.Ordinal) && ++asked == 1)
                Environment.SetEnvironmentVariable(name, $"{Guid.NewGuid()}");
        };
        await GetAsync(options);
        Assert.Equal(2, asked);
        Assert.Equal(2, Clients().Length);
        Assert.Contains(
            Caller.Verboses,
            text => text.Contains("the login or its settings changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Many_callers_make_one_request_to_each_of_the_two()
    {
        ManagedIdentity identity = Identity();
        CredentialOptions options = Application("FederatedToken") with { FederatedCredential = Of(identity) };
        Credential credential = CredentialCatalog.Create(options);
        Emulator.Faults.Add(new Fault { DelayMs = 300, Match = new FaultMatch { Path = Assertion } });
        await Task.WhenAll(
            [.. Enumerable.Range(0, 20).Select(_ => credential.GetTokenAsync(For("LogAnalytics"), Caller, Stop))]);
        Assert.Single(Requests, request => request.Path == Assertion && request.Headers.ContainsKey("Metadata"));
        Assert.Single(Clients());
    }

    [Fact]
    public void It_is_renewed_behind_the_caller_s_back_unless_the_other_one_needs_the_caller()
    {
        Credential script = CredentialCatalog.Create(
            Application("FederatedToken") with { FederatedTokenScript = _ => "an assertion" });
        Assert.False(Make(Of(Identity())).InvolvesCaller);
        Assert.True(Make(script).InvolvesCaller);

        Credential Make(Credential trusted) => CredentialCatalog.Create(
            Application("FederatedToken") with { FederatedCredential = trusted });
    }

    [Fact]
    public async Task That_the_metadata_service_gives_the_same_assertion_again_is_no_news()
    {
        // What it keeps is a person's token, so that Entra refuses it; by then it would have been told.
        Emulator.Faults.Add(At("ManagedIdentity", new Fault { AccessToken = Emulator.IssueUserToken(LogAnalytics) }));
        TokenRequest forced = For("LogAnalytics") with { ForceRefresh = true };
        CredentialOptions itself = Options("ManagedIdentity");
        CredentialOptions options = Application("FederatedToken") with
        {
            FederatedCredential = CredentialCatalog.Create(itself),
        };
        for (int i = 0; i < 2; i++)
            await FailAsync(options, forced);
        Assert.DoesNotContain(Caller.Warnings, text => text.Contains("a cached one", StringComparison.Ordinal));

        // To whoever asks for it, it is.
        for (int i = 0; i < 2; i++)
            await GetAsync(itself, forced);
        Assert.Contains(Caller.Warnings, text => text.Contains("a cached one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_assertion_may_not_be_waited_for_longer_than_the_caller_waits()
    {
        Emulator.Faults.Add(At("ManagedIdentity", new Fault
        {
            Status = 429,
            Headers = new Dictionary<string, string> { ["Retry-After"] = "40" },
        }));
        TokenException error = await FailAsync(
            Application("FederatedToken") with { FederatedCredential = Of(Identity()) },
            For("LogAnalytics") with { Timeout = TimeSpan.FromSeconds(20) });
        Assert.Equal((TokenError.Throttled, "ManagedIdentity"), (error.Error, error.CredentialName));
    }

    private static Credential Of(ManagedIdentity identity) =>
        CredentialCatalog.Create(Options("ManagedIdentity") with { ClientId = $"{identity.ClientId}" });

    /// <summary>One that the test's application trusts.</summary>
    private ManagedIdentity Identity()
    {
        ManagedIdentity identity = Emulator.Directory.AddUserIdentity();
        Trust(identity.ObjectId);
        return identity;
    }

    private void Trust(Guid subject) => App.AddFederatedCredential(
        $"https://login.microsoftonline.com/{Emulator.Directory.Tenant.Id}/v2.0", $"{subject}");

    /// <summary>Who has asked Entra, in order.</summary>
    private string[] Clients() =>
        [.. Requests.Select(request => request.Form.GetValueOrDefault("client_id")).OfType<string>()];
}
