namespace MonitorToken.EntraEmulator;

/// <summary>
/// An app goes on acting for a user, for the same resource or another. Each answer brings a new refresh token; the old
/// one stays good, as in Entra.
/// </summary>
internal static class RefreshTokenGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        App app = request.FindApp();
        string authentication = request.AuthenticateForUser(app);
        RefreshToken token = request.Emulator.SignIns.FindRefreshToken(request.Required("refresh_token"));
        if (token.SignIn.App != app)
            throw new EntraException(Refusals.InvalidRefreshToken());
        TimeSpan age = DateTimeOffset.UtcNow - token.IssuedOn;
        return request.GrantTo(token.SignIn, authentication) with { RefreshTokenAge = age };
    }
}
