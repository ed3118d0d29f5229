using MonitorToken.EntraEmulator;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string InChain = "The default chain";

    /// <summary>What a proxy's page may come with.</summary>
    private static readonly int[] PageStatuses = [400, 404, 429, 500, 503];

    /// <summary>What the metadata service answers while it is being updated.</summary>
    private static readonly int[] UpdateStatuses = [404, 410];

    private static IEnumerable<FaultRow> Chains()
    {
        const string Silent = "silent";
        return
        [
            Chain("no credential is set up", CredentialUnavailable, Silent, tools: "exit 1"),
            Chain(
                "no credential is set up, and the tools print garbage",
                CredentialUnavailable,
                Silent,
                tools: "echo garbage"),
            Chain("no metadata service responds, and az is logged in", null, Silent, tools: "GOOD"),
            Chain("the metadata service's address is refused, and az is logged in", null, Nowhere, tools: "GOOD"),
            .. PageStatuses.Select(status => Chain(
                $"a web page (HTTP {status}) replaces the metadata service, and az is logged in",
                null,
                $"page {status}",
                tools: "GOOD")),
            Chain(
                "the metadata service is busy (429), and az is logged in",
                Throttled,
                "429",
                tools: "GOOD"),
            Chain("the metadata service fails (500), and az is logged in", AuthorityUnreachable, "500", tools: "GOOD"),
            .. UpdateStatuses.Select(status => Chain(
                $"the metadata service is being updated ({status}), and az is logged in",
                AuthorityUnreachable,
                $"{status}",
                tools: "GOOD")),
            Chain(
                "a proxy returns a web page instead of the managed identity's token",
                InvalidResponse,
                "page",
                tools: "GOOD"),
            Chain(
                "no metadata service responds, and all tools hang",
                TokenError.Timeout,
                Silent,
                tools: "/bin/sleep 600") with
            {
                Timeout = TimeSpan.FromSeconds(5),
            },
            Environment(
                "the variables name an application, and its secret is wrong",
                AuthenticationFailed,
                world => world.App.RemoveSecrets()),
            Environment(
                "the variables name an application, and Entra fails (500)",
                AuthorityUnreachable,
                world => world.Spoil(new Fault { Status = 500 })),
            Environment(
                "the variables name an application, and Entra returns a web page",
                InvalidResponse,
                world => world.Spoil(Bodies.Of(Bodies.Page))),
            Environment(
                "the variables name an application, and Entra asks to wait an hour",
                Throttled,
                world => world.Spoil(Later(429, "3600"))) with
            {
                IsHeeded = true,
            },
        ];
    }

    /// <summary>With the metadata service at an address, or failing in a way, and all tools doing the same.</summary>
    private static FaultRow Chain(string fault, TokenError? error, string metadata, string tools)
    {
        bool isAddress = metadata is "silent" or Nowhere;
        return new FaultRow
        {
            Chapter = InChain,
            Way = "Default",
            Fault = fault,
            Error = error,
            Shares = [.. StandIns.Names],
            Skip = _ => OperatingSystem.IsWindows() ? "The stand-ins are shell scripts." : null,
            Setting = new Setting(emulator =>
            [
                ("AZURE_POD_IDENTITY_AUTHORITY_HOST",
                    metadata == "silent" ? emulator.Environment["EMULATOR_SILENT"]
                    : isAddress ? metadata
                    : emulator.Environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"]),
            ]),
            Options = world =>
            {
                Engine.ManagedIdentity.ImdsProbe.Clear();
                // As on a laptop, which is no machine of Azure's; nobody else looks for the service meanwhile.
                Engine.ManagedIdentity.AzureVmDetector.Override = !isAddress;
                world.Match = new FaultMatch { Path = "/metadata" };
                return new CredentialOptions { Name = "Default", Authority = world.Authority };
            },
            Break = world =>
            {
                foreach (string tool in StandIns.Names)
                {
                    Spoil(world, tool, tools);
                    world.OnMend(() => StandIns.Say(world.Tools, tool, Good(world, tool)));
                }

                if (metadata == "page")
                    world.Spoil(
                        Bodies.Of(Bodies.Page, contentType: "text/html") with
                        {
                            Match = new FaultMatch { Resource = world.Resource },
                        });
                else if (!isAddress)
                    world.Spoil(Answering(metadata));
            },
        };
    }

    /// <summary>A status, or a page with a status.</summary>
    private static Fault Answering(string metadata)
    {
        string[] words = metadata.Split(' ');
        int status = int.Parse(words[^1], System.Globalization.CultureInfo.InvariantCulture);
        return words.Length > 1 ? Bodies.Of(Bodies.Page, status, "text/html") : new Fault { Status = status };
    }

    /// <summary>With an application in the variables.</summary>
    private static FaultRow Environment(string fault, TokenError error, Action<World> spoil) => new()
    {
        Chapter = InChain,
        Way = "Default",
        Fault = fault,
        Error = error,
        Setting = new Setting(
            _ => [("AZURE_TENANT_ID", null), ("AZURE_CLIENT_ID", null), ("AZURE_CLIENT_SECRET", null)]),
        Options = world =>
        {
            string secret = world.App.Secret;
            System.Environment.SetEnvironmentVariable("AZURE_TENANT_ID", world.Tenant.Id.ToString());
            System.Environment.SetEnvironmentVariable("AZURE_CLIENT_ID", world.App.ClientId);
            System.Environment.SetEnvironmentVariable("AZURE_CLIENT_SECRET", secret);
            world.OnMend(() => world.App.AddSecret(secret));
            return new CredentialOptions { Name = "Default", Authority = world.Authority };
        },
        Break = spoil,
    };
}
