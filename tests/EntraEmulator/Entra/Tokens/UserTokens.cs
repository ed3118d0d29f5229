namespace MonitorToken.EntraEmulator;

/// <summary>Tokens of a user without a sign-in, as programs get them that the user has already signed in to.</summary>
internal static class UserTokens
{
    public static IssuedToken Issue(
        EntraDirectory directory, User user, string audience, TimeSpan? lifetime, Fault? fault)
    {
        App app = directory.AppOf(user.Tenant, EntraDirectory.AzureCliClientId);
        var grant = new TokenGrant(
            user.Tenant, app.ClientId, user.ObjectId, audience, lifetime ?? app.UserTokenLifetime)
        {
            SignIn = new SignIn(user, app, audience),
            Scope = RequestedScope.ForResource(audience),
            Authentication = ClientAuthentication.None,
        };
        return TokenIssuer.Issue(grant, fault);
    }
}
