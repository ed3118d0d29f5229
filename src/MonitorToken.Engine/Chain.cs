namespace MonitorToken.Engine;

/// <summary>
/// Credentials that are tried one after the other until one is there. One that is there but fails ends the chain,
/// as with Azure.Identity's.
/// </summary>
internal class Chain(CredentialOptions options, IReadOnlyList<ChainMember> members) : EntraCredential(options)
{
    /// <summary>How long a member that may be silent has to itself before the rest gets going as well; the order still decides.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(100);

    public override string Name => "Chain";

    internal IReadOnlyList<ChainMember> Members { get; } = members;

    protected override string Fingerprint => string.Empty;

    internal override string KeyFor(ICaller caller) =>
        string.Join("\n\n", Members.Select(member => member.Credential.KeyFor(caller)).Prepend(Name));

    protected sealed override async Task<AccessToken> AcquireAsync(TokenRequest request, ICaller caller, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        string[] reasons = new string[Members.Count];
        try
        {
            return await FromAsync(0).ConfigureAwait(false) ?? throw Failure.Unavailable(
                Name,
                string.Join("\n", reasons.Prepend("None of the ways of signing in that were tried has worked:")),
                "Sign in with az login or Connect-AzAccount, or say how to sign in, such as -ManagedIdentity or -Interactive. Test-MonitorTokenCredential tells more.");
        }
        finally
        {
            // Whoever was started ahead and is not needed.
            over.Cancel();
        }

        async Task<AccessToken?> FromAsync(int index)
        {
            if (index == Members.Count)
                return null;

            ChainMember member = Members[index];
            Task<AccessToken> attempt = member.Credential.GetTokenAsync(
                request with
                {
                    Timeout = Longer(member.Deadline, request.Timeout),
                    HasAlternatives = request.HasAlternatives || index + 1 < Members.Count,
                    Renews = false,
                }, caller, over.Token);
            Task<AccessToken?>? rest = null;
            if (member.Credential.MayBeSilent)
            {
                await Task.WhenAny(attempt, Task.Delay(HeadStart, over.Token)).ConfigureAwait(false);
                rest = attempt.IsCompleted ? null : FromAsync(index + 1);
                rest?.Forget();
            }

            try
            {
                return await attempt.ConfigureAwait(false);
            }
            catch (TokenException exception) when (
                !member.Credential.FailureEndsChain || exception.Error is TokenError.CredentialUnavailable or TokenError.Timeout)
            {
                caller.Verbose($"{member.Credential.Name}: {exception.Message}");
                reasons[index] = $"  {member.Credential.Name}: {exception.Message}";
            }

            return await (rest ?? FromAsync(index + 1)).ConfigureAwait(false);
        }

        // Who is ready to wait longer is ready to wait longer for each; the deadline for all of it is kept above.
        static TimeSpan? Longer(TimeSpan? deadline, TimeSpan? timeout) => timeout > deadline ? timeout : deadline;
    }
}

/// <param name="Credential">What to try.</param>
/// <param name="Deadline">How long it may take; null for as long as the caller waits.</param>
internal sealed record ChainMember(EntraCredential Credential, TimeSpan? Deadline = null);
