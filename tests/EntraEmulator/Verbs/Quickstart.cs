using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The verb quickstart: the product's main job with no Azure account. A token for each named resource, and a query
/// with one of them; through the commands where there is a PowerShell, else through the library that they call.
/// </summary>
internal static class Quickstart
{
    private const string Library = "quickstart-library";

    public static Command Verb()
    {
        var verb = new Command(
            "quickstart", "Get a token for each named resource and run a Log Analytics query, with no Azure account.");
        verb.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return verb;
    }

    /// <summary>
    /// The client half without PowerShell: a process of its own, because OpenSSL reads SSL_CERT_FILE only at its start.
    /// </summary>
    public static Command LibraryVerb()
    {
        var verb = new Command(Library) { Hidden = true };
        verb.SetAction((_, cancellationToken) => UseLibraryAsync(cancellationToken));
        return verb;
    }

    /// <summary>Whether this was started as dotnet EntraEmulator.dll and not as a program of its own.</summary>
    private static bool IsDotnet => Path.GetFileNameWithoutExtension(System.Environment.ProcessPath) == "dotnet";

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using Emulator emulator = await Emulator.StartAsync(new EmulatorOptions(), cancellationToken);
        Console.WriteLine("An emulated Microsoft Entra and Azure Monitor run on loopback; no Azure account is needed.");
        ProcessStartInfo client;
        if (PowerShellHost.FindOrFetch() is { } powerShell)
        {
            client = powerShell.StartInfo("-File", Path.Combine(AppContext.BaseDirectory, "Quickstart.ps1"));
            client.Environment["MONITORTOKEN_MODULE"] = Repository.Module;
        }
        else
        {
            Console.WriteLine("PowerShell was not found, so this goes through the library that the commands call. "
                + PowerShellHost.HowToInstall);
            string[] arguments = IsDotnet ? [typeof(Quickstart).Assembly.Location, Library] : [Library];
            client = new ProcessStartInfo(System.Environment.ProcessPath!, arguments);
        }

        Console.WriteLine();
        return await Exec.RunAsync(emulator, client);
    }

    private static async Task<int> UseLibraryAsync(CancellationToken cancellationToken)
    {
        Credential credential = CredentialCatalog.Create(new CredentialOptions
        {
            Name = "ClientSecret",
            Authority = Authority.For(AzureEnvironment.AzureCloud),
            TenantId = System.Environment.GetEnvironmentVariable("EMULATOR_TENANT_ID"),
            ClientId = System.Environment.GetEnvironmentVariable("EMULATOR_CLIENT_ID"),
            ClientSecret = new NetworkCredential(
                "", System.Environment.GetEnvironmentVariable("EMULATOR_CLIENT_SECRET")).SecurePassword,
        });

        const string Row = "{0,-20} {1,-19} {2,-16} {3}";
        Console.WriteLine(Row, "Resource", "ExpiresOn (UTC)", "Credential", "Identity");
        Console.WriteLine(Row, "--------", "---------------", "----------", "--------");
        foreach (MonitorResource resource in ResourceCatalog.In(AzureEnvironment.AzureCloud))
        {
            AccessToken token = await GetTokenAsync(resource.Name);
            Console.WriteLine(
                Row,
                token.ResourceName,
                $"{token.ExpiresOn:yyyy-MM-dd HH:mm:ss}",
                token.CredentialName,
                token.Identity);
        }

        Console.WriteLine();
        Console.WriteLine("GET https://api.loganalytics.io/v1/workspaces/demo/query?query=Heartbeat");
        using var http = new HttpClient();
        AccessToken logs = await GetTokenAsync("LogAnalytics");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(logs.TokenType, logs.GetPlainText());
        string answer = await http.GetStringAsync(
            new Uri("https://api.loganalytics.io/v1/workspaces/demo/query?query=Heartbeat"), cancellationToken);
        JsonNode table = JsonNode.Parse(answer)!["tables"]![0]!;
        JsonArray head = [.. table["columns"]!.AsArray().Select(column => column!["name"]!.DeepClone())];
        foreach (JsonArray cells in table["rows"]!.AsArray().OfType<JsonArray>().Prepend(head))
            Console.WriteLine(string.Concat(cells.Select(cell => $"{cell,-30}")).TrimEnd());
        return 0;

        Task<AccessToken> GetTokenAsync(string resource) =>
            credential.GetTokenAsync(
                MonitorToken.TokenRequest.ForResource(resource, AzureEnvironment.AzureCloud),
                NullCaller.Instance,
                cancellationToken);
    }
}
