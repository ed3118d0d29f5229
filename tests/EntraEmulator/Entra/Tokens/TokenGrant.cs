using System.Text.Json;

namespace MonitorToken.EntraEmulator;

/// <summary>Whom a token is for and what it is to say.</summary>
internal sealed record TokenGrant(Tenant Tenant, string ClientId, Guid ObjectId, string Audience, TimeSpan Lifetime)
{
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>How the app proved itself; managed identities as with a certificate.</summary>
    public string Authentication { get; init; } = ClientAuthentication.Secret;

    /// <summary>The user whom the app acts for; null if it acts for itself.</summary>
    public SignIn? SignIn { get; init; }

    /// <summary>What was asked for.</summary>
    public RequestedScope? Scope { get; init; }

    public bool IsV2 { get; init; }

    /// <summary>When the client should renew it, if the answer says so.</summary>
    public TimeSpan? RefreshIn { get; init; }

    /// <summary>How old the refresh token is that this is given for.</summary>
    public TimeSpan? RefreshTokenAge { get; init; }

    /// <summary>The key that the token is bound to, as JSON; null for a bearer token, which is anybody's.</summary>
    public JsonElement? Confirmation { get; init; }

    /// <summary>The ARM path of a managed identity.</summary>
    public string? IdentityResourceId { get; init; }
}
