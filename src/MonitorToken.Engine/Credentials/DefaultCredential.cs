namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The default chain: the members of DefaultAzureCredential in the documented order, each with its own deadline.
/// </summary>
internal sealed class DefaultCredential(CredentialOptions options) : ChainedCredential(options, Create(options))
{
    /// <summary>The variables that, besides the parameters, determine the members of the chain.</summary>
    public static readonly InputReader Settings = new(
        [EnvironmentVariable.TokenCredentials, EnvironmentVariable.ClientId]);

    private static readonly CredentialDescriptor[] Rows =
        [.. CredentialCatalog.All.Where(row => row.Place is not null)];

    public override string Name => "Default";

    public static IEnumerable<string> MemberNames => Rows.Select(row => row.Name);

    private static ChainMember[] Create(CredentialOptions options)
    {
        CredentialInputs inputs = Settings.TryRead()!;
        HashSet<string> included = Known(options.Include, "-Include")
            ?? Preferred(inputs[EnvironmentVariable.TokenCredentials]);
        HashSet<string> excluded = Known(options.Exclude, "-Exclude") ?? [];

        CredentialDescriptor[] selected =
            [.. Rows.Where(row => included.Contains(row.Name) && !excluded.Contains(row.Name))];
        if (selected.Length == 0)
            throw new TokenException(
                TokenError.InvalidOption,
                "No credential is left: -Include, "
                    + "-Exclude and AZURE_TOKEN_CREDENTIALS together exclude all of them.",
                $"Allow at least one of {string.Join(", ", MemberNames)}.");

        CredentialOptions identity = options.ClientId is null && inputs[EnvironmentVariable.ClientId] is { } clientId
            ? options with { ClientId = clientId, ClientIdVariable = EnvironmentVariable.ClientId }
            : options;
        CredentialOptions anybody = options with { ClientId = null };
        return
        [
            .. selected.Select(row => new ChainMember(
                row.Create((row.Place!.TakesClientId ? identity : anybody) with { Name = row.Name }),
                TimeSpan.FromSeconds(row.Place.Seconds))),
        ];
    }

    private static HashSet<string> Preferred(string? setting)
    {
        string value = setting?.Trim() ?? string.Empty;
        IEnumerable<string> names = value.ToUpperInvariant() switch
        {
            "" => MemberNames,
            "PROD" => Rows.Where(row => row.Place!.IsForProduction).Select(row => row.Name),
            "DEV" => Rows.Where(row => !row.Place!.IsForProduction).Select(row => row.Name),
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
                $"There's no credential named '{unknown}', which {source} specifies.",
                $"Use {string.Join(", ", MemberNames)}.");

        return names is null ? null : new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
    }
}
