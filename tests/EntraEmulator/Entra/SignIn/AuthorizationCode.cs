namespace MonitorToken.EntraEmulator;

/// <summary>An authorization code's sign-in, and what else the one who redeems it must know.</summary>
internal sealed record AuthorizationCode(SignIn SignIn, string RedirectUri, string? Challenge)
{
    public DateTimeOffset ExpiresOn { get; } = DateTimeOffset.UtcNow.AddMinutes(10);
}
