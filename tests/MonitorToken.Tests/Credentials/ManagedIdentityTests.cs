using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Credentials;

public sealed class ManagedIdentityTests(EmulatorFixture fixture) : EngineTest(fixture)
{
    // What the library remembers for the whole process must not answer for another test.
    private static readonly TokenRequest Fresh = For("LogAnalytics") with { ForceRefresh = true };

    [Fact]
    public async Task The_metadata_service_is_found_and_asked()
    {
        AccessToken token = await GetAsync(Options("ManagedIdentity"), Fresh);

        Assert.Collection(
            Requests,
            probe =>
            {
                Assert.Equal("/metadata/identity/oauth2/token", probe.Path);
                Assert.DoesNotContain("Metadata", probe.Headers.Keys);
            },
            request =>
            {
                Assert.Equal("/metadata/identity/oauth2/token", request.Path);
                Assert.Equal("true", request.Headers["Metadata"]);
                Assert.Equal(LogAnalytics, request.Query["resource"]);
            });
        Assert.Equal("ManagedIdentity", token.CredentialName);
        Assert.Equal(Emulator.Directory.SystemIdentity.ClientId.ToString(), token.Identity);
    }

    [Fact]
    public async Task A_user_assigned_identity_is_found_by_each_of_its_ids()
    {
        ManagedIdentity identity = Emulator.Directory.UserIdentity;
        foreach (CredentialOptions options in new[]
        {
            Options("ManagedIdentity") with { ClientId = identity.ClientId.ToString() },
            Options("ManagedIdentity") with { IdentityObjectId = identity.ObjectId.ToString() },
            Options("ManagedIdentity") with { IdentityResourceId = identity.ResourceId },
        })
        {
            AccessToken token = await GetAsync(options, Fresh);
            Assert.Equal(identity.ClientId.ToString(), token.Identity);
        }
    }

    [Fact]
    public async Task Variables_that_name_an_application_change_no_managed_identity()
    {
        AccessToken token = await GetAsync(Options("ManagedIdentity"), Fresh);
        Emulator.Requests.Clear();
        Set("AZURE_TENANT_ID", Emulator.Directory.Tenant.Id.ToString());
        Set("AZURE_CLIENT_ID", App.ClientId);

        Assert.Same(token, await GetAsync(Options("ManagedIdentity")));
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task An_identity_that_is_not_assigned_here_is_unavailable()
    {
        TokenException error = await FailAsync(
            Options("ManagedIdentity") with { ClientId = Guid.NewGuid().ToString() },
            Fresh);
        Assert.True(error.Error == TokenError.CredentialUnavailable, error.ToString());
    }

    [Fact]
    public async Task App_Service_is_asked_with_its_header_and_without_a_probe()
    {
        Set("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
        Set("IDENTITY_HEADER", Emulator.Environment["EMULATOR_MSI_SECRET"]);

        AccessToken token = await GetAsync(
            Options("ManagedIdentity") with { ClientId = Emulator.Directory.UserIdentity.ClientId.ToString() },
            Fresh);

        RecordedRequest request = Assert.Single(Requests);
        Assert.Equal("/msi/token", request.Path);
        Assert.Equal(Emulator.AppServiceSecret, request.Headers["X-IDENTITY-HEADER"]);
        Assert.Equal(LogAnalytics, request.Query["resource"]);
        Assert.Equal(Emulator.Directory.UserIdentity.ClientId.ToString(), token.Identity);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_version_of_App_Service_knows_an_identity_by_its_client_id_alone(bool byObjectId)
    {
        Set("MSI_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
        Set("MSI_SECRET", Emulator.Environment["EMULATOR_MSI_SECRET"]);

        TokenException error = await FailAsync(
            byObjectId
                ? Options("ManagedIdentity") with { IdentityObjectId = Guid.NewGuid().ToString() }
                : Options("ManagedIdentity") with { IdentityResourceId = "/subscriptions/x" },
            Fresh);

        Assert.Equal(TokenError.InvalidOption, error.Error);
        Assert.Contains("-ClientId", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Fact]
    public async Task A_silent_metadata_address_means_that_there_is_no_managed_identity_here()
    {
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);

        TokenException error = await FailAsync(
            Options("ManagedIdentity") with { ClientId = Guid.NewGuid().ToString() });

        Assert.True(error.Error == TokenError.CredentialUnavailable, error.ToString());
        Assert.Contains("There's no managed identity here", error.Message, StringComparison.Ordinal);
        Assert.Contains("didn't respond within 1.0 seconds", error.Message, StringComparison.Ordinal);
        Assert.Equal(Listener.Silent, Assert.Single(Requests).Listener);
    }

    [Theory]
    [InlineData("IDENTITY_HEADER")]
    [InlineData("IMDS_ENDPOINT")]
    [InlineData("AZURE_FEDERATED_TOKEN_FILE")]
    public async Task A_variable_left_over_from_elsewhere_does_not_make_a_host(string variable)
    {
        Set(variable, "http://127.0.0.1:1");
        Set("AZURE_POD_IDENTITY_AUTHORITY_HOST", Emulator.Environment["EMULATOR_SILENT"]);
        TokenException error = await FailAsync(Options("ManagedIdentity"), Fresh);
        Assert.Contains("didn't respond within 1.0 seconds", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(502)]
    public async Task Another_cloud_at_the_metadata_address_is_not_taken_for_Azure(int status)
    {
        Emulator.Faults.Add(new Fault { Match = new FaultMatch { Path = "/metadata" }, Status = status });

        TokenException error = await FailAsync(Options("ManagedIdentity"), Fresh);

        Assert.True(error.Error == TokenError.CredentialUnavailable, error.ToString());
        Assert.Contains("isn't from Azure's metadata service", error.Message, StringComparison.Ordinal);
        Assert.Single(Requests);
    }

    [Fact]
    public async Task A_forced_refresh_gets_past_the_library_s_own_cache()
    {
        await GetAsync(Options("ManagedIdentity"), Fresh);
        int before = Requests.Count(request => request.Headers.ContainsKey("Metadata"));
        await GetAsync(Options("ManagedIdentity"), Fresh);
        Assert.Equal(before + 1, Requests.Count(request => request.Headers.ContainsKey("Metadata")));
    }

    // ---- what the host's variables hold

    [Theory]
    [InlineData("AppService", "IDENTITY_HEADER", "canary-secret\n")]
    [InlineData("AppService", "IDENTITY_HEADER", "canary\r\nX-Other: secret")]
    [InlineData("AppService", "IDENTITY_HEADER", "canary-sécret")]
    [InlineData("ServiceFabric", "IDENTITY_HEADER", "canary-secret\n")]
    [InlineData("AppService2017", "MSI_SECRET", "canary-secret\n")]
    [InlineData("MachineLearning", "MSI_SECRET", "canary-secret\u200b")]
    public async Task A_header_that_cannot_be_sent_is_named_and_not_shown(string host, string variable, string value)
    {
        At(host);
        Set(variable, value);
        TokenException error = await FailAsync(Options("ManagedIdentity"), Fresh);
        Assert.Equal(TokenError.CredentialUnavailable, error.Error);
        Assert.Contains($"{variable} contains a line break or another", error.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was sent", error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"Leave {variable} as the host sets it", error.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Theory]
    [InlineData("ServiceFabric", "Service Fabric")]
    [InlineData("Arc", "Azure Arc")]
    [InlineData("CloudShell", "Cloud Shell")]
    public async Task A_host_with_one_identity_is_not_asked_for_another(string host, string name)
    {
        At(host);
        string id = Guid.NewGuid().ToString();
        foreach (CredentialOptions options in new[]
        {
            Options("ManagedIdentity") with { ClientId = id },
            Options("ManagedIdentity") with { IdentityObjectId = id },
            Options("ManagedIdentity") with { IdentityResourceId = $"/subscriptions/{id}" },
        })
        {
            TokenException error = await FailAsync(options, Fresh);
            Assert.Equal(TokenError.CredentialUnavailable, error.Error);
            Assert.Equal(
                $"{name} has only its own identity and can't issue a token for another one, so nothing was sent.",
                error.Message);
            Assert.Contains("-ClientId", error.RecommendedAction, StringComparison.Ordinal);
        }

        // In the chain it is a variable that has asked, and it is named.
        Set("AZURE_CLIENT_ID", id);
        string told = (await FailAsync(
            Options("Default") with { Include = ["ManagedIdentity", "VisualStudio"] }, Fresh)).Message;
        Assert.Contains(
            $"can't issue a token for {id} from AZURE_CLIENT_ID, so nothing was sent", told, StringComparison.Ordinal);
        Assert.Contains("2. VisualStudio", told, StringComparison.Ordinal);
        Assert.Empty(Requests);
    }

    [Fact]
    public void The_host_is_found_in_the_order_in_which_the_library_looks()
    {
        string[] names =
        [
            "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET",
            "DEFAULT_IDENTITY_CLIENT_ID", "IMDS_ENDPOINT",
        ];
        foreach ((string set, ManagedIdentityHost host) in new[]
        {
            ("", ManagedIdentityHost.Imds),
            ("0", ManagedIdentityHost.Imds),
            ("1", ManagedIdentityHost.Imds),
            ("6", ManagedIdentityHost.Imds),
            ("01", ManagedIdentityHost.AppService),
            ("01346", ManagedIdentityHost.AppService),
            ("012", ManagedIdentityHost.ServiceFabric),
            ("34", ManagedIdentityHost.AppService2017),
            ("345", ManagedIdentityHost.MachineLearning),
            ("034", ManagedIdentityHost.MachineLearning),
            ("3", ManagedIdentityHost.CloudShell),
            ("036", ManagedIdentityHost.CloudShell),
            ("06", ManagedIdentityHost.Arc),
        })
        {
            string?[] values = [.. names.Select((_, i) => set.Contains($"{i}", StringComparison.Ordinal) ? "x" : null)];
            var seen = new CredentialInputs(new InputReader(names), names, values);
            Assert.Same(host, ManagedIdentityHost.From(seen));
        }
    }

    private void At(string host)
    {
        foreach ((string name, string value) in host switch
        {
            "AppService" => new[]
            {
                ("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]!),
                ("IDENTITY_HEADER", Emulator.Environment["EMULATOR_MSI_SECRET"]!),
            },
            "AppService2017" =>
            [
                ("MSI_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]!),
                ("MSI_SECRET", Emulator.Environment["EMULATOR_MSI_SECRET"]!),
            ],
            "MachineLearning" =>
            [
                ("MSI_ENDPOINT", Emulator.Environment["EMULATOR_MACHINE_LEARNING_ENDPOINT"]!),
                ("MSI_SECRET", Emulator.Environment["EMULATOR_MACHINE_LEARNING_SECRET"]!),
                ("DEFAULT_IDENTITY_CLIENT_ID", Emulator.Environment["EMULATOR_SYSTEM_IDENTITY_CLIENT_ID"]!),
            ],
            "CloudShell" => [("MSI_ENDPOINT", Emulator.Environment["EMULATOR_CLOUD_SHELL_ENDPOINT"]!)],
            "Arc" => [("IDENTITY_ENDPOINT", "http://127.0.0.1:1"), ("IMDS_ENDPOINT", "http://127.0.0.1:1")],
            _ =>
            [
                ("IDENTITY_ENDPOINT", Emulator.Environment["EMULATOR_SERVICE_FABRIC_ENDPOINT"]!),
                ("IDENTITY_HEADER", Emulator.Environment["EMULATOR_SERVICE_FABRIC_HEADER"]!),
                ("IDENTITY_SERVER_THUMBPRINT", Emulator.Environment["EMULATOR_SERVICE_FABRIC_THUMBPRINT"]!),
            ],
        })
            Set(name, value);
    }
}
