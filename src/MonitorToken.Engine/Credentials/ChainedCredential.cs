using System.Collections.Concurrent;
using System.Diagnostics;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Credentials that are tried in order until one is available. One that is available but fails stops the chain,
/// as in Azure.Identity's ChainedTokenCredential. The chain itself caches no tokens; its members do.
/// </summary>
internal class ChainedCredential(
    CredentialOptions options, IReadOnlyList<ChainMember> members) : Credential(options)
{
    /// <summary>
    /// How far apart the timers for a member's deadline and for the chain's own may expire if both are due together.
    /// </summary>
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(50);

    /// <summary>The number of chains for which the last credential used is cached. Chosen.</summary>
    private const int MostChains = 1000;

    /// <summary>The number of scopes for which the last credential used by a chain is cached. Chosen.</summary>
    private const int MostScopes = 100;

    /// <summary>
    /// For each chain and scope, the cache keys of the members up to the one that answered last, at the time when each
    /// was tried. While these keys are unchanged, the same member answers again, whatever the inputs of the members
    /// after it are. The key of a member whose inputs could not be read is null, which never matches.
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
            WarnOfOtherIdentity(Members[index].Credential, token, caller);
            return RecordExpiry(token);
        }
        finally
        {
            // Cancel members that were started ahead of their turn and are not needed.
            over.Cancel();
        }
    }

    /// <summary>
    /// Warns if a member that takes no client id signed in as another identity. For the other members,
    /// <see cref="Tokens.AccessTokenFactory"/> compares the token with the client id.
    /// </summary>
    private void WarnOfOtherIdentity(Credential member, AccessToken token, ICallerContext caller)
    {
        if (ClientId is not null && member.ClientId is null && (token.ClientId ?? token.Identity) is { } other
            && !string.Equals(other, ClientId, StringComparison.OrdinalIgnoreCase))
            caller.Warning(
                $"A token for the client ID {ClientId} was requested, but {member.Name} signed in as "
                    + $"{TextSanitizer.OneLine(
                        token.Identity!)}. Without another parameter for signing in, -ClientId selects only a managed "
                    + "or workload identity. For an application, also specify its secret or certificate.");
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

    /// <summary>A member whose inputs cannot be read fails when its turn comes, and only then.</summary>
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

    /// <summary>One attempt to get a token from the members.</summary>
    private sealed class Round(
        ChainedCredential chain, TokenRequest request, ICallerContext caller, CancellationToken over)
    {
        private readonly string?[] _keys = new string?[chain.Members.Count];
        private readonly string?[] _reasons = new string?[chain.Members.Count];
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public string?[] KeysUpTo(int index) => [.. _keys.Take(index + 1)];

        /// <summary>
        /// Starts the members in order, each when the one before has failed or its head start is over. If several
        /// answer, the first in the order counts.
        /// </summary>
        /// <exception cref="TokenException">No member is available, or one that is available failed.</exception>
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
                        // Completed tasks would stop the wait at once, except for the member whose turn it is.
                        Task[] others = [attempts[attempts.Count - 1], headStart];
                        Task[] awaited = [attempts[turn], .. others.Where(task => !task.IsCompleted)];
                        await Task.WhenAny(awaited).ConfigureAwait(false);
                    }
                    else if (await attempts[turn].ConfigureAwait(false) is { } token)
                    {
                        caller.Verbose(
                            $"{chain.Name} got a token from {chain.Members[turn].Credential.Name} after "
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
                WithReasons("None of the credentials that were tried returned a token:"),
                "Sign in with az login or Connect-AzAccount, or specify a credential, such as -ManagedIdentity "
                    + "or -Interactive. Test-MonitorTokenCredential shows more.");
        }

        /// <summary>
        /// Whether to start the next member: its turn has come, or the latest one has failed or is slow. A member that
        /// involves the caller is started only when its turn has come.
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

        /// <returns>The token; null if the member is not available, so that the next one is tried.</returns>
        /// <exception cref="TokenException">The member stops the chain.</exception>
        private async Task<AccessToken?> TryAsync(ChainMember member, int index)
        {
            TimeSpan began = _watch.Elapsed;
            TimeSpan? limit = TimeFor(member);
            try
            {
                _keys[index] = member.Credential.TryGetKey();
                if (_keys[index] is null)
                {
                    _keys[index] = await ReadKeyAsync(member.Credential, limit).ConfigureAwait(false);
                    if (limit - (_watch.Elapsed - began) is { } left)
                        limit = left > TimeSpan.Zero
                            ? left
                            : throw TokenErrors.TimedOut(member.Credential.Name, limit, request.Timeout);
                }

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
                // If the time of the whole chain is over, the error says so, and not that no member could sign in.
                return exception.Error == TokenError.Timeout && request.Timeout - _watch.Elapsed < TimerTolerance
                    ? throw TimedOut()
                    : null;
            }
        }

        /// <summary>Returns the cache key; null if the inputs cannot be read: the member reports that itself.</summary>
        private async Task<string?> ReadKeyAsync(Credential member, TimeSpan? limit)
        {
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
        /// Returns the time that a member may take: what is left of the caller's timeout, or else its own deadline. If
        /// a service asks to wait for longer, the member can report that at once.
        /// </summary>
        /// <exception cref="TokenException">No time is left.</exception>
        private TimeSpan? TimeFor(ChainMember member)
        {
            if (request.Timeout is not { } timeout)
                return member.Deadline;

            TimeSpan left = timeout - _watch.Elapsed;
            return left > TimeSpan.Zero ? left : throw TimedOut();
        }

        /// <summary>Appends a numbered line for each member that has failed.</summary>
        private string WithReasons(string sentence) => string.Join(
            "\n",
            _reasons.OfType<string>().Select((reason, i) => $"  {i + 1}. {reason}").Prepend(sentence));

        private TokenException TimedOut() =>
            new(
                TokenError.Timeout,
                WithReasons($"{chain.Name} didn't get a token within {request.Timeout?.TotalSeconds:0.#} seconds."),
                "Increase -TimeoutSec, or run with -Verbose to see what it was waiting for.")
            {
                CredentialName = chain.Name,
            };
    }
}

/// <summary>A member of a chain.</summary>
/// <param name="Credential">The credential to try.</param>
/// <param name="Deadline">
/// How long it may take if the caller specifies no timeout; null for the limit that it has outside a chain.
/// </param>
internal sealed record ChainMember(Credential Credential, TimeSpan? Deadline = null);
