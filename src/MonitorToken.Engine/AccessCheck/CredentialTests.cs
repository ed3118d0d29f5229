using System.Diagnostics;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>Tests credentials in parallel, for Test-MonitorTokenCredential.</summary>
internal static class CredentialTests
{
    /// <summary>
    /// Tests a credential, or each member of a chain, and optionally calls an endpoint with each token. The timeout
    /// applies to the whole test.
    /// </summary>
    /// <returns>One result per credential, in the order of the chain.</returns>
    /// <exception cref="TokenException">
    /// The URI must not receive a token, or the credential can't be opened in time.
    /// </exception>
    public static async Task<IReadOnlyList<CredentialTest>> RunAsync(
        Credential credential,
        TokenRequest request,
        Uri? endpoint,
        ICallerContext caller,
        CancellationToken cancellationToken)
    {
        request = await OpenAsync(credential, request, cancellationToken).ConfigureAwait(false);
        AccessTest? access = endpoint is null ? null : new AccessTest(endpoint, caller);
        IReadOnlyList<ChainMember> members = credential is ChainedCredential chain
            ? chain.Members
            : [new ChainMember(credential)];
        // Use the timeouts that a chain uses, which continues with its next member.
        request = request with { HasAlternatives = members.Count > 1 };
        CredentialTest[] tests = await Task.WhenAll(
            [.. members.Select(member => TryAsync(member, request, access, caller, cancellationToken))])
            .ConfigureAwait(false);
        if (credential is not DefaultCredential)
            return tests;

        // Return all members of the default chain, so that the user sees why one was not tested.
        return
        [
            .. DefaultCredential.MemberNames.Select(name => tests.FirstOrDefault(test => test.CredentialName == name)
                ?? new CredentialTest
                    {
                        CredentialName = name,
                        Resource = request.Resource,
                        Status = CredentialTestStatus.NotTried,
                        Reason = "It was excluded by -Include, -Exclude or the environment variable "
                            + "AZURE_TOKEN_CREDENTIALS.",
                    }),
        ];
    }

    /// <summary>Opens the credential's certificate, if it has one.</summary>
    private static async Task<TokenRequest> OpenAsync(
        Credential credential, TokenRequest request, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Timeout is { } timeout)
            deadline.CancelAfter(timeout);
        try
        {
            await credential.OpenAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw TokenErrors.TimedOut(credential.Name, request.Timeout, request.CallerTimeout);
        }

        TimeSpan? left = request.Timeout - clock.Elapsed;
        return left <= TimeSpan.Zero
            ? throw TokenErrors.TimedOut(credential.Name, request.Timeout, request.CallerTimeout)
            : request with { Timeout = left, CallerTimeout = request.CallerTimeout };
    }

    private static async Task<CredentialTest> TryAsync(
        ChainMember member,
        TokenRequest request,
        AccessTest? access,
        ICallerContext caller,
        CancellationToken cancellationToken)
    {
        TimeSpan? timeout = member.Deadline < request.Timeout ? member.Deadline : request.Timeout;
        var clock = Stopwatch.StartNew();
        try
        {
            AccessToken token = await member.Credential
                .GetTokenAsync(
                    request with
                    {
                        ForceRefresh = true,
                        AnyWillDo = true,
                        Timeout = timeout,
                        CallerTimeout = request.CallerTimeout,
                    },
                    caller,
                    cancellationToken).ConfigureAwait(false);
            AccessOutcome outcome = access is null
                ? new AccessOutcome(CredentialTestStatus.Succeeded)
                : await access
                    .CallAsync(token, GetTokenAsync, request.Timeout - clock.Elapsed, cancellationToken)
                    .ConfigureAwait(false);
            return new CredentialTest
            {
                CredentialName = member.Credential.Name,
                Resource = request.Resource,
                Status = outcome.Status,
                StatusCode = outcome.StatusCode,
                Reason = outcome.Reason,
                RecommendedAction = outcome.RecommendedAction,
                Elapsed = clock.Elapsed,
                Identity = token.Identity,
                IdentityType = JsonWebToken.TryRead(token.GetPlainText())?.IdentityType,
                TenantId = token.TenantId,
                ExpiresOn = token.ExpiresOn,
            };
        }
        catch (TokenException exception)
        {
            return new CredentialTest
            {
                CredentialName = member.Credential.Name,
                Resource = request.Resource,
                Status = exception.Error == TokenError.CredentialUnavailable
                    ? CredentialTestStatus.Unavailable
                    : CredentialTestStatus.Failed,
                Elapsed = clock.Elapsed,
                Reason = exception.Message,
                RecommendedAction = exception.RecommendedAction,
            };
        }

        Task<AccessToken> GetTokenAsync(TokenRequest other, TimeSpan? left) => member.Credential.GetTokenAsync(
            other with
            {
                HasAlternatives = request.HasAlternatives,
                Timeout = left,
                CallerTimeout = request.CallerTimeout,
            },
            caller,
            cancellationToken);
    }
}
