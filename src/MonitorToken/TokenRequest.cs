namespace MonitorToken;

/// <summary>A request for one token: its audience or scopes, and how it may be served.</summary>
internal sealed record TokenRequest
{
    private const string DefaultScope = "/.default";

    private TokenRequest(string resource, string[] scopes)
    {
        Resource = resource;
        Scopes = scopes;
        ScopeList = scopes.Length == 1 ? scopes[0] : string.Join(" ", scopes);
    }

    /// <summary>The audience, exactly as specified.</summary>
    public string Resource { get; }

    public IReadOnlyList<string> Scopes { get; }

    /// <summary>The scopes separated by spaces, as OAuth 2.0 sends them.</summary>
    public string ScopeList { get; }

    /// <summary>
    /// Whether the request is for a resource, not for scopes of the caller's choice, which the v1 endpoint cannot take.
    /// </summary>
    public bool IsForResource { get; private init; }

    /// <summary>
    /// The cloud of the endpoint that the request was made for; null if an audience or scopes were specified.
    /// </summary>
    public AzureEnvironment? Environment { get; private init; }

    public string? Claims { get; init; }

    /// <summary>How long a cached token must remain valid to be returned.</summary>
    public TimeSpan MinimumLifetime { get; init; }

    public bool ForceRefresh { get; init; }

    /// <summary>
    /// Whether the request renews a token that is still in the cache, so that the caches of MSAL and of tools must not
    /// return that token again.
    /// </summary>
    public bool Renews { get; init; }

    /// <summary>
    /// Whether a token from another program's cache is acceptable without a warning: in a test, or for a token that is
    /// only exchanged for another.
    /// </summary>
    public bool AnyWillDo { get; init; }

    /// <summary>Whether to never prompt a user, because the token isn't the one that the caller requested.</summary>
    public bool ForbidsPrompt { get; init; }

    /// <summary>How long the caller waits; null for the credential's own limit.</summary>
    public TimeSpan? Timeout
    {
        get;
        init => (field, CallerTimeout) = (value, value);
    }

    /// <summary>
    /// The timeout that the caller specified; null if it did not. Unlike <see cref="Timeout"/>, a chain does not
    /// replace it with the share of a member.
    /// </summary>
    public TimeSpan? CallerTimeout { get; init; }

    /// <summary>
    /// Whether other credentials follow in a chain, so that a credential that is not set up must find that out quickly.
    /// </summary>
    public bool HasAlternatives { get; init; }

    /// <param name="nameOrAudience">
    /// The name of a resource, or an absolute https URI, which is used unchanged.
    /// </param>
    /// <param name="environment">
    /// The cloud in which names are looked up; null for a private authority, which accepts only URIs.
    /// </param>
    /// <exception cref="TokenException">It's neither a known name nor an absolute https URI.</exception>
    public static TokenRequest ForResource(string nameOrAudience, AzureEnvironment? environment)
    {
        if (string.IsNullOrWhiteSpace(nameOrAudience))
            throw Invalid("The resource is empty.");

        // These would be sent as they are and mean another resource than the caller intends.
        if (nameOrAudience.EndsWith(DefaultScope, StringComparison.OrdinalIgnoreCase))
            throw Invalid(
                $"'{nameOrAudience}' is a scope, not a resource.",
                "Use -Scope instead, or specify only the audience with -Resource: "
                    + $"{nameOrAudience.Substring(0, nameOrAudience.Length - DefaultScope.Length)}");
        if (IsApplicationId(nameOrAudience))
            return ForAudience(nameOrAudience);

        if (nameOrAudience.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            && Uri.TryCreate(nameOrAudience, UriKind.Absolute, out Uri? address)
            && address.Host.Length > 0
            && !nameOrAudience.Any(IsSpaceOrControl))
            return !ResourceCatalog.IsEndpoint(address)
                ? ForAudience(nameOrAudience)
                : throw Invalid(
                    $"'{ResourceCatalog.Redacted(nameOrAudience)}' is the URI of an endpoint, "
                        + "not an audience.",
                    "Specify it with -Uri, which determines the audience.");

        if (nameOrAudience.IndexOfAny([':', '/', '.']) >= 0)
            throw Invalid(
                $"The resource '{ResourceCatalog.Redacted(nameOrAudience)}' is neither a name nor an absolute https "
                    + "URI.");

        return environment is { } cloud
            ? ForAudience(ResourceCatalog.ByName(nameOrAudience, cloud).Audience!)
            : throw new TokenException(
                TokenError.InvalidResource,
                $"A private authority host has no resource named '{nameOrAudience}'.",
                "Specify the audience as an absolute https URI with -Resource, or the cloud with -Environment.");
    }

    /// <param name="endpoint">The URI that will be called with the token.</param>
    /// <exception cref="TokenException">The URI is missing, or belongs to no known resource.</exception>
    public static TokenRequest ForEndpoint(Uri? endpoint)
    {
        if (endpoint is null)
            throw Invalid("The request URI is empty.");

        MonitorResource resource = ResourceCatalog.ByEndpoint(endpoint);
        return ForAudience(resource.Audience!) with { Environment = resource.Cloud };
    }

    /// <exception cref="TokenException">There's no scope, or one isn't a single word.</exception>
    public static TokenRequest ForScopes(string[] scopes)
    {
        if (scopes.Length == 0 || scopes.Any(scope => string.IsNullOrWhiteSpace(scope) || scope.Any(IsSpaceOrControl)))
            throw new TokenException(
                TokenError.InvalidResource,
                "A scope is empty, or contains white space or control characters.",
                "Specify each scope as a separate string, "
                    + "such as -Scope https://api.loganalytics.io/Data.Read, offline_access.");

        // OpenID Connect scopes such as offline_access belong to no resource, so they do not name the audience.
        string named = scopes.FirstOrDefault(scope => scope.Contains("://")) ?? scopes[0];
        int end = named.LastIndexOf('/');
        return new TokenRequest(end > 0 ? named.Substring(0, end) : named, [.. scopes]);
    }

    /// <summary>
    /// Whether it identifies an application as an audience: by its client id, or by its application ID URI with the
    /// default scheme.
    /// </summary>
    private static bool IsApplicationId(string audience) =>
        Guid.TryParseExact(audience, "D", out _)
        || (audience.StartsWith("api://", StringComparison.OrdinalIgnoreCase)
            && audience.Length > "api://".Length
            && !audience.Any(IsSpaceOrControl));

    private static bool IsSpaceOrControl(char letter) => char.IsWhiteSpace(letter) || char.IsControl(letter);

    private static TokenRequest ForAudience(string audience) =>
        new(audience, [MonitorResource.ScopeOf(audience)]) { IsForResource = true };

    private static TokenException Invalid(string message, string? recommendedAction = null) =>
        new(
            TokenError.InvalidResource,
            message,
            recommendedAction
                ?? $"Specify one of {ResourceCatalog.NamesIn(AzureEnvironment.AzureCloud)}, "
                    + "or an absolute https URI.");
}
