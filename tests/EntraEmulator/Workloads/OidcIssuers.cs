namespace MonitorToken.EntraEmulator;

/// <summary>The platforms whose word apps can be told to take.</summary>
public sealed class OidcIssuers
{
    internal OidcIssuers()
    {
    }

    public OidcIssuer GitHub { get; } = new(
        "https://token.actions.githubusercontent.com", "repo:contoso/monitor:ref:refs/heads/main");

    /// <summary>Azure DevOps: each organisation is an issuer of its own.</summary>
    public OidcIssuer AzurePipelines { get; } = new(
        $"https://vstoken.dev.azure.com/{Guid.NewGuid()}", "sc://contoso/monitor/azure");

    /// <summary>A cluster of AKS.</summary>
    public OidcIssuer Kubernetes { get; } = new(
        $"https://westeurope.oic.prod-aks.azure.com/{Guid.NewGuid()}/{Guid.NewGuid()}/",
        "system:serviceaccount:default:monitor");

    internal OidcIssuer[] All => [GitHub, AzurePipelines, Kubernetes];

    internal OidcIssuer? Find(string? url) => All.FirstOrDefault(issuer => issuer.Url == url);
}
