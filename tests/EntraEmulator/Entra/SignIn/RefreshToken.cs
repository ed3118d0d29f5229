namespace MonitorToken.EntraEmulator;

/// <summary>A refresh token's sign-in.</summary>
internal sealed record RefreshToken(SignIn SignIn)
{
    public DateTimeOffset IssuedOn { get; } = DateTimeOffset.UtcNow;
}
