using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MonitorToken.EntraEmulator;

/// <summary>An app registration with its service principal.</summary>
public sealed class App
{
    private const string SecretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-";

    private readonly ConcurrentDictionary<string, bool> _secrets = new(StringComparer.Ordinal);

    internal App(Tenant tenant, string clientId)
    {
        Tenant = tenant;
        ClientId = clientId;
    }

    public Tenant Tenant { get; }

    public string ClientId { get; }

    public Guid ObjectId { get; } = Guid.NewGuid();

    /// <summary>The application roles that its tokens carry.</summary>
    public IReadOnlyList<string> Roles { get; set; } = ["Data.Read"];

    /// <summary>How long its tokens live from the moment they are given out.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromSeconds(3599);

    /// <summary>A secret that works.</summary>
    public string Secret => _secrets.Keys.First();

    /// <summary>Adds a secret, a random one unless given; the others stay valid, as in Entra.</summary>
    public string AddSecret(string? secret = null)
    {
        // The shape of Entra's own; it never begins with a dash, which command lines take for an option.
        secret ??= RandomNumberGenerator.GetString(SecretAlphabet.AsSpan(0, 62), 3) + "8Q~" + RandomNumberGenerator.GetString(SecretAlphabet, 34);
        _secrets[secret] = true;
        return secret;
    }

    public void RemoveSecrets() => _secrets.Clear();

    internal bool Accepts(string secret) => _secrets.ContainsKey(secret);
}
