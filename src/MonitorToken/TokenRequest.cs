namespace MonitorToken;

/// <summary>What to ask for: one token, for one audience, from one authority.</summary>
internal sealed record TokenRequest
{
    private TokenRequest(string resource, string[] scopes)
    {
        Resource = resource;
        Scopes = scopes;
    }

    /// <summary>The audience, to the letter.</summary>
    public string Resource { get; }

    public IReadOnlyList<string> Scopes { get; }

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

    /// <summary>How long the caller will wait; null for as long as the credential itself takes.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Others can sign in if this one cannot, so that it is absent has to be found out quickly.</summary>
    public bool HasAlternatives { get; init; }

    /// <param name="nameOrAudience">A resource's name, or an absolute https address that is passed on as it is.</param>
    /// <param name="environment">The cloud in which a name is looked up; null for a private one, where only addresses are known.</param>
    public static TokenRequest ForResource(string nameOrAudience, AzureEnvironment? environment)
    {
        if (string.IsNullOrWhiteSpace(nameOrAudience))
            throw Invalid("The resource is empty.");

        if (nameOrAudience.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            && Uri.TryCreate(nameOrAudience, UriKind.Absolute, out Uri? address)
            && address.Host.Length > 0
            && !nameOrAudience.Any(char.IsWhiteSpace))
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
        if (scopes.Length == 0 || scopes.Any(scope => string.IsNullOrWhiteSpace(scope) || scope.Any(char.IsWhiteSpace)))
            throw new TokenException(
                TokenError.InvalidResource,
                "A scope is empty or has white space in it.",
                "Give each scope as a string of its own, such as -Scope https://api.loganalytics.io/Data.Read, offline_access.");

        // Scopes such as offline_access belong to no resource.
        string named = scopes.FirstOrDefault(scope => scope.Contains("://")) ?? scopes[0];
        int end = named.LastIndexOf('/');
        return new TokenRequest(end > 0 ? named.Substring(0, end) : named, [.. scopes]);
    }

    private static TokenRequest ForAudience(string audience) =>
        new(audience, [MonitorResource.ScopeOf(audience)]) { IsForResource = true };

    private static TokenException Invalid(string message) =>
        new(
            TokenError.InvalidResource,
            message,
            $"Give one of {ResourceCatalog.NamesIn(AzureEnvironment.AzureCloud)}, or an absolute https address.");
}
