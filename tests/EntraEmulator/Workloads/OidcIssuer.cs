using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// A platform that vouches for the workloads that it runs. Entra would fetch its keys; the emulator has them at hand.
/// </summary>
public sealed class OidcIssuer
{
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };

    private readonly Lazy<RsaSecurityKey> _key = new(
        () => new RsaSecurityKey(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") });

    internal OidcIssuer(string url, string subject)
    {
        Url = url;
        Subject = subject;
    }

    /// <summary>The iss of its tokens.</summary>
    public string Url { get; }

    /// <summary>The workload that the seeded app trusts.</summary>
    public string Subject { get; }

    internal RSA Key => _key.Value.Rsa;

    /// <summary>A new token about a workload. A lifetime below zero gives one that is past.</summary>
    public string Issue(
        string? subject = null, string audience = FederatedCredential.DefaultAudience, TimeSpan? lifetime = null) =>
        Issue(subject, audience, lifetime, new Dictionary<string, object>());

    internal string Issue(string? subject, string audience, TimeSpan? lifetime, IDictionary<string, object> more)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        DateTimeOffset expiresOn = now + (lifetime ?? TimeSpan.FromMinutes(10));
        DateTimeOffset notBefore = expiresOn < now ? expiresOn.AddMinutes(-10) : now;
        return Handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object>(more)
            {
                ["jti"] = Guid.NewGuid().ToString(),
                ["iss"] = Url,
                ["sub"] = subject ?? Subject,
                ["aud"] = audience,
                ["iat"] = notBefore.ToUnixTimeSeconds(),
                ["nbf"] = notBefore.ToUnixTimeSeconds(),
                ["exp"] = expiresOn.ToUnixTimeSeconds(),
            },
            SigningCredentials = new SigningCredentials(_key.Value, SecurityAlgorithms.RsaSha256),
        });
    }
}
