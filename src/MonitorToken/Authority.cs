namespace MonitorToken;

/// <summary>Where tokens are asked for: the login host of a cloud, or a private one.</summary>
internal sealed class Authority
{
    /// <summary>In the order of <see cref="AzureEnvironment"/>.</summary>
    private static readonly Authority[] Known =
    [
        new(new Uri("https://login.microsoftonline.com"), AzureEnvironment.AzureCloud),
        new(new Uri("https://login.microsoftonline.us"), AzureEnvironment.AzureUSGovernment),
        new(new Uri("https://login.chinacloudapi.cn"), AzureEnvironment.AzureChinaCloud),
    ];

    private Authority(Uri host, AzureEnvironment? environment)
    {
        Host = host;
        Environment = environment;
    }

    public Uri Host { get; }

    /// <summary>The cloud that the host belongs to; null for a private one.</summary>
    public AzureEnvironment? Environment { get; }

    public static Authority For(AzureEnvironment environment) => Known[(int)environment];

    public static Authority For(Uri host)
    {
        if (!host.IsAbsoluteUri || host.Scheme != Uri.UriSchemeHttps)
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"The authority host '{host.OriginalString}' is not an absolute https address.",
                "Give the scheme and host alone, such as https://login.microsoftonline.com; "
                    + "the tenant goes into -TenantId.");

        return Array.Find(Known, known => known.Host.Host == host.Host && known.Host.Port == host.Port)
            ?? new Authority(host, null);
    }

    /// <summary>To the letter.</summary>
    public override bool Equals(object? obj) =>
        obj is Authority other && other.Host.OriginalString == Host.OriginalString;

    public override int GetHashCode() => Host.OriginalString.GetHashCode();

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
