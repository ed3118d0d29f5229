using System.Collections.Concurrent;
using System.Diagnostics;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Credentials that are tried one after the other until one is there. One that is there but fails ends the chain,
/// as with Azure.Identity's. It keeps no token: its members do.
/// </summary>
internal class ChainedCredential(
    CredentialOptions options, IReadOnlyList<ChainMember> members) : EntraCredential(options)
{
    /// <summary>Timers that end together do not ring together.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);

    /// <summary>More different chains than this are no sign of anything but of a memory that must be emptied.</summary>
    private const int MostChains = 1000;

    /// <summary>The same of one chain's resources.</summary>
    private const int MostScopes = 100;

    /// <summary>
    /// For each chain and scope, the keys of its members up to the one that has answered: while these are the same, it
    /// would answer again. Those after it have no part in that.
    /// </summary>
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string[]>> LastAnswers =
        new(StringComparer.Ordinal);

    public override string Name => "Chain";

    internal IReadOnlyList<ChainMember> Members { get; } = members;

    internal override bool InvolvesCaller => Members.Any(member => member.Credential.InvolvesCaller);

    internal override bool IsForPeople => Members.Any(member => member.Credential.IsForPeople);

    internal override TimeSpan? ParallelStartDelay => Members.Max(member => member.Credential.ParallelStartDelay);

    internal sealed override string Identity =>
        field ??= string.Join("\n\n", Members.Select(member => member.Credential.Identity).Prepend(Name + ClientId));

    internal sealed override string CurrentKey() => string.Join("\n\n", CurrentKeys().Prepend(Name));

    internal sealed override AccessToken? TryGetCached(string key, TokenRequest request) => TryGetCached(request);

    internal sealed override AccessToken? TryGetCached(TokenRequest request)
    {
        if (!Answers.TryGetValue(request.ScopeList, out string[]? keys))
            return null;

        for (int i = 0; i < keys.Length; i++)
        {
            if (CurrentKey(Members[i].Credential) != keys[i])
                return null;
        }

        AccessToken? token = Members[keys.Length - 1].Credential.TryGetCached(keys[keys.Length - 1], request);
        return token is null ? null : RecordExpiry(token);
    }

    internal sealed override async Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken)
    {
        if (TryGetCached(request) is { } kept)
        {
            caller.Verbose(kept.InMemory);
            return kept;
        }

        string[] keys = CurrentKeys();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new Attempts(this, request, caller, over.Token);
        try
        {
            (AccessToken token, int index) = await attempts.RunAsync().ConfigureAwait(false);
            if (Answers.Count >= MostScopes)
                Answers.Clear();
            Answers[request.ScopeList] = [.. keys.Take(index + 1)];
            WarnOfSomebodyElse(Members[index].Credential, token, caller);
            return RecordExpiry(token);
        }
        finally
        {
            // Whoever was started ahead and is not needed.
            over.Cancel();
        }
    }

    /// <summary>
    /// A member that cannot be the client id that was asked for has none of its own, and signs in as whoever it is.
    /// What became of the other members' is told where their tokens come in.
    /// </summary>
    private void WarnOfSomebodyElse(EntraCredential member, AccessToken token, ICallerContext caller)
    {
        if (ClientId is not null && member.ClientId is null && (token.ClientId ?? token.Identity) is { } other
            && !string.Equals(other, ClientId, StringComparison.OrdinalIgnoreCase))
            caller.Warning(
                $"A token of the client id {ClientId} was asked for, but {member.Name} has answered, as "
                    + $"{TextSanitizer.OneLine(
                        token.Identity!)}. Without a way of signing in, -ClientId picks a managed or "
                    + "workload identity alone; for an application, give its secret or certificate too.");
    }

    private ConcurrentDictionary<string, string[]> Answers
    {
        get
        {
            if (field is null && LastAnswers.Count >= MostChains)
                LastAnswers.Clear();
            return field ??= LastAnswers.GetOrAdd(Identity, _ => new(StringComparer.Ordinal));
        }
    }

    private string[] CurrentKeys() => [.. Members.Select(member => CurrentKey(member.Credential))];

    /// <summary>One whose certificate cannot be read, say, fails in its turn, and only if it comes to that.</summary>
    private static string CurrentKey(EntraCredential member)
    {
        try
        {
            return member.CurrentKey();
        }
        catch (TokenException)
        {
            return string.Empty;
        }
    }

    /// <summary>One round through the members.</summary>
    private sealed class Attempts(
        ChainedCredential chain, TokenRequest request, ICallerContext caller, CancellationToken over)
    {
        private readonly string?[] _reasons = new string?[chain.Members.Count];
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public async Task<(AccessToken Token, int Index)> RunAsync() =>
            await FromAsync(0, turn: Task.CompletedTask).ConfigureAwait(false) ?? throw TokenErrors.Unavailable(
                chain.Name,
                Tell("None of the ways of signing in that were tried has worked:"),
                "Sign in with az login or Connect-AzAccount, or say how to sign in, such as -ManagedIdentity or "
                    + "-Interactive. Test-MonitorTokenCredential tells more.");

        /// <summary>The sentence, and a numbered line for each member that has failed.</summary>
        public string Tell(string sentence) => string.Join(
            "\n",
            _reasons.OfType<string>().Select((reason, i) => $"  {i + 1}. {reason}").Prepend(sentence));

        /// <summary>
        /// How long a member may take: its own deadline, or what is left where the caller has said how long it may be
        /// in all. A member must know when it ends: what asks for a longer wait then is told at once.
        /// </summary>
        /// <exception cref="TokenException">There is nothing left.</exception>
        private TimeSpan? TimeFor(ChainMember member)
        {
            if (request.Timeout is not { } timeout)
                return member.Deadline;

            TimeSpan left = timeout - _clock.Elapsed;
            return left > TimeSpan.Zero ? left : throw TimedOut();
        }

        private TokenException TimedOut() =>
            new(
                TokenError.Timeout,
                Tell($"{chain.Name} had no token within {request.Timeout?.TotalSeconds:0.#} seconds."),
                "Give it longer with -TimeoutSec, or see with -Verbose what it was waiting for.")
            {
                CredentialName = chain.Name,
            };

        /// <param name="index">The member to try; null comes back if neither it nor a later one is there.</param>
        /// <param name="turn">Ends when those before have failed.</param>
        private async Task<(AccessToken, int)?> FromAsync(int index, Task turn)
        {
            if (index == chain.Members.Count)
                return null;

            ChainMember member = chain.Members[index];
            if (member.Credential.InvolvesCaller)
                await turn.UnlessCanceled(over).ConfigureAwait(false);

            TimeSpan began = _clock.Elapsed;
            bool isLast = index + 1 == chain.Members.Count;
            Task<AccessToken> attempt = member.Credential.GetTokenAsync(
                request with
                {
                    Timeout = TimeFor(member),
                    CallerTimeout = request.CallerTimeout,
                    HasAlternatives = request.HasAlternatives || !isLast,
                },
                caller,
                over);
            var failed = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<(AccessToken, int)?>? rest = null;
            if (member.Credential.ParallelStartDelay is { } delay && !isLast)
            {
                await Task.WhenAny(attempt, Task.Delay(delay, over)).ConfigureAwait(false);
                rest = attempt.IsCompleted ? null : FromAsync(index + 1, Task.WhenAll(turn, failed.Task));
                rest?.Forget();
            }

            try
            {
                AccessToken token = await attempt.ConfigureAwait(false);
                caller.Verbose(
                    $"{chain.Name} was answered by {member.Credential.Name} after {_clock.ElapsedMilliseconds} ms.");
                return (token, index);
            }
            catch (TokenException exception) when (
                !member.Credential.FailureEndsChain
                || exception.Error is TokenError.CredentialUnavailable or TokenError.Timeout)
            {
                caller.Verbose(
                    $"{member.Credential.Name}, after {(_clock.Elapsed - began).TotalMilliseconds:0} ms: "
                        + $"{exception.Message}");
                _reasons[index] = $"{member.Credential.Name}: {exception.Message}";
                // Its time was all that there was: that is what is told, not that nobody could sign in.
                if (exception.Error == TokenError.Timeout && request.Timeout - _clock.Elapsed < Tick)
                    throw TimedOut();
                failed.SetResult(true);
            }

            return await (rest ?? FromAsync(index + 1, turn)).ConfigureAwait(false);
        }
    }
}

/// <param name="Credential">What to try.</param>
/// <param name="Deadline">
/// How long it may take where the caller does not say; null for as long as it may take alone.
/// </param>
internal sealed record ChainMember(EntraCredential Credential, TimeSpan? Deadline = null);
