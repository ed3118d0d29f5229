using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Certificates;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;
using Identity = Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application with a secret or a certificate, on behalf of a user whose token was passed to it.</summary>
internal sealed class OnBehalfOfCredential : AzureIdentityCredential
{
    private readonly CertificateSource? _source;

    public OnBehalfOfCredential(CredentialOptions options)
        : base(options)
    {
        if (options.UseV1Endpoint)
            throw new TokenException(
                TokenError.InvalidOption,
                "The v1 endpoint doesn't support signing in on behalf of a user.",
                "Leave -UseV1Endpoint or -UserAssertion out.");

        Fingerprint = Digest.Of(options.UserAssertion!) + options.SendCertificateChain;
        if (options.ClientSecret is not null)
        {
            Fingerprint += Digest.Of(options.ClientSecret);
            return;
        }

        _source = CertificateSource.Of(options);
        Inputs = new InputReader([], certificate: _ => _source);
    }

    public override string Name => "OnBehalfOf";

    public override DateTimeOffset? CertificateExpiresOn => _source?.ExpiresOn;

    protected override string Fingerprint { get; }

    protected override InputReader Inputs { get; } = InputReader.None;

    internal override async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_source is not null)
            Check(await _source.GetCurrentAsync(cancellationToken).ConfigureAwait(false));
    }

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        transport.ConnectAhead();
        OnBehalfOfCredentialOptions identityOptions = transport.Configure(new OnBehalfOfCredentialOptions
        {
            DisableInstanceDiscovery = true,
            SendCertificateChain = Options.SendCertificateChain,
        });
        string assertion = Secret.PlainText(Options.UserAssertion!);
        if (inputs.Certificate is { } signing)
            Check(signing);
        return inputs.Certificate is { } certificate
            ? new Identity.OnBehalfOfCredential(TenantId, ClientId, certificate.Certificate, assertion, identityOptions)
            : new Identity.OnBehalfOfCredential(
                TenantId,
                ClientId,
                Secret.PlainText(Options.ClientSecret!),
                assertion,
                identityOptions);
    }

    /// <exception cref="TokenException">Azure.Identity does not read this certificate on behalf of a user.</exception>
    private static void Check(SigningCertificate certificate)
    {
        if (certificate.PemPath is not null)
            throw SigningCertificate.Invalid(
                "Windows PowerShell can't sign with a PEM file on behalf of a user.",
                "Use a PFX file or a certificate in the store, or PowerShell 7.");
    }
}
