namespace MonitorToken.EntraEmulator;

/// <summary>A directory of an organisation. The authorities of all clouds know it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Domain">Its first domain.</param>
/// <param name="DisplayName">What people call it; errors name a tenant by this.</param>
public sealed record Tenant(Guid Id, string Domain, string DisplayName);
