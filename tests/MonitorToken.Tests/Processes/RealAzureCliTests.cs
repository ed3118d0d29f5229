using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Processes;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Processes;

public sealed class RealAzureCliTests(EmulatorFixture fixture, AzureCliLogin login)
    : EngineTest(fixture), IClassFixture<AzureCliLogin>
{
    [Fact]
    public async Task Its_token_and_its_local_time_are_read_in_another_language_and_zone()
    {
        string? program = ToolPath.Find("az");
        Assert.SkipWhen(program is null, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", Folder);
        using (Culture.Use("ar-SA"))
        using (TimeZone.Use("Asia/Kathmandu"))
        {
            await LogInAsync(program);
            ToolOutput output = await RunAsync(
                new ToolCommand(program, AzureCliCredential.Arguments(For("LogAnalytics"), null, null)));
            ToolToken? answer = ToolToken.TryRead(output.StandardOutput);
            Assert.NotNull(answer);
            TimeSpan left = answer.ExpiresOn - DateTimeOffset.UtcNow;
            Assert.InRange(left, TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(61));
        }
    }

    [Theory]
    [InlineData("no proxy", "AuthorityUnreachable")]
    [InlineData("another certificate", "AuthorityUnreachable")]
    [InlineData("500", "AuthorityUnreachable")]
    [InlineData("503", "AuthorityUnreachable")]
    [InlineData("429", "AuthorityUnreachable")]
    [InlineData("429 in Entra's form", "Throttled")]
    [InlineData("a page", "AuthorityUnreachable")]
    [InlineData("AADSTS90024", "AuthorityUnreachable")]
    [InlineData("temporarily_unavailable", "AuthorityUnreachable")]
    [InlineData("AADSTS50132", "InteractionRequired")]
    public async Task What_it_says_without_a_network_or_an_Entra_is_no_advice_to_log_in(string trouble, string kind)
    {
        string? program = ToolPath.Find("az");
        Assert.SkipWhen(program is null, "There is no az on PATH.");
        Set("AZURE_CONFIG_DIR", login.Folder);
        if (!login.IsDone)
        {
            await LogInAsync(program);
            login.IsDone = true;
        }

        // A folder of its own, by which the engine tells logins apart.
        foreach (string file in Directory.EnumerateFiles(login.Folder))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        Set("AZURE_CONFIG_DIR", Folder);
        // The application of the login may be that of an earlier test.
        Emulator.Faults.Exempt = _ => false;
        if (trouble == "no proxy")
        {
            foreach (string variable in new[] { "HTTPS_PROXY", "https_proxy" })
                Set(variable, "http://127.0.0.1:9");
        }
        else if (trouble == "another certificate")
        {
            using X509Certificate2 other = CreateCertificate();
            string bundle = Path.Combine(Folder, "bundle.pem");
            File.WriteAllText(bundle, other.ExportCertificatePem());
            Set("REQUESTS_CA_BUNDLE", bundle);
        }
        else
        {
            Emulator.Faults.Add(At("Entra", trouble switch
            {
                "a page" => new Fault { Body = "<html>Sign in</html>" },
                "temporarily_unavailable" => new Fault { Status = 400, Body = $$"""{"error":"{{trouble}}"}""" },
                "429 in Entra's form" => new Fault { Error = "AADSTS90055" },
                _ when trouble.StartsWith("AADSTS", StringComparison.Ordinal) => new Fault { Error = trouble },
                _ => new Fault { Status = int.Parse(trouble, CultureInfo.InvariantCulture) },
            }));
        }

        TokenException error = await FailAsync(Options("AzureCli"), For("LogAnalytics") with { ForceRefresh = true });

        Assert.Equal(kind, error.Error.ToString());
        Assert.Equal(
            kind == "InteractionRequired",
            error.RecommendedAction.Contains("az login", StringComparison.Ordinal));
        foreach (string word in new[] { "object at 0x", "az feedback", "azure-cli/issues", "az login" })
            Assert.DoesNotContain(word, error.Message, StringComparison.Ordinal);
    }

    private Task<ToolOutput> LogInAsync(string program) => RunAsync(new ToolCommand(program, [
        "login", "--service-principal", "--username", App.ClientId, "--password", App.Secret,
        "--tenant", Emulator.Directory.Tenant.Id.ToString(), "--output", "none"]));

    private static async Task<ToolOutput> RunAsync(ToolCommand command)
    {
        ToolOutput output = await ToolProcess.RunAsync(command, Stop);
        Assert.True(output.ExitCode == 0, output.StandardError);
        return output;
    }
}

/// <summary>A login that several tests ask for a token, and get none: az takes a second and more for it.</summary>
public sealed class AzureCliLogin : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("monitortoken-az-");

    public string Folder => _folder.FullName;

    public bool IsDone { get; set; }

    public void Dispose() => _folder.Delete(recursive: true);
}
