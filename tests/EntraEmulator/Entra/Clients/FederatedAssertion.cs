using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.EntraEmulator;

/// <summary>The word of an issuer that an app has been told to trust.</summary>
internal static class FederatedAssertion
{
    public static void Check(Jwt assertion, App app, Emulator emulator)
    {
        FindCredential(assertion, app, emulator.Directory);
        if (IsOfEntra(assertion))
            MustBeManagedIdentity(assertion, app);
        RSA? key = IsOfEntra(assertion)
            ? SigningKey.Current.Certificate.GetRSAPublicKey()
            : emulator.Issuers.Find(assertion.Claim("iss"))?.Key;
        if (key is null || !assertion.IsSignedBy(key))
            throw new EntraException(Refusals.UnverifiedAssertion());
        ClientAuthentication.CheckTime(assertion);
    }

    // Whether it says that Entra has issued it.
    private static bool IsOfEntra(Jwt assertion) =>
        assertion.Claim("tid") is { } tenant && assertion.Claim("iss") == TokenIssuer.V2Issuer(tenant);

    private static void MustBeManagedIdentity(Jwt assertion, App app)
    {
        if (assertion.Claim("idtyp") == "user")
            throw new EntraException(Refusals.UserTokenAsAssertion());
        if (assertion.Claim("xms_mirid") is null)
            throw new EntraException(Refusals.AppTokenAsAssertion());
        if (assertion.Claim("tid") != $"{app.Tenant.Id}")
            throw new EntraException(Refusals.ForeignIdentityAsAssertion(assertion.Claim("iss")!));
    }

    // Entra names the part that does not match where only one does not. All are compared letter by letter.
    private static void FindCredential(Jwt assertion, App app, EntraDirectory directory)
    {
        string audience = assertion.Claim("aud") ?? "";
        // Its own tokens have the id of the exchange, which credentials call by its URI.
        audience = directory.Resources.FirstOrDefault(one => $"{one.AppId}" == audience)?.Audience ?? audience;
        var presented = new FederatedCredential(
            assertion.Claim("iss") ?? "", assertion.Claim("sub") ?? "", audience);
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
            _ when trusted.Any(one => one == presented with { Subject = one.Subject }
                && one.Subject.Equals(presented.Subject, StringComparison.OrdinalIgnoreCase)) =>
                Refusals.AssertionSubjectInOtherCase(presented.Subject),
            _ when trusted.Any(one => one == presented with { Subject = one.Subject }) =>
                Refusals.UnknownAssertionSubject(presented.Subject),
            _ => Refusals.NoMatchingCredential(presented),
        });
    }
}
