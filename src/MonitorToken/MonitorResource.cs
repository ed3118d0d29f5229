namespace MonitorToken;

/// <summary>An Azure Monitor resource that tokens are issued for, in one cloud.</summary>
public sealed class MonitorResource
{
    internal MonitorResource(
        string name,
        string[] aliases,
        AzureEnvironment cloud,
        string? audience,
        string? endpoint,
        string[] hosts)
    {
        Name = name;
        Aliases = aliases;
        Cloud = cloud;
        Audience = audience;
        Endpoint = endpoint;
        Hosts = hosts;
    }

    /// <summary>The name to specify with <c>-Resource</c>.</summary>
    public string Name { get; }

    /// <summary>Other names that <c>-Resource</c> accepts.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>The name of the cloud.</summary>
    public string Environment => Cloud.Name;

    /// <summary>
    /// The audience of the token, exactly as it is sent to Entra; null if none is known for this cloud.
    /// </summary>
    public string? Audience { get; }

    /// <summary>The scope for the v2 endpoint: the audience and <c>/.default</c>.</summary>
    public string? Scope => Audience is null ? null : ScopeOf(Audience);

    /// <summary>The endpoint that is called with the token; braces mark placeholders.</summary>
    public string? Endpoint { get; }

    internal AzureEnvironment Cloud { get; }

    /// <summary>Host names of this resource; a leading <c>*.</c> stands for any subdomain.</summary>
    internal IReadOnlyList<string> Hosts { get; }

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;

    /// <summary>
    /// A trailing slash of the audience is significant: to Entra, <c>x/</c> and <c>x</c> are two audiences.
    /// </summary>
    internal static string ScopeOf(string audience) => audience + "/.default";
}
