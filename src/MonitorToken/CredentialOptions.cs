using System.Security;

namespace MonitorToken;

/// <summary>As whom to sign in: what the caller said, before any of it was used. The names are those of the parameters.</summary>
internal sealed record CredentialOptions
{
    /// <summary>The way of signing in, such as <c>ClientSecret</c>.</summary>
    public required string Name { get; init; }

    public required Authority Authority { get; init; }

    public bool DisableInstanceDiscovery { get; init; }

    public string? TenantId { get; init; }

    public string? ClientId { get; init; }

    public SecureString? ClientSecret { get; init; }

    public bool UseV1Endpoint { get; init; }

    public string? IdentityResourceId { get; init; }

    public string? IdentityObjectId { get; init; }

    public IReadOnlyList<string>? Include { get; init; }

    public IReadOnlyList<string>? Exclude { get; init; }
}
