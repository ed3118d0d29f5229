namespace MonitorToken.Engine.Rest;

/// <summary>A request to an Azure Monitor service, and what is to become of the response.</summary>
/// <param name="Uri">The URI, which determines the resource.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Body">The body; null if there is none.</param>
/// <param name="Headers">Headers of the caller's choice.</param>
/// <param name="MaxRetries">How often to retry.</param>
/// <param name="RetryInterval">The delay before a retry if the service sends none; null for back-off.</param>
/// <param name="Timeout">
/// How long to wait for a response, retries included, and then for each part of it.
/// </param>
/// <param name="FollowPages">Whether to request all pages and return their items.</param>
/// <param name="AsTable">Whether to return the rows of tables, typed by their columns.</param>
/// <remarks>
/// The commands use the constructor: they are compiled for .NET Standard, where an init accessor is another method than
/// in .NET.
/// </remarks>
internal sealed record RestRequest(
    Uri Uri,
    string Method,
    RestBody? Body,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    int MaxRetries,
    TimeSpan? RetryInterval,
    TimeSpan Timeout,
    bool FollowPages = false,
    bool AsTable = false)
{
    /// <summary>The resources whose services only read, whatever the method: a query is sent with POST, too.</summary>
    private static readonly string[] QueryServices =
        ["LogAnalytics", "ApplicationInsights", "MetricsBatch", "Prometheus"];

    /// <summary>The resource that the URI belongs to.</summary>
    public MonitorResource Resource { get; } = ResourceCatalog.ByEndpoint(Uri);

    /// <summary>Whether the request changes nothing, so that it may be sent again and needs no confirmation.</summary>
    public bool OnlyReads =>
        Method is "GET" or "HEAD" || QueryServices.Contains(Resource.Name) || IsResourceGraphQuery;

    /// <summary>Whether the service may receive the request twice with the same effect (RFC 9110, section 9.2.2).</summary>
    public bool IsIdempotent => OnlyReads || Method is "PUT" or "DELETE";

    /// <summary>Whether the request is a query of Azure Resource Graph, whose pages are requested by its body.</summary>
    public bool IsResourceGraphQuery =>
        Method == "POST" && Resource.Name == "ResourceManager"
        && Uri.AbsolutePath.TrimEnd('/').EndsWith(
            "/providers/Microsoft.ResourceGraph/resources", StringComparison.OrdinalIgnoreCase);
}
