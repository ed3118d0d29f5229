using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

public sealed class DefaultChainTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    private static readonly TokenRequest Fresh = For("LogAnalytics") with { ForceRefresh = true };

    private void SetApplication(string? secret)
    {
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);
        Set("AZURE_CLIENT_SECRET", secret);
    }

    [Fact]
    public async Task The_environment_comes_first()
    {
        SetApplication(App.Secret);
        AccessToken token = await GetAsync(Options("Default"));
        Assert.Equal("Environment", token.CredentialName);
        Assert.Equal(App.ClientId, token.Identity);
        Assert.Equal("login.microsoftonline.com", Assert.Single(Requests).Host);
    }

    [Fact]
    public async Task Then_the_managed_identity()
    {
        // A busy machine may be late with its first answer; this is about the order.
        AzureVmDetector.Override = true;
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("Default"), Fresh)).CredentialName);
    }

    [Fact]
    public async Task The_managed_identity_is_preferred_even_when_it_answers_after_its_successor()
    {
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, DelayMs = 400, Times = 1 });
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("Default"), Fresh)).CredentialName);
    }

    [Fact]
    public async Task What_is_set_up_but_fails_ends_the_chain_and_is_named()
    {
        SetApplication("wrong-secret");
        TokenException error = await FailAsync(Options("Default"));
        Assert.Equal(TokenError.AuthenticationFailed, error.Error);
        Assert.Equal(("Environment", "AADSTS7000215"), (error.CredentialName, error.ErrorCode));
        Assert.DoesNotContain(Requests, request => request.Listener == Listener.Http);
    }

    [Fact]
    public async Task When_nothing_works_each_member_gets_a_line_with_its_reason()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Set("AZURE_CONFIG_DIR", Folder);

        TokenException error = await FailAsync(Options("Default"));

        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        string[] lines = error.Message.Split('\n');
        Assert.Equal(8, lines.Length);
        Assert.StartsWith("  1. Environment: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  2. WorkloadIdentity: ", lines[2], StringComparison.Ordinal);
        Assert.StartsWith(
            "  3. ManagedIdentity: There's no managed identity here",
            lines[3],
            StringComparison.Ordinal);
        Assert.StartsWith("  4. VisualStudio: ", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("  5. AzureCli: ", lines[5], StringComparison.Ordinal);
        Assert.StartsWith("  6. AzurePowerShell: ", lines[6], StringComparison.Ordinal);
        Assert.StartsWith("  7. AzureDeveloperCli: ", lines[7], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prod", "Environment, WorkloadIdentity, ManagedIdentity")]
    [InlineData("dev", "VisualStudio, AzureCli, AzurePowerShell, AzureDeveloperCli")]
    [InlineData("AzureCliCredential", "AzureCli")]
    [InlineData("managedidentity", "ManagedIdentity")]
    public async Task AZURE_TOKEN_CREDENTIALS_narrows_the_chain(string setting, string members)
    {
        Set("AZURE_TOKEN_CREDENTIALS", setting);
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Set("AZURE_CONFIG_DIR", Folder);
        Assert.Equal(members, Tried(await FailAsync(Options("Default"))));
    }

    [Fact]
    public async Task Include_and_Exclude_narrow_the_chain()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        Assert.Equal("Environment", Tried(await FailAsync(Options("Default") with { Include = ["environment"] })));
        Assert.Equal(
            "Environment, WorkloadIdentity, ManagedIdentity, VisualStudio, AzurePowerShell",
            Tried(await FailAsync(Options("Default") with { Exclude = ["AzureCli", "AzureDeveloperCli"] })));
    }

    [Fact]
    public void Names_that_are_none_and_chains_that_are_empty_are_refused()
    {
        Assert.Contains("'Azure'", Assert.Throws<TokenException>(
            () => CredentialCatalog.Create(Options("Default") with { Include = ["Azure"] })).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            TokenError.InvalidOption,
            Assert.Throws<TokenException>(() => CredentialCatalog
                .Create(Options("Default") with { Include = ["AzureCli"], Exclude = ["AzureCli"] })).Error);
    }

    [Fact]
    public async Task Who_has_named_another_client_id_is_told_which_member_has_answered_and_as_whom()
    {
        SetApplication(App.Secret);
        string wanted = Emulator.Directory.UserIdentity.ClientId.ToString();
        Caller.AzAccounts = (_, _) => new SessionToken(
            Engine.Secret.Of(Emulator.IssueUserToken(LogAnalytics)), DateTimeOffset.UtcNow.AddHours(1));
        foreach (string member in new[] { "Environment", "AzurePowerShell" })
        {
            CredentialOptions options = Options("Default") with { Include = [member] };
            // Theirs is in memory, which is no reason to pass it on without a word.
            AccessToken token = await GetAsync(options);
            Assert.Empty(Caller.Warnings);
            Assert.Equal(token.Identity, (await GetAsync(options with { ClientId = wanted })).Identity);
            string warning = Assert.Single(Caller.Warnings);
            Assert.StartsWith(
                $"A token for the client ID {wanted} was requested, but {member} signed in as {token.Identity}.",
                warning,
                StringComparison.Ordinal);
            Caller.Warnings.Clear();
        }

        // As one and the same there is nothing to tell.
        await GetAsync(Options("Default") with { ClientId = App.ClientId.ToUpperInvariant() });
        await GetAsync(Options("Default") with { Include = ["ManagedIdentity"], ClientId = wanted });
        Assert.Empty(Caller.Warnings);
    }

    [Fact]
    public async Task Another_application_in_the_environment_is_no_surprise_to_a_credential_that_was_made_before()
    {
        SetApplication(App.Secret);
        await GetAsync(Options("Default"));
        Credential credential = CredentialCatalog.Create(Options("Default"));
        App other = Emulator.Directory.AddApp();
        Set("AZURE_CLIENT_ID", other.ClientId);
        Set("AZURE_CLIENT_SECRET", other.Secret);
        Assert.Equal(other.ClientId, (await credential.GetTokenAsync(Fresh, Caller, Stop)).Identity);
        Assert.Empty(Caller.Warnings);
    }

    [Fact]
    public async Task AZURE_CLIENT_ID_names_the_user_assigned_identity()
    {
        Set("AZURE_CLIENT_ID", Emulator.Directory.UserIdentity.ClientId.ToString());
        Assert.Equal(
            Emulator.Directory.UserIdentity.ClientId.ToString(),
            (await GetAsync(Options("Default"), Fresh)).Identity);
    }

    [Fact]
    public async Task Where_the_identity_of_AZURE_CLIENT_ID_is_not_assigned_the_variable_is_named()
    {
        string clientId = Guid.NewGuid().ToString();
        CredentialOptions options = Options("Default") with { Include = ["ManagedIdentity"] };
        Set("AZURE_CLIENT_ID", clientId);
        var chain = (ChainedCredential)CredentialCatalog.Create(options);
        TokenException error = await Assert.ThrowsAsync<TokenException>(
            () => Assert.Single(chain.Members).Credential.GetTokenAsync(Fresh, Caller, Stop));
        Assert.Contains(
            $"the identity {clientId} from AZURE_CLIENT_ID isn't assigned",
            error.Message,
            StringComparison.Ordinal);
        Assert.StartsWith("Unset AZURE_CLIENT_ID", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains("-ManagedIdentity", error.RecommendedAction, StringComparison.Ordinal);
        // The chain's own error has it too.
        string told = (await FailAsync(options)).Message;
        Assert.Contains($"{clientId} from AZURE_CLIENT_ID", told, StringComparison.Ordinal);

        // Who has said it need not be told from where.
        string given = (await FailAsync(options with { ClientId = Guid.NewGuid().ToString() })).Message;
        Assert.Contains("the specified identity isn't assigned", given, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AZURE_CLIENT_ID_means_nothing_to_a_developer_s_tool_and_its_token_is_no_surprise()
    {
        Set("AZURE_CLIENT_ID", Emulator.Directory.UserIdentity.ClientId.ToString());
        Caller.AzAccounts = (_, _) => new SessionToken(
            Engine.Secret.Of(Emulator.IssueUserToken(LogAnalytics)), DateTimeOffset.UtcNow.AddHours(1));
        AccessToken token = await GetAsync(Options("Default") with { Include = ["AzurePowerShell"] }, Fresh);
        Assert.Equal("AzurePowerShell", token.CredentialName);
        Assert.Empty(Caller.Warnings);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(502)]
    public async Task What_answers_in_place_of_the_metadata_service_does_not_end_the_chain(int status)
    {
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, Status = status });
        TokenException error = await FailAsync(
            Options("Default") with { Include = ["ManagedIdentity", "VisualStudio"] },
            Fresh);
        Assert.Equal("ManagedIdentity, VisualStudio", Tried(error));
    }

    [Theory]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_metadata_service_that_has_too_much_to_do_is_there_and_nobody_else_answers_for_it(int status)
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, Status = status });
        TokenException error = await FailAsync(
            Options("Default") with { Include = ["ManagedIdentity", "AzureCli"] },
            Fresh);
        Assert.Equal("ManagedIdentity", error.CredentialName);
        Assert.Equal(status == 429 ? TokenError.Throttled : TokenError.AuthorityUnreachable, error.Error);
    }

    [Theory]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task One_such_answer_is_waited_out(int status)
    {
        UseFakeClock();
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, Status = status, Times = 2 });
        Assert.Equal("ManagedIdentity", (await GetAsync(Options("Default"), Fresh)).CredentialName);
    }

    [Fact]
    public async Task A_configured_certificate_that_cannot_be_read_ends_the_chain()
    {
        SetApplication(null);
        Set("AZURE_CLIENT_CERTIFICATE_PATH", Path.Combine(Path.GetTempPath(), "not-there.pem"));
        Assert.Equal(TokenError.InvalidCertificate, (await FailAsync(Options("Default"))).Error);
    }

    [Fact]
    public async Task At_renewal_a_member_that_is_out_of_reach_does_not_change_who_signs_in()
    {
        SetApplication(App.Secret);
        Set("AZURE_CLIENT_SECRET", null);
        Set("AZURE_TENANT_ID", null);
        Set("AZURE_CLIENT_ID", Emulator.Directory.AddUserIdentity().ClientId.ToString());
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, TokenLifetimeSeconds = 8 });
        AccessToken held = await GetAsync(Options("Default"));
        await Eventually.DueAsync(held);
        Emulator.Faults.Clear();
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, Status = 503 });

        Assert.Equal(held.GetPlainText(), (await GetAsync(Options("Default"))).GetPlainText());
        Assert.NotEmpty(Caller.Warnings);
    }

    private static string Tried(TokenException error) =>
        string.Join(", ", error.Message.Split('\n').Skip(1).Select(line => line.Trim().Split(':')[0].Split(' ')[1]));
}
