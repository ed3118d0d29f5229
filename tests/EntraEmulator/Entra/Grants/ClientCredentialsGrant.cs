namespace MonitorToken.EntraEmulator;

/// <summary>An app asks for itself, with a secret, a certificate or another issuer's word.</summary>
internal static class ClientCredentialsGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        Tenant tenant = request.Tenant;
        App app = request.FindApp();
        string authentication = ClientAuthentication.Check(request, app)
            ?? throw new EntraException(Refusals.MissingCredential());
        return new(tenant, app.ClientId, app.ObjectIdIn(tenant) ?? app.ObjectId, Audience: "", app.TokenLifetime)
        {
            Roles = app.Roles,
            Authentication = authentication,
            RefreshIn = app.RefreshIn,
            IdentityResourceId = app.IdentityResourceId,
        };
    }
}
