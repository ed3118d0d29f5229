using Azure.Core;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application that trusts another identity, usually a managed identity, whose token is used instead of a secret.
/// </summary>
internal sealed class FederatedCredential : AzureIdentityCredential
{
    private readonly Credential _trusted;
    private readonly TokenRequest _assertion;

    /// <exception cref="TokenException">The other credential signs in a user.</exception>
    public FederatedCredential(CredentialOptions options)
        : base(options)
    {
        _trusted = options.FederatedCredential!;
        if (_trusted.IsForPeople)
            throw new TokenException(
                TokenError.InvalidCredential,
                $"{_trusted.Name} can't be an application's federated credential: it signs in a user, or may "
                    + "do so, and Entra accepts only tokens of workloads.",
                "Specify a managed or workload identity from Get-MonitorTokenCredential with -FederatedCredential. "
                    + "For the default chain, use -Include WorkloadIdentity, ManagedIdentity.");

        // Never from the cache: a cached assertion may have been revoked, or be about to expire.
        _assertion = TokenRequest.ForScopes([TokenExchange.Audience(options.Authority.Environment) + "/.default"]) with
        {
            ForceRefresh = true,
            AnyWillDo = true,
        };
        Fingerprint = Digest.Of(_trusted.Identity);
    }

    public override string Name => "FederatedToken";

    internal override bool InvolvesCaller => _trusted.InvolvesCaller;

    internal override TimeSpan? ParallelStartDelay => _trusted.ParallelStartDelay;

    protected override string Fingerprint { get; }

    protected override CredentialInputs? TryReadInputs() =>
        _trusted.TryGetKey() is { } key ? CredentialInputs.None.With(key) : null;

    protected override async Task<CredentialInputs> ReadInputsAsync(CancellationToken cancellationToken)
    {
        try
        {
            return CredentialInputs.None.With(await _trusted.GetKeyAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (TokenException exception)
        {
            throw WithoutAssertion(exception);
        }
    }

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters) =>
        WithAssertion(
            TenantId,
            ClientId,
            cancellationToken => AssertionAsync(request, waiters, cancellationToken),
            transport);

    /// <summary>The other credential reads its inputs later, so they are compared afterwards.</summary>
    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        AccessToken token = await base.AcquireAsync(request, inputs, waiters, cancellationToken).ConfigureAwait(false);
        CredentialInputs now = TryReadInputs() ?? await ReadInputsAsync(cancellationToken).ConfigureAwait(false);
        return now.Digest == inputs.Digest ? token : throw new InputsChangedException();
    }

    private static TimeSpan Left(Waiters waiters)
    {
        TimeSpan left = waiters.RemainingTime;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private async Task<string> AssertionAsync(
        TokenRequest request, Waiters waiters, CancellationToken cancellationToken)
    {
        try
        {
            AccessToken token = await _trusted
                .GetTokenAsync(
                    _assertion with
                    {
                        HasAlternatives = request.HasAlternatives,
                        Timeout = request.Timeout is null ? null : Left(waiters),
                        CallerTimeout = request.CallerTimeout,
                    },
                    waiters,
                    cancellationToken).ConfigureAwait(false);
            return token.GetPlainText();
        }
        catch (TokenException exception)
        {
            throw WithoutAssertion(exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The caller whose session it ran in has left; another caller may still wait.
            throw new CallerGoneException();
        }
    }

    /// <summary>Adds which of the two credentials failed; the error id is that of the other credential.</summary>
    private TokenException WithoutAssertion(TokenException exception) =>
        exception.With(
            $"{Name} didn't get an assertion from {_trusted.Name}: {exception.Message}", exception.RetryAfter);
}
