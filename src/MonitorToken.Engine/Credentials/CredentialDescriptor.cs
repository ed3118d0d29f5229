namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A row of <see cref="CredentialCatalog"/>: describes a kind of credential.
/// </summary>
/// <param name="Name">The name, as in <see cref="Credential.Name"/> and the parameter sets.</param>
/// <param name="Create">Creates a credential of this kind.</param>
internal sealed record CredentialDescriptor(string Name, Func<CredentialOptions, Credential> Create)
{
    /// <summary>Whether a user signs in, now or earlier, who could respond to a prompt of Entra.</summary>
    public bool IsForPeople { get; init; }

    /// <summary>How to log in to the tool that the credential uses; null if it uses none.</summary>
    public string? LoginAdvice { get; init; }

    /// <summary>The place in the default chain; null if the credential is not a member.</summary>
    public ChainPlace? Place { get; init; }
}

/// <summary>A place in the default chain.</summary>
/// <param name="IsForProduction">Whether AZURE_TOKEN_CREDENTIALS=prod selects it; dev selects the others.</param>
/// <param name="Seconds">The deadline if the caller specifies no timeout, in seconds.</param>
/// <param name="TakesClientId">
/// Whether -ClientId selects the identity. A developer tool signs in as the account that is logged in, and Environment
/// has a variable for the client id.
/// </param>
internal sealed record ChainPlace(bool IsForProduction, int Seconds, bool TakesClientId = false);
