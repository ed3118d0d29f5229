namespace MonitorToken.EntraEmulator;

/// <summary>The clouds of Azure: each has its own authority, endpoints and audiences.</summary>
public enum Cloud
{
    Public,
    UsGovernment,
    China,

    /// <summary>Microsoft's other clouds, which clients know in part: Bleu, Delos, GovSG, USNat and USSec.</summary>
    Sovereign,

    /// <summary>One that no client has heard of, and that its Resource Manager describes.</summary>
    Fabrikam,
}
