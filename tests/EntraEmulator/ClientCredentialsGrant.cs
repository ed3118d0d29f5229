namespace MonitorToken.EntraEmulator;

/// <summary>An app asks for itself, with a client secret.</summary>
internal static class ClientCredentialsGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        string clientId = request.Required("client_id");
        App? app = request.Directory.FindApp(clientId);
        if (app is null || app.Tenant != request.Tenant)
            throw new EntraException(EntraError.UnknownApp(clientId, request.Tenant));

        string secret = request.Optional("client_secret") ?? throw new EntraException(EntraError.MissingCredential());
        if (!app.Accepts(secret))
            throw new EntraException(EntraError.WrongSecret(clientId));

        return new(app.Tenant, app.ClientId, app.ObjectId, Audience: "", app.TokenLifetime) { Roles = app.Roles };
    }
}
