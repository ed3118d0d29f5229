namespace MonitorToken.Engine.Credentials;

/// <summary>DefaultAzureCredential's members in its documented order, each with a deadline of its own.</summary>
internal sealed class DefaultCredential(CredentialOptions options) : ChainedCredential(options, Create(options))
{
    /// <summary>Azure.Identity's variable: dev, prod, or the name of one credential.</summary>
    private const string Preference = "AZURE_TOKEN_CREDENTIALS";

    /// <summary>As for DefaultAzureCredential, it names the user-assigned identity too.</summary>
    private const string ClientIdVariable = "AZURE_CLIENT_ID";

    /// <summary>What decides which members it has, beside what the caller says.</summary>
    public static readonly InputReader Settings = new([Preference, ClientIdVariable]);

    private static readonly Entry[] Entries =
    [
        new("Environment", IsForProduction: true, 30, options => new EnvironmentCredential(options)),
        new(
            "WorkloadIdentity",
            IsForProduction: true,
            30,
            options => new WorkloadIdentityCredential(options), HasClientId: true),
        new(
            "ManagedIdentity",
            IsForProduction: true,
            30,
            options => new ManagedIdentityCredential(options), HasClientId: true),
        new("VisualStudio", IsForProduction: false, 15, options => new VisualStudioCredential(options)),
        new("AzureCli", IsForProduction: false, 15, options => new AzureCliCredential(options)),
        new("AzurePowerShell", IsForProduction: false, 15, options => new AzurePowerShellCredential(options)),
        new("AzureDeveloperCli", IsForProduction: false, 15, options => new AzureDeveloperCliCredential(options)),
    ];

    public override string Name => "Default";

    public static IEnumerable<string> MemberNames => Entries.Select(entry => entry.Name);

    private static ChainMember[] Create(CredentialOptions options)
    {
        CredentialInputs inputs = Settings.Look();
        HashSet<string> included = Known(options.Include, "-Include")
            ?? Preferred(inputs[Preference]);
        HashSet<string> excluded = Known(options.Exclude, "-Exclude") ?? [];

        Entry[] selected = [.. Entries.Where(entry => included.Contains(entry.Name) && !excluded.Contains(entry.Name))];
        if (selected.Length == 0)
            throw new TokenException(
                TokenError.InvalidOption,
                "No way of signing in is left: -Include, "
                    + "-Exclude and AZURE_TOKEN_CREDENTIALS together leave out all of them.",
                $"Leave in at least one of {string.Join(", ", MemberNames)}.");

        CredentialOptions identity = options.ClientId is null && inputs[ClientIdVariable] is { } clientId
            ? options with { ClientId = clientId, ClientIdVariable = ClientIdVariable }
            : options;
        CredentialOptions anybody = options with { ClientId = null };
        return
        [
            .. selected.Select(entry => new ChainMember(
                // A developer's tool signs in as whoever is logged in, and the environment says itself who it is.
                entry.Create((entry.HasClientId ? identity : anybody) with { Name = entry.Name }),
                TimeSpan.FromSeconds(entry.Deadline))),
        ];
    }

    private static HashSet<string> Preferred(string? setting)
    {
        string value = setting?.Trim() ?? string.Empty;
        IEnumerable<string> names = value.ToUpperInvariant() switch
        {
            "" => MemberNames,
            "PROD" => Entries.Where(entry => entry.IsForProduction).Select(entry => entry.Name),
            "DEV" => Entries.Where(entry => !entry.IsForProduction).Select(entry => entry.Name),
            _ => [value.EndsWith("Credential", StringComparison.OrdinalIgnoreCase)
                ? value.Substring(0, value.Length - "Credential".Length)
                : value],
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

    /// <param name="Name">As in the parameters.</param>
    /// <param name="IsForProduction">Whether AZURE_TOKEN_CREDENTIALS=prod keeps it; dev keeps the others.</param>
    /// <param name="Deadline">How long it may take, in seconds.</param>
    /// <param name="Create">Makes it.</param>
    /// <param name="HasClientId">Whether it is told which identity it is to be.</param>
    private sealed record Entry(
        string Name,
        bool IsForProduction,
        int Deadline,
        Func<CredentialOptions, EntraCredential> Create,
        bool HasClientId = false);
}
