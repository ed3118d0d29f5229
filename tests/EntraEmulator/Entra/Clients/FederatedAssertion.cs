namespace MonitorToken.EntraEmulator;

/// <summary>The word of an issuer that an app has been told to trust.</summary>
internal static class FederatedAssertion
{
    public static void Check(Jwt assertion, App app, OidcIssuers issuers)
    {
        FindCredential(assertion, app);
        if (issuers.Find(assertion.Claim("iss")) is not { } issuer || !assertion.IsSignedBy(issuer.Key))
            throw new EntraException(Refusals.UnverifiedAssertion());
        ClientAuthentication.CheckTime(assertion);
    }

    // Entra names the part that does not match where only one does not. All are compared letter by letter.
    private static void FindCredential(Jwt assertion, App app)
    {
        var presented = new FederatedCredential(
            assertion.Claim("iss") ?? "", assertion.Claim("sub") ?? "", assertion.Claim("aud") ?? "");
        IReadOnlyCollection<FederatedCredential> trusted = app.FederatedCredentials;
        if (trusted.Contains(presented))
            return;

        throw new EntraException(trusted switch
        {
            { Count: 0 } => Refusals.NoFederatedCredentials(app.ClientId),
            _ when trusted.Any(one => one == presented with { Issuer = one.Issuer }) =>
                Refusals.UnknownAssertionIssuer(presented.Issuer),
            _ when trusted.Any(one => one == presented with { Audience = one.Audience }) =>
                Refusals.UnknownAssertionAudience(presented.Audience),
            _ when trusted.Any(one => one == presented with { Subject = one.Subject }) =>
                Refusals.UnknownAssertionSubject(presented.Subject),
            _ => Refusals.NoMatchingCredential(presented),
        });
    }
}
