namespace MonitorToken.EntraEmulator;

/// <summary>
/// That a user signed in to an app and let it act: what codes and refresh tokens stand for. The scope is as the app
/// asked for it.
/// </summary>
internal sealed record SignIn(User User, App App, string Scope)
{
    /// <summary>Comes back in the id token.</summary>
    public string? Nonce { get; init; }
}
