using System.Globalization;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using MonitorToken.Tests.Processes;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>Dates, numbers and names are read the same in a session of any language.</summary>
public sealed class CultureTests : EngineTest
{
    public CultureTests(EmulatorFixture fixture)
        : base(fixture) =>
        ProcessMemory.Clear();

    public static TheoryData<string> Cultures => new("de-DE", "tr-TR", "ar-SA", "en-GB", "th-TH", "fa-IR");

    [Theory]
    [MemberData(nameof(Cultures))]
    public async Task App_Service_of_2017_answers_with_a_date(string culture)
    {
        using (Culture.Use(culture))
        {
            Set("MSI_ENDPOINT", Emulator.Environment["EMULATOR_MSI_ENDPOINT"]);
            Set("MSI_SECRET", Emulator.Environment["EMULATOR_MSI_SECRET"]);
            string identity = Emulator.Directory.UserIdentity.ClientId.ToString();
            AccessToken token = await GetAsync(Options("ManagedIdentity") with { ClientId = identity });

            RecordedRequest request = Assert.Single(Requests);
            Assert.Equal("2017-09-01", request.Query["api-version"]);
            Assert.InRange(token.ExpiresIn, TimeSpan.FromHours(23.9), TimeSpan.FromHours(24.1));
            // The session's own language is left alone.
            Assert.Equal(culture, CultureInfo.CurrentCulture.Name);
        }
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public async Task The_Azure_CLI_of_old_answers_with_this_machine_s_time(string culture)
    {
        var az = new StandIn("az");
        Set("PATH", az.Folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
        Set("AZURE_CONFIG_DIR", az.Folder);
        string time = DateTime.Now.AddMinutes(50).ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        az.Prints($$"""{"accessToken": "{{Emulator.IssueUserToken(LogAnalytics)}}", "expiresOn": "{{time}}"}""");
        using (Culture.Use(culture))
        {
            AccessToken token = await GetAsync(Options("AzureCli"));
            Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(49), TimeSpan.FromMinutes(50.1));
        }
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public async Task Entra_answers_with_numbers_and_asks_to_wait_until_a_date(string culture)
    {
        using (Culture.Use(culture))
        {
            foreach (bool v1 in new[] { false, true })
            {
                CredentialOptions options = ClientSecret() with { UseV1Endpoint = v1 };
                AccessToken token = await GetAsync(options);
                Assert.InRange(token.ExpiresIn, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
                Assert.Contains($"{token.ExpiresOn.Year}-", token.ToString(), StringComparison.Ordinal);

                DateTimeOffset until = DateTimeOffset.UtcNow.AddHours(2);
                Emulator.Faults.Add(new Fault
                {
                    Status = 429,
                    Headers = new Dictionary<string, string>
                    {
                        ["Retry-After"] = until.ToString("r", CultureInfo.InvariantCulture),
                    },
                    Times = 1,
                });
                TokenException error = await FailAsync(options, For("ResourceManager"));
                Assert.Equal(TokenError.Throttled, error.Error);
                Assert.Equal(until.ToUnixTimeSeconds(), error.RetryAfter!.Value.ToUnixTimeSeconds());
                Assert.Contains(
                    until.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                    error.Message,
                    StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public async Task Names_are_found_however_their_letters_are_written(string culture)
    {
        using (Culture.Use(culture))
        {
            // A busy machine may be late with its first answer; this is about names.
            AzureVmDetector.Override = true;
            // Turkish has an i of its own for each case.
            string[] names = ["MANAGEDIDENTITY", "visualstudio", "azurecli"];
            Credential chain = CredentialCatalog.Create(Options("Default") with { Include = names });
            AccessToken included = await chain.GetTokenAsync(For("LOGANALYTICS"), Caller, Stop);
            Set("AZURE_TOKEN_CREDENTIALS", "managedidentitycredential");
            AccessToken preferred = await GetAsync(Options("Default"), For("loganalytics"));
            Assert.Equal(
                ("ManagedIdentity", "ManagedIdentity"), (included.CredentialName, preferred.CredentialName));
            Assert.Equal(
                "https://monitoring.azure.com/",
                TokenRequest.ForEndpoint(new Uri("https://WESTEUROPE.MONITORING.AZURE.COM/x")).Resource);
        }
    }
}
