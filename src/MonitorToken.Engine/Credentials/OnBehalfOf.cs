using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a secret or a certificate, on behalf of the user whose token it was given.</summary>
internal sealed class OnBehalfOf : AzureIdentityCredential
{
    private readonly CertificateSource? _source;

    public OnBehalfOf(CredentialOptions options)
        : base(options)
    {
        if (options.UseV1Endpoint)
            throw new TokenException(
                TokenError.InvalidOption,
                "On behalf of a user there is no v1 request.",
                "Leave -UseV1Endpoint or -UserAssertion out.");

        Fingerprint = Digest.Of(options.UserAssertion!) + options.SendCertificateChain;
        if (options.ClientSecret is not null)
        {
            Fingerprint += Digest.Of(options.ClientSecret);
            return;
        }

        _source = CertificateSource.Of(options);
        if (_source.Current.PemPath is not null)
            throw SigningCertificate.Invalid(
                "On behalf of a user, Windows PowerShell cannot sign with a PEM file.",
                "Use a PFX file or a certificate of the store, or PowerShell 7.");
    }

    public override string Name => "OnBehalfOf";

    public override DateTimeOffset? CertificateExpiresOn => _source?.ExpiresOn;

    protected override string Fingerprint { get; }

    protected override Surroundings LookAround() =>
        _source is null ? Surroundings.None : Surroundings.None.With(_source.Current);

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        wire.ConnectAhead();
        OnBehalfOfCredentialOptions identityOptions = wire.Configure(new OnBehalfOfCredentialOptions
        {
            DisableInstanceDiscovery = true,
            SendCertificateChain = Options.SendCertificateChain,
        });
        string assertion = Secret.PlainText(Options.UserAssertion!);
        return seen.Certificate is { } certificate
            ? new OnBehalfOfCredential(TenantId, ClientId, certificate.Certificate, assertion, identityOptions)
            : new OnBehalfOfCredential(
                TenantId,
                ClientId,
                Secret.PlainText(Options.ClientSecret!),
                assertion,
                identityOptions);
    }
}
