namespace MonitorToken.EntraEmulator;

/// <summary>How to start an <see cref="Emulator"/>.</summary>
public sealed record EmulatorOptions
{
    /// <summary>The variable that names the file of a CA which the machine already trusts.</summary>
    public const string CertificateAuthorityVariable = "MONITORTOKEN_EMULATOR_CA";

    /// <summary>The port of the plain HTTP listener (admin API, managed identities); 0 for any.</summary>
    public int AdminPort { get; init; }

    /// <summary>
    /// Whether to answer at the address of Azure's metadata service too. It must be an alias of the loopback interface,
    /// as in a network namespace of the client's own.
    /// </summary>
    public bool HasMetadataAddress { get; init; }

    /// <summary>
    /// A PEM file with the certificate and key of the CA, as the verb ca writes it; null for a new CA. Windows and
    /// macOS need one, because they ignore SSL_CERT_FILE.
    /// </summary>
    public string? CertificateAuthorityFile { get; init; } =
        System.Environment.GetEnvironmentVariable(CertificateAuthorityVariable);

    /// <summary>Where Azure Arc's key files are written; null for the folder in which clients of this system look.</summary>
    public ArcKeyFolder? ArcKeyFolder { get; init; }
}

/// <summary>A folder for Azure Arc's key files that clients know by another path, as those under Wine do.</summary>
/// <param name="Path">The folder's path here.</param>
/// <param name="ClientPath">The same as clients write it, with a separator at its end.</param>
public sealed record ArcKeyFolder(string Path, string ClientPath);
