namespace MonitorToken;

/// <summary>Where tokens are asked for: the login host of a cloud, or a private one.</summary>
internal sealed class Authority
{
    private static readonly Dictionary<AzureEnvironment, Uri> Hosts = new()
    {
        [AzureEnvironment.AzureCloud] = new("https://login.microsoftonline.com"),
        [AzureEnvironment.AzureUSGovernment] = new("https://login.microsoftonline.us"),
        [AzureEnvironment.AzureChinaCloud] = new("https://login.chinacloudapi.cn"),
    };

    private Authority(Uri host, AzureEnvironment? environment)
    {
        Host = host;
        Environment = environment;
    }

    public Uri Host { get; }

    /// <summary>The cloud that the host belongs to; null for a private one.</summary>
    public AzureEnvironment? Environment { get; }

    public static Authority For(AzureEnvironment environment) => new(Hosts[environment], environment);

    public static Authority For(Uri host)
    {
        if (!host.IsAbsoluteUri || host.Scheme != Uri.UriSchemeHttps)
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"The authority host '{host.OriginalString}' is not an absolute https address.",
                "Give the scheme and host alone, such as https://login.microsoftonline.com; "
                    + "the tenant goes into -TenantId.");

        foreach (KeyValuePair<AzureEnvironment, Uri> known in Hosts)
        {
            if (known.Value.Host == host.Host && known.Value.Port == host.Port)
                return new Authority(known.Value, known.Key);
        }

        return new Authority(host, null);
    }

    /// <summary>
    /// What Azure.Identity's own variable AZURE_AUTHORITY_HOST asks for; the public cloud without it.
    /// </summary>
    public static Authority FromProcess()
    {
        string? host = System.Environment.GetEnvironmentVariable("AZURE_AUTHORITY_HOST");
        if (string.IsNullOrWhiteSpace(host))
            return For(AzureEnvironment.AzureCloud);

        return Uri.TryCreate(host, UriKind.Absolute, out Uri? uri)
            ? For(uri)
            : throw new TokenException(
                TokenError.InvalidAuthority,
                $"The environment variable AZURE_AUTHORITY_HOST holds '{host}', "
                    + "which is not an absolute https address.",
                "Set it to an address such as https://login.microsoftonline.com, or remove it.");
    }
}
