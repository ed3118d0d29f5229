namespace MonitorToken.EntraEmulator;

/// <summary>The file in which Kubernetes keeps the token of a pod, and renews it before it expires.</summary>
public sealed class ServiceAccountToken
{
    private readonly OidcIssuer _cluster;

    internal ServiceAccountToken(OidcIssuer cluster, string path)
    {
        _cluster = cluster;
        Path = path;
    }

    /// <summary>What AZURE_FEDERATED_TOKEN_FILE names in a pod.</summary>
    public string Path { get; }

    /// <summary>Puts a fresh token into the file, at once for whoever reads it, and returns it.</summary>
    public string Renew()
    {
        string token = _cluster.Issue();
        string aside = $"{Path}.{Guid.NewGuid():N}";
        File.WriteAllText(aside, token);
        File.Move(aside, Path, overwrite: true);
        return token;
    }
}
