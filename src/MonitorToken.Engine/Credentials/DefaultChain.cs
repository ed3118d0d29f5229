namespace MonitorToken.Engine.Credentials;

/// <summary>
/// DefaultAzureCredential's members in its documented order. Unlike there, each has a deadline of its own, and
/// while it is not known whether one is there at all the next already gets going; the order still decides.
/// </summary>
internal sealed class DefaultChain : EntraCredential
{
    /// <summary>How long a member that may be silent has to itself.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(100);

    private static readonly Member[] Members =
    [
        new("Environment", IsForProduction: true, MayBeSilent: false, TimeSpan.FromSeconds(30), options => new EnvironmentVariables(options)),
        new("ManagedIdentity", IsForProduction: true, MayBeSilent: true, TimeSpan.FromSeconds(30), options => new ManagedIdentity(options) { ProbeTimeout = TimeSpan.FromMilliseconds(600) }),
        new("AzureCli", IsForProduction: false, MayBeSilent: false, TimeSpan.FromSeconds(15), options => new AzureCli(options)),
    ];

    private readonly (Member Member, EntraCredential Credential)[] _members;

    public DefaultChain(CredentialOptions options)
        : base(options)
    {
        _members =
        [
            .. Select(options).Select(member => (member, member.Create(options with { Name = member.Name }))),
        ];
    }

    public static IEnumerable<string> MemberNames => Members.Select(member => member.Name);

    public override string Name => "Default";

    protected override string Fingerprint => string.Join("\n", _members.Select(member => member.Credential.CacheKey));

    protected override async Task<AccessToken> AcquireAsync(TokenRequest request, IMessages messages, CancellationToken cancellationToken)
    {
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new Task<AccessToken>?[_members.Length];
        var reasons = new List<string>();
        try
        {
            for (int i = 0; i < _members.Length; i++)
            {
                Task<AccessToken> attempt = attempts[i] ??= StartAsync(i);
                if (_members[i].Member.MayBeSilent && i + 1 < _members.Length)
                {
                    await Task.WhenAny(attempt, Task.Delay(HeadStart, rest.Token)).ConfigureAwait(false);
                    if (!attempt.IsCompleted)
                        attempts[i + 1] ??= StartAsync(i + 1);
                }

                EntraCredential member = _members[i].Credential;
                try
                {
                    return await attempt.ConfigureAwait(false);
                }
                catch (TokenException exception) when (!member.FailureEndsChain || exception.Error is TokenError.CredentialUnavailable or TokenError.Timeout)
                {
                    messages.Verbose($"{member.Name}: {exception.Message}");
                    reasons.Add($"  {member.Name}: {exception.Message}");
                }
            }
        }
        finally
        {
            rest.Cancel();
            foreach (Task<AccessToken>? attempt in attempts)
                _ = attempt?.ContinueWith(late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        throw new TokenException(
            TokenError.CredentialUnavailable,
            string.Join("\n", reasons.Prepend("None of the ways of signing in that were tried has worked:")),
            "Sign in with az login, or say how to sign in, such as -ManagedIdentity or -TenantId, -ClientId and -ClientSecret.")
        {
            CredentialName = Name,
        };

        Task<AccessToken> StartAsync(int index)
        {
            (Member member, EntraCredential credential) = _members[index];
            return credential.GetTokenAsync(request with { Timeout = member.Deadline }, messages, rest.Token);
        }
    }

    private static Member[] Select(CredentialOptions options)
    {
        HashSet<string> preferred = Preferred(System.Environment.GetEnvironmentVariable("AZURE_TOKEN_CREDENTIALS"));
        HashSet<string> included = Known(options.Include, "-Include") ?? preferred;
        HashSet<string> excluded = Known(options.Exclude, "-Exclude") ?? [];

        Member[] selected = [.. Members.Where(member => included.Contains(member.Name) && !excluded.Contains(member.Name))];
        return selected.Length > 0
            ? selected
            : throw new TokenException(
                TokenError.InvalidOption,
                "No way of signing in is left: -Include, -Exclude and AZURE_TOKEN_CREDENTIALS together leave out all of them.",
                $"Leave in at least one of {string.Join(", ", MemberNames)}.");
    }

    /// <summary>Azure.Identity's variable: dev, prod, or the name of one credential.</summary>
    private static HashSet<string> Preferred(string? setting)
    {
        string value = setting?.Trim() ?? string.Empty;
        IEnumerable<string> names = value.ToUpperInvariant() switch
        {
            "" => MemberNames,
            "PROD" => Members.Where(member => member.IsForProduction).Select(member => member.Name),
            "DEV" => Members.Where(member => !member.IsForProduction).Select(member => member.Name),
            _ => [value.EndsWith("Credential", StringComparison.OrdinalIgnoreCase) ? value.Substring(0, value.Length - "Credential".Length) : value],
        };
        return Known([.. names], "the environment variable AZURE_TOKEN_CREDENTIALS")!;
    }

    private static HashSet<string>? Known(IReadOnlyList<string>? names, string source)
    {
        string? unknown = names?.FirstOrDefault(name => !MemberNames.Contains(name, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
            throw new TokenException(
                TokenError.InvalidOption,
                $"There is no '{unknown}' among the ways of signing in; {source} names it.",
                $"Use {string.Join(", ", MemberNames)}.");

        return names is null ? null : new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
    }

    private sealed record Member(string Name, bool IsForProduction, bool MayBeSilent, TimeSpan Deadline, Func<CredentialOptions, EntraCredential> Create);
}
