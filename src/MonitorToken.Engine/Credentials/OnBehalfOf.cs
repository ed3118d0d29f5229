using Azure.Core;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a secret or a certificate, on behalf of the user whose token it was given.</summary>
internal sealed class OnBehalfOf : AzureIdentityCredential
{
    private readonly SigningCertificate? _certificate;

    public OnBehalfOf(CredentialOptions options)
        : base(options)
    {
        if (options.UseV1Endpoint)
            throw new TokenException(
                TokenError.InvalidOption,
                "On behalf of a user there is no v1 request.",
                "Leave -UseV1Endpoint or -UserAssertion out.");

        if (options.ClientSecret is null)
        {
            _certificate = SigningCertificate.From(options);
            CertificateExpiresOn = _certificate.ExpiresOn;
            if (_certificate.PemPath is not null)
                throw new TokenException(
                    TokenError.InvalidCertificate,
                    "On behalf of a user, Windows PowerShell cannot sign with a PEM file.",
                    "Use a PFX file or a certificate of the store, or PowerShell 7.");
        }
    }

    public override string Name => "OnBehalfOf";

    protected override string Fingerprint =>
        Digest.Of(Options.UserAssertion!) + (_certificate?.Fingerprint ?? Digest.Of(Options.ClientSecret!)) + Options.SendCertificateChain;

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        OnBehalfOfCredentialOptions identityOptions = wire.Configure(new OnBehalfOfCredentialOptions
        {
            DisableInstanceDiscovery = wire.DisableInstanceDiscovery,
            SendCertificateChain = Options.SendCertificateChain,
        });
        string assertion = Secret.PlainText(Options.UserAssertion!);
        return _certificate is not null
            ? new OnBehalfOfCredential(TenantId, ClientId, _certificate.Certificate, assertion, identityOptions)
            : new OnBehalfOfCredential(TenantId, ClientId, Secret.PlainText(Options.ClientSecret!), assertion, identityOptions);
    }
}
