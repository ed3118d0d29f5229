namespace MonitorToken.EntraEmulator;

/// <summary>Which of the emulator's doors a request came to.</summary>
public enum Listener
{
    /// <summary>The authority, the data planes and the node of Service Fabric.</summary>
    Https,

    /// <summary>The endpoints of managed identities.</summary>
    Http,

    /// <summary>
    /// The proxy itself: these it refused, because their host is none of the emulator's or a fault told it to.
    /// </summary>
    Proxy,

    /// <summary>The host that never answers.</summary>
    Silent,
}
