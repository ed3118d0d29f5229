namespace MonitorToken.EntraEmulator;

/// <summary>A signed token and the times that the answers of all endpoints repeat.</summary>
internal sealed record IssuedToken(string Value, DateTimeOffset NotBefore, DateTimeOffset ExpiresOn, long ExpiresIn);
