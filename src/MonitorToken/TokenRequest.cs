namespace MonitorToken;

/// <summary>What to ask for: one token, for one audience, from one authority.</summary>
internal sealed record TokenRequest
{
    private const string DefaultScope = "/.default";

    private TokenRequest(string resource, string[] scopes)
    {
        Resource = resource;
        Scopes = scopes;
        ScopeList = scopes.Length == 1 ? scopes[0] : string.Join(" ", scopes);
    }

    /// <summary>The audience, to the letter.</summary>
    public string Resource { get; }

    public IReadOnlyList<string> Scopes { get; }

    /// <summary>All of them in one line, as they go on the wire.</summary>
    public string ScopeList { get; }

    /// <summary>Scopes of the caller's own making have no meaning for the v1 endpoint.</summary>
    public bool IsForResource { get; private init; }

    /// <summary>The cloud that the address to be called belongs to; null where only an audience was given.</summary>
    public AzureEnvironment? Environment { get; private init; }

    public string? Claims { get; init; }

    public TimeSpan MinimumLifetime { get; init; }

    public bool ForceRefresh { get; init; }

    /// <summary>
    /// A token that is in hand already is not good enough, so the memories of other libraries must not give it back.
    /// </summary>
    public bool Renews { get; init; }

    /// <summary>For a test, or on the way to another token: that it comes from somebody's memory is no news then.</summary>
    public bool AnyWillDo { get; init; }

    /// <summary>How long the caller will wait; null for as long as the credential itself takes.</summary>
    public TimeSpan? Timeout
    {
        get;
        init => (field, CallerTimeout) = (value, value);
    }

    /// <summary>
    /// What the caller itself has said about that; null where it has not. A chain, which gives each member a time of
    /// its own, leaves this as it is.
    /// </summary>
    public TimeSpan? CallerTimeout { get; init; }

    /// <summary>Others can sign in if this one cannot, so that it is absent has to be found out quickly.</summary>
    public bool HasAlternatives { get; init; }

    /// <param name="nameOrAudience">A resource's name, or an absolute https address that is passed on as it is.</param>
    /// <param name="environment">
    /// The cloud in which a name is looked up; null for a private one, where only addresses are known.
    /// </param>
    public static TokenRequest ForResource(string nameOrAudience, AzureEnvironment? environment)
    {
        if (string.IsNullOrWhiteSpace(nameOrAudience))
            throw Invalid("The resource is empty.");

        // What looks like a scope, an application's id or its URI would be asked for as another resource than is meant.
        if (nameOrAudience.EndsWith(DefaultScope, StringComparison.OrdinalIgnoreCase))
            throw Invalid(
                $"'{nameOrAudience}' is a scope and not a resource.",
                "Give it to -Scope, or the audience alone to -Resource: "
                    + $"{nameOrAudience.Substring(0, nameOrAudience.Length - DefaultScope.Length)}");
        if (Guid.TryParse(nameOrAudience, out _)
            || nameOrAudience.StartsWith("api://", StringComparison.OrdinalIgnoreCase))
            throw Invalid(
                $"'{nameOrAudience}' is the id of an application and no absolute https address.",
                $"Give it to -Scope, with the permission: {nameOrAudience}{DefaultScope}");

        if (nameOrAudience.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            && Uri.TryCreate(nameOrAudience, UriKind.Absolute, out Uri? address)
            && address.Host.Length > 0
            && !nameOrAudience.Any(IsUnfit))
            return ForAudience(nameOrAudience);

        if (nameOrAudience.IndexOfAny([':', '/', '.']) >= 0)
            throw Invalid($"The resource '{nameOrAudience}' is neither a name nor an absolute https address.");

        return environment is { } cloud
            ? ForAudience(ResourceCatalog.ByName(nameOrAudience, cloud).Audience!)
            : throw new TokenException(
                TokenError.InvalidResource,
                $"The name '{nameOrAudience}' means nothing to a private authority host.",
                "Give the audience to -Resource as an absolute https address, or name the cloud with -Environment.");
    }

    /// <param name="endpoint">The address that is going to be called with the token.</param>
    public static TokenRequest ForEndpoint(Uri? endpoint)
    {
        if (endpoint is null)
            throw Invalid("The address to be called is empty.");

        MonitorResource resource = ResourceCatalog.ByEndpoint(endpoint);
        return ForAudience(resource.Audience!) with { Environment = resource.Environment };
    }

    public static TokenRequest ForScopes(string[] scopes)
    {
        if (scopes.Length == 0 || scopes.Any(scope => string.IsNullOrWhiteSpace(scope) || scope.Any(IsUnfit)))
            throw new TokenException(
                TokenError.InvalidResource,
                "A scope is empty, or has white space or control characters in it.",
                "Give each scope as a string of its own, "
                    + "such as -Scope https://api.loganalytics.io/Data.Read, offline_access.");

        // Scopes such as offline_access belong to no resource.
        string named = scopes.FirstOrDefault(scope => scope.Contains("://")) ?? scopes[0];
        int end = named.LastIndexOf('/');
        return new TokenRequest(end > 0 ? named.Substring(0, end) : named, [.. scopes]);
    }

    private static bool IsUnfit(char letter) => char.IsWhiteSpace(letter) || char.IsControl(letter);

    private static TokenRequest ForAudience(string audience) =>
        new(audience, [MonitorResource.ScopeOf(audience)]) { IsForResource = true };

    private static TokenException Invalid(string message, string? recommendedAction = null) =>
        new(
            TokenError.InvalidResource,
            message,
            recommendedAction
                ?? $"Give one of {ResourceCatalog.NamesIn(AzureEnvironment.AzureCloud)}, "
                    + "or an absolute https address.");
}
