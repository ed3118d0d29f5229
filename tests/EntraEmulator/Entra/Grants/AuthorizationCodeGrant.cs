using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>An app brings the code that the user's browser was sent back with.</summary>
internal static class AuthorizationCodeGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        App app = request.FindApp();
        string authentication = request.AuthenticateForUser(app);
        string redirectUri = request.Required("redirect_uri");
        AuthorizationCode code = request.Emulator.SignIns.TakeCode(request.Required("code"));

        if (code.SignIn.App != app)
            throw new EntraException(Refusals.CodeOfAnotherApp());
        if (code.RedirectUri != redirectUri)
            throw new EntraException(Refusals.OtherRedirectUri(redirectUri, code.RedirectUri));
        if (code.Challenge is not null && code.Challenge != Challenge(request.Optional("code_verifier") ?? ""))
            throw new EntraException(Refusals.WrongCodeVerifier());
        return request.GrantTo(code.SignIn, authentication);
    }

    private static string Challenge(string verifier) =>
        Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
}
