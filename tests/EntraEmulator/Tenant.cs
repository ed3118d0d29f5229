namespace MonitorToken.EntraEmulator;

/// <summary>A directory of an organisation. The authorities of all clouds know it.</summary>
public sealed record Tenant(Guid Id, string Domain);
