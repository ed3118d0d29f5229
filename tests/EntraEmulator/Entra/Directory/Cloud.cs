namespace MonitorToken.EntraEmulator;

/// <summary>The clouds of Azure: each has its own authority, endpoints and audiences.</summary>
public enum Cloud
{
    Public,
    UsGovernment,
    China,
}
