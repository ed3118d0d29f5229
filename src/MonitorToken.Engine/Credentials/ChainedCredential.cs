using System.Collections.Concurrent;
using System.Diagnostics;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Credentials that are tried in order until one is available. One that is available but fails ends the chain, as in
/// Azure.Identity's ChainedTokenCredential. It caches no token: its members do.
/// </summary>
internal class ChainedCredential(
    CredentialOptions options, IReadOnlyList<ChainMember> members) : Credential(options)
{
    /// <summary>
    /// A member's deadline and the chain's own are two timers, which may be this far apart at the same time.
    /// </summary>
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(50);

    /// <summary>More chains than this, and the table of their answers is emptied. Chosen.</summary>
    private const int MostChains = 1000;

    /// <summary>The limit for the scopes of one chain. Chosen.</summary>
    private const int MostScopes = 100;

    /// <summary>
    /// For each chain and scope, the keys of its members up to the one that has answered, as they were when each had
    /// its turn: while these are the same, it would answer again. Those after it have no part in that. The key of a
    /// member whose inputs could not be read is null, which is never the same.
    /// </summary>
    private static readonly ConcurrentDictionary<string, ConcurrentDictionary<string, string?[]>> LastAnswers =
        new(StringComparer.Ordinal);

    public override string Name => "Chain";

    internal IReadOnlyList<ChainMember> Members { get; } = members;

    internal override bool InvolvesCaller => Members.Any(member => member.Credential.InvolvesCaller);

    internal override bool IsForPeople => Members.Any(member => member.Credential.IsForPeople);

    internal override TimeSpan? ParallelStartDelay => Members.Max(member => member.Credential.ParallelStartDelay);

    internal sealed override string Identity =>
        field ??= string.Join("\n\n", Members.Select(member => member.Credential.Identity).Prepend(Name + ClientId));

    internal sealed override string? TryGetKey()
    {
        string?[] keys = [.. Members.Select(member => member.Credential.TryGetKey())];
        return keys.Contains(null) ? null : JoinKeys(keys);
    }

    internal sealed override async Task<string> GetKeyAsync(CancellationToken cancellationToken)
    {
        var keys = new List<string?>(Members.Count);
        foreach (ChainMember member in Members)
            keys.Add(await KeyOrNullAsync(member.Credential, cancellationToken).ConfigureAwait(false));
        return JoinKeys(keys);
    }

    internal sealed override AccessToken? TryGetCached(string key, TokenRequest request) => TryGetCached(request);

    internal sealed override AccessToken? TryGetCached(TokenRequest request)
    {
        if (!Answers.TryGetValue(request.ScopeList, out string?[]? keys))
            return null;

        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] is not { } key || Members[i].Credential.TryGetKey() != key)
                return null;
        }

        int last = keys.Length - 1;
        return Members[last].Credential.TryGetCached(keys[last]!, request) is { } token ? RecordExpiry(token) : null;
    }

    internal sealed override async Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken)
    {
        if (TryGetCached(request) is { } cached)
        {
            caller.Verbose(cached.InMemory);
            return cached;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var round = new Round(this, request, caller, over.Token);
        try
        {
            (int index, AccessToken token) = await round.RunAsync().ConfigureAwait(false);
            if (Answers.Count >= MostScopes)
                Answers.Clear();
            Answers[request.ScopeList] = round.KeysUpTo(index);
            WarnOfSomebodyElse(Members[index].Credential, token, caller);
            return RecordExpiry(token);
        }
        finally
        {
            // Members that were started ahead of their turn and are not needed.
            over.Cancel();
        }
    }

    /// <summary>
    /// A member that takes no client id signs in as whatever identity it has. Of the other members, the token itself is
    /// compared with the client id where it is created.
    /// </summary>
    private void WarnOfSomebodyElse(Credential member, AccessToken token, ICallerContext caller)
    {
        if (ClientId is not null && member.ClientId is null && (token.ClientId ?? token.Identity) is { } other
            && !string.Equals(other, ClientId, StringComparison.OrdinalIgnoreCase))
            caller.Warning(
                $"A token of the client id {ClientId} was asked for, but {member.Name} has answered, as "
                    + $"{TextSanitizer.OneLine(
                        token.Identity!)}. Without a way of signing in, -ClientId picks a managed or "
                    + "workload identity alone; for an application, give its secret or certificate too.");
    }

    private ConcurrentDictionary<string, string?[]> Answers
    {
        get
        {
            if (field is null && LastAnswers.Count >= MostChains)
                LastAnswers.Clear();
            return field ??= LastAnswers.GetOrAdd(Identity, _ => new(StringComparer.Ordinal));
        }
    }

    private string JoinKeys(IEnumerable<string?> keys) => string.Join("\n\n", keys.Prepend(Name));

    /// <summary>One whose certificate cannot be read, say, fails in its turn, and only if it comes to that.</summary>
    private static async Task<string?> KeyOrNullAsync(Credential member, CancellationToken cancellationToken)
    {
        try
        {
            return await member.GetKeyAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TokenException)
        {
            return null;
        }
    }

    /// <summary>One round through the members.</summary>
    private sealed class Round(
        ChainedCredential chain, TokenRequest request, ICallerContext caller, CancellationToken over)
    {
        private readonly string?[] _keys = new string?[chain.Members.Count];
        private readonly string?[] _reasons = new string?[chain.Members.Count];
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public string?[] KeysUpTo(int index) => [.. _keys.Take(index + 1)];

        /// <summary>
        /// Starts the members in their order, each when the one before it has failed, or has had its head start without
        /// an answer. Of those that answer, the first in the order counts.
        /// </summary>
        /// <exception cref="TokenException">None has answered, or one that is set up has failed.</exception>
        public async Task<(int Index, AccessToken Token)> RunAsync()
        {
            var attempts = new List<Task<AccessToken?>>(chain.Members.Count);
            try
            {
                Task headStart = Task.CompletedTask;
                for (int turn = 0; turn < chain.Members.Count;)
                {
                    if (MayStartNext(attempts, turn, headStart))
                    {
                        ChainMember member = chain.Members[attempts.Count];
                        attempts.Add(TryAsync(member, attempts.Count));
                        headStart = Task.Delay(member.Credential.ParallelStartDelay ?? Timeout.InfiniteTimeSpan, over);
                    }
                    else if (!attempts[turn].IsCompleted)
                    {
                        // The one whose turn it is may be done by now; then it is that which is waited for.
                        Task[] others = [attempts[attempts.Count - 1], headStart];
                        Task[] awaited = [attempts[turn], .. others.Where(task => !task.IsCompleted)];
                        await Task.WhenAny(awaited).ConfigureAwait(false);
                    }
                    else if (await attempts[turn].ConfigureAwait(false) is { } token)
                    {
                        caller.Verbose(
                            $"{chain.Name} was answered by {chain.Members[turn].Credential.Name} after "
                                + $"{_watch.ElapsedMilliseconds} ms.");
                        return (turn, token);
                    }
                    else
                    {
                        turn++;
                    }
                }
            }
            finally
            {
                attempts.ForEach(attempt => attempt.Forget());
            }

            throw TokenErrors.Unavailable(
                chain.Name,
                WithReasons("None of the ways of signing in that were tried has worked:"),
                "Sign in with az login or Connect-AzAccount, or say how to sign in, such as -ManagedIdentity or "
                    + "-Interactive. Test-MonitorTokenCredential tells more.");
        }

        /// <summary>
        /// Whether the next member gets going: its turn has come, or the latest one is out or slow. What involves the
        /// caller waits for its turn.
        /// </summary>
        private bool MayStartNext(List<Task<AccessToken?>> attempts, int turn, Task headStart)
        {
            if (attempts.Count == chain.Members.Count)
                return false;
            if (turn == attempts.Count)
                return true;
            if (chain.Members[attempts.Count].Credential.InvolvesCaller)
                return false;

            Task<AccessToken?> latest = attempts[attempts.Count - 1];
            return latest.IsCompleted
                ? latest.Status == TaskStatus.RanToCompletion && latest.Result is null
                : headStart.Status == TaskStatus.RanToCompletion;
        }

        /// <returns>Null where the next member is to be tried.</returns>
        /// <exception cref="TokenException">The chain ends here.</exception>
        private async Task<AccessToken?> TryAsync(ChainMember member, int index)
        {
            TimeSpan began = _watch.Elapsed;
            TimeSpan? limit = TimeFor(member);
            try
            {
                _keys[index] = await ReadKeyAsync(member.Credential, limit).ConfigureAwait(false);
                if (limit - (_watch.Elapsed - began) is { } left)
                    limit = left > TimeSpan.Zero
                        ? left
                        : throw TokenErrors.TimedOut(member.Credential.Name, limit, request.Timeout);

                return await member.Credential
                    .GetTokenAsync(
                        request with
                        {
                            Timeout = limit,
                            CallerTimeout = request.CallerTimeout,
                            HasAlternatives = request.HasAlternatives || index + 1 < chain.Members.Count,
                        },
                        caller,
                        over).ConfigureAwait(false);
            }
            catch (TokenException exception) when (
                !member.Credential.FailureEndsChain
                || exception.Error is TokenError.CredentialUnavailable or TokenError.Timeout)
            {
                caller.Verbose(
                    $"{member.Credential.Name}, after {(_watch.Elapsed - began).TotalMilliseconds:0} ms: "
                        + $"{exception.Message}");
                _reasons[index] = $"{member.Credential.Name}: {exception.Message}";
                // The time of the whole chain is over: the error says so, and not that no member could sign in.
                return exception.Error == TokenError.Timeout && request.Timeout - _watch.Elapsed < TimerTolerance
                    ? throw TimedOut()
                    : null;
            }
        }

        /// <summary>Null for a member whose inputs cannot be read: its error comes with its token.</summary>
        private async Task<string?> ReadKeyAsync(Credential member, TimeSpan? limit)
        {
            if (member.TryGetKey() is { } key)
                return key;

            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(over);
            if (limit is { } time)
                deadline.CancelAfter(time);
            try
            {
                return await KeyOrNullAsync(member, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!over.IsCancellationRequested)
            {
                throw TokenErrors.TimedOut(member.Name, limit, request.Timeout);
            }
        }

        /// <summary>
        /// How long a member may take: its own deadline, or what is left where the caller has said how long it may be
        /// in all. A member must know when it ends: what asks for a longer wait then is told at once.
        /// </summary>
        /// <exception cref="TokenException">There is nothing left.</exception>
        private TimeSpan? TimeFor(ChainMember member)
        {
            if (request.Timeout is not { } timeout)
                return member.Deadline;

            TimeSpan left = timeout - _watch.Elapsed;
            return left > TimeSpan.Zero ? left : throw TimedOut();
        }

        /// <summary>The sentence, and a numbered line for each member that has failed.</summary>
        private string WithReasons(string sentence) => string.Join(
            "\n",
            _reasons.OfType<string>().Select((reason, i) => $"  {i + 1}. {reason}").Prepend(sentence));

        private TokenException TimedOut() =>
            new(
                TokenError.Timeout,
                WithReasons($"{chain.Name} had no token within {request.Timeout?.TotalSeconds:0.#} seconds."),
                "Give it longer with -TimeoutSec, or see with -Verbose what it was waiting for.")
            {
                CredentialName = chain.Name,
            };
    }
}

/// <param name="Credential">What to try.</param>
/// <param name="Deadline">
/// How long it may take where the caller does not say; null for as long as it may take alone.
/// </param>
internal sealed record ChainMember(Credential Credential, TimeSpan? Deadline = null);
