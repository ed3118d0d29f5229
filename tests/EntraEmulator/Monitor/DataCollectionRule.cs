namespace MonitorToken.EntraEmulator;

/// <summary>A data collection rule: what logs are sent to.</summary>
/// <param name="Id">Its id in Resource Manager.</param>
/// <param name="ImmutableId">Its id in the addresses that logs are sent to.</param>
public sealed record DataCollectionRule(string Id, string ImmutableId);
