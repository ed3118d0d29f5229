using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// An API brings the token that a user's app called it with, to call the next API in that user's name.
/// </summary>
internal static class OnBehalfOfGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        App app = request.FindApp();
        // No public client has an API.
        string authentication = ClientAuthentication.Check(request, app)
            ?? throw new EntraException(Refusals.MissingClientCredential());
        if (request.Required("requested_token_use") != "on_behalf_of")
            throw new EntraException(Refusals.Malformed());

        var assertion = Jwt.Parse(request.Required("assertion"));
        using (RSA key = SigningKey.Current.Certificate.GetRSAPublicKey()!)
        {
            if (!assertion.IsSignedBy(key))
                throw new EntraException(Refusals.WrongUserAssertionSignature());
        }

        string audience = assertion.Claim("aud") ?? "";
        if (audience != app.ClientId && audience != $"api://{app.ClientId}")
            throw new EntraException(Refusals.WrongUserAssertionAudience(audience, app.ClientId));
        if (assertion.Time("exp") is not { } expiresOn || expiresOn <= DateTimeOffset.UtcNow)
            throw new EntraException(Refusals.UserAssertionNotInItsTime());
        // An app's token has the same form, but there is nobody to act for.
        if (assertion.Claim("idtyp") != "user"
            || request.Directory.FindUser(assertion.Claim("oid") ?? "") is not { } user)
        {
            throw new EntraException(Refusals.NobodyToActFor(app.ClientId));
        }

        return request.GrantTo(new SignIn(user, app, request.Required("scope")), authentication);
    }
}
