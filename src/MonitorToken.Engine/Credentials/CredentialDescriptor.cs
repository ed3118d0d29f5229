namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A row of <see cref="CredentialCatalog"/>: all that is known of a way of signing in before it is used.
/// </summary>
/// <param name="Name">As in <see cref="Credential.Name"/> and the parameter sets.</param>
/// <param name="Create">Makes one.</param>
internal sealed record CredentialDescriptor(string Name, Func<CredentialOptions, Credential> Create)
{
    /// <summary>Whether a person takes part, or has before, who could answer a question of Entra's.</summary>
    public bool IsForPeople { get; init; }

    /// <summary>How to log in again to the tool that it asks; null where there is none.</summary>
    public string? LoginAdvice { get; init; }

    /// <summary>Its place in the default chain; null for none.</summary>
    public ChainPlace? Place { get; init; }
}

/// <summary>A place in the default chain.</summary>
/// <param name="IsForProduction">Whether AZURE_TOKEN_CREDENTIALS=prod keeps it; dev keeps the others.</param>
/// <param name="Seconds">How long it may take where the caller does not say.</param>
/// <param name="TakesClientId">
/// Whether -ClientId says which identity it is to be. A developer's tool signs in as whoever is logged in, and the
/// environment says itself who it is.
/// </param>
internal sealed record ChainPlace(bool IsForProduction, int Seconds, bool TakesClientId = false);
