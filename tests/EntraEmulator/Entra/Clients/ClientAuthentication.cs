namespace MonitorToken.EntraEmulator;

/// <summary>
/// How an app proves to be itself, whatever it then asks for. The answer goes into its tokens as appidacr.
/// </summary>
internal static class ClientAuthentication
{
    /// <summary>Nothing was proved: a public client has nothing to prove it with.</summary>
    public const string None = "0";

    public const string Secret = "1";

    /// <summary>A certificate, or another issuer's word.</summary>
    public const string Assertion = "2";

    private const string JwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>Checks what the app brought; null if it brought nothing.</summary>
    public static string? Check(TokenRequest request, App app)
    {
        if (request.Optional("client_assertion") is { } assertion)
        {
            if (request.Required("client_assertion_type") != JwtBearer)
                throw new EntraException(Refusals.Malformed());

            var jwt = Jwt.Parse(assertion);
            // An app names itself by its id, any other issuer is a URL.
            if (Uri.TryCreate(jwt.Claim("iss"), UriKind.Absolute, out _))
                FederatedAssertion.Check(jwt, app, request.Emulator);
            else
                CertificateAssertion.Check(jwt, app, request);
            // It may be presented again until it expires (azure-cli #28708, azure/login #180): az keeps a federated
            // token, a cluster leaves the same one in a pod's file, and libraries keep what they have signed.
            return Assertion;
        }

        if (request.Optional("client_secret") is not { } secret)
            return null;
        return app.Accepts(secret) ? Secret : throw new EntraException(Refusals.WrongSecret(app.ClientId));
    }

    /// <summary>Fails unless now is within the token's time.</summary>
    public static void CheckTime(Jwt assertion)
    {
        // The sender's clock may be ahead, as Entra allows.
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DateTimeOffset? notBefore = assertion.Time("nbf");
        if (assertion.Time("exp") is not { } expiresOn || expiresOn <= now || notBefore > now.AddMinutes(5))
            throw new EntraException(Refusals.AssertionNotInItsTime(now, notBefore, assertion.Time("exp")));
    }
}
