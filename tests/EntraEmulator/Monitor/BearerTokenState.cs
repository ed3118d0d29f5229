namespace MonitorToken.EntraEmulator;

/// <summary>What a data plane finds when it looks at the token of a request.</summary>
internal enum BearerTokenState
{
    Valid,
    Missing,
    Invalid,
    WrongAudience,
    NotInItsTime,
}
