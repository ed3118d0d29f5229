using System.Collections.Concurrent;

namespace MonitorToken;

/// <summary>
/// An Azure cloud: one that the module knows, named as in Az.Accounts, or one that its Resource Manager has described.
/// </summary>
/// <remarks>
/// Login hosts are from MSAL's KnownMetadataProvider and RegionAndMtlsDiscoveryProvider, and from Entra's instance
/// discovery response; the audiences of token exchange from MSAL's KnownMetadataProvider and azure-sdk-for-js. Comments
/// name other sources.
/// </remarks>
public sealed class AzureEnvironment
{
    private static readonly ConcurrentDictionary<string, AzureEnvironment> ByResourceManager =
        new(StringComparer.OrdinalIgnoreCase);

    /// <param name="name">The name.</param>
    /// <param name="loginHosts">The authority host, followed by its aliases.</param>
    private AzureEnvironment(string name, params string[] loginHosts)
    {
        Name = name;
        LoginHosts = loginHosts;
        RegionalLoginHost = loginHosts[0];
        Authority = new Authority(this);
    }

    /// <summary>The public cloud; tokens come from <c>https://login.microsoftonline.com</c>.</summary>
    public static AzureEnvironment AzureCloud { get; } = new(
        "AzureCloud",
        "login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net")
    {
        RegionalLoginHost = "login.microsoft.com",
        TokenExchangeAudience = "api://AzureADTokenExchange",
        ResourceManagerHost = "management.azure.com",
    };

    /// <summary>Azure for the US government; tokens come from <c>https://login.microsoftonline.us</c>.</summary>
    public static AzureEnvironment AzureUSGovernment { get; } = new(
        "AzureUSGovernment", "login.microsoftonline.us", "login.usgovcloudapi.net")
    {
        TokenExchangeAudience = "api://AzureADTokenExchangeUSGov",
        ResourceManagerHost = "management.usgovcloudapi.net",
    };

    /// <summary>Azure operated by 21Vianet in China; tokens come from <c>https://login.chinacloudapi.cn</c>.</summary>
    public static AzureEnvironment AzureChinaCloud { get; } = new(
        "AzureChinaCloud", "login.chinacloudapi.cn", "login.partner.microsoftonline.cn")
    {
        RegionalLoginHost = "login.partner.microsoftonline.cn",
        TokenExchangeAudience = "api://AzureADTokenExchangeChina",
        ResourceManagerHost = "management.chinacloudapi.cn",
    };

    /// <summary>
    /// Bleu, in France. Name and Resource Manager: AzureAuthorityHosts of Azure.Identity.
    /// </summary>
    internal static AzureEnvironment AzureBleuCloud { get; } = new("AzureBleuCloud", "login.sovcloud-identity.fr")
    {
        TokenExchangeAudience = "api://AzureADTokenExchangeFrance",
        ResourceManagerHost = "management.sovcloud-api.fr",
    };

    /// <summary>Delos, in Germany. Name and Resource Manager: the built-in clouds of Bicep.</summary>
    internal static AzureEnvironment AzureGermanyCloud { get; } = new("AzureGermanyCloud", "login.sovcloud-identity.de")
    {
        TokenExchangeAudience = "api://AzureADTokenExchangeGermany",
        ResourceManagerHost = "management.sovcloud-api.de",
    };

    /// <summary>The government's cloud in Singapore. Name: Microsoft.Graph.Authentication.</summary>
    internal static AzureEnvironment GovSGCloud { get; } = new("GovSGCloud", "login.sovcloud-identity.sg")
    {
        TokenExchangeAudience = "api://AzureADTokenExchangeGovSG",
    };

    /// <summary>
    /// USNat. Login host, Resource Manager and token exchange: azureml-core, and Microsoft's template of Open OnDemand.
    /// </summary>
    internal static AzureEnvironment USNat { get; } = new("USNat", "login.microsoftonline.eaglex.ic.gov")
    {
        TokenExchangeAudience = "api://AzureADTokenExchangeUSNat",
        ResourceManagerHost = "management.azure.eaglex.ic.gov",
    };

    /// <summary>USSec. From the same sources as USNat.</summary>
    internal static AzureEnvironment USSec { get; } = new("USSec", "login.microsoftonline.microsoft.scloud")
    {
        TokenExchangeAudience = "api://AzureADTokenExchangeUSSec",
        ResourceManagerHost = "management.azure.microsoft.scloud",
    };

    /// <summary>The clouds that the module knows, those first of which it knows the most.</summary>
    internal static IReadOnlyList<AzureEnvironment> Known { get; } =
        [AzureCloud, AzureUSGovernment, AzureChinaCloud, AzureBleuCloud, AzureGermanyCloud, GovSGCloud, USNat, USSec];

    /// <summary>The clouds that have described themselves in this process.</summary>
    internal static IEnumerable<AzureEnvironment> Described => ByResourceManager.Values;

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The authority host, followed by its aliases.</summary>
    internal IReadOnlyList<string> LoginHosts { get; }

    /// <summary>The suffix of a regional authority host, which follows the region and a dot.</summary>
    internal string RegionalLoginHost { get; private init; }

    /// <summary>The audience of an assertion that an application trusts; null if it is not known.</summary>
    internal string? TokenExchangeAudience { get; private init; }

    /// <summary>The host of the Resource Manager; null if it is not known.</summary>
    internal string? ResourceManagerHost { get; private init; }

    /// <summary>The resources that the cloud itself has described; null for a cloud that the module knows.</summary>
    internal IReadOnlyList<MonitorResource>? Resources { get; private set; }

    internal Authority Authority { get; }

    /// <summary>The cloud with a name: a known one, or one that has described itself in this process.</summary>
    /// <exception cref="FormatException">There is no such cloud.</exception>
    public static AzureEnvironment Parse(string name) =>
        Known.Concat(Described).FirstOrDefault(cloud => cloud.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException(
            $"There's no cloud named '{name}'. Specify one of {string.Join(", ", Known.Select(cloud => cloud.Name))}, "
                + "or use -ResourceManager to read another cloud's settings.");

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;

    /// <summary>The known cloud whose Resource Manager has this URI; null if there is none.</summary>
    internal static AzureEnvironment? OfResourceManager(Uri address) =>
        address.IsDefaultPort
            ? Known.FirstOrDefault(cloud => string.Equals(
                cloud.ResourceManagerHost, address.Host, StringComparison.OrdinalIgnoreCase))
            : null;

    /// <summary>The cloud that this Resource Manager has described in this process; null if it has not.</summary>
    internal static AzureEnvironment? DescribedBy(Uri resourceManager) =>
        ByResourceManager.TryGetValue(resourceManager.Authority, out AzureEnvironment? described) ? described : null;

    /// <summary>Keeps a description for the lifetime of the process; the first one, if there are several.</summary>
    /// <param name="resourceManager">The Resource Manager that returned it.</param>
    /// <param name="name">The cloud's own name for itself; null if that isn't unique.</param>
    /// <param name="login">The authority.</param>
    /// <param name="resourcesOf">Gives the resources of the new cloud.</param>
    internal static AzureEnvironment Describe(
        Uri resourceManager,
        string? name,
        Authority login,
        Func<AzureEnvironment, IReadOnlyList<MonitorResource>> resourcesOf)
    {
        AzureEnvironment? owner = login.Environment;
        string[] hosts = [login.Host.Authority, .. owner?.LoginHosts.Where(host => host != login.Host.Host) ?? []];
        bool isTaken = Known.Concat(Described)
            .Any(cloud => string.Equals(cloud.Name, name, StringComparison.OrdinalIgnoreCase));
        var cloud = new AzureEnvironment(isTaken ? resourceManager.Authority : name ?? resourceManager.Authority, hosts)
        {
            RegionalLoginHost = owner?.RegionalLoginHost ?? hosts[0],
            TokenExchangeAudience = owner?.TokenExchangeAudience,
            ResourceManagerHost = resourceManager.Host,
        };
        cloud.Resources = resourcesOf(cloud);
        return ByResourceManager.GetOrAdd(resourceManager.Authority, cloud);
    }
}
