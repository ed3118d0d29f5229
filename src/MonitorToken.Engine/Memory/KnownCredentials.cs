using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security;

namespace MonitorToken.Engine.Memory;

/// <summary>
/// Scripts say the same for each token: who is to sign in. What was made of it the last time serves again, while what
/// was said is the same to the letter; a secret may have other letters since, though it is the same object.
/// </summary>
internal static class KnownCredentials
{
    /// <summary>More of them than this are a sign that each is said once only.</summary>
    private const int Most = 100;

    private static readonly ConcurrentDictionary<CredentialOptions, Known> All = new(new SameWords());

    /// <exception cref="TokenException">What the caller said cannot be used.</exception>
    public static Credential Of(CredentialOptions said)
    {
        if (All.TryGetValue(said, out Known? known) && known.Stands(said))
            return known.Credential;

        CredentialOptions own = said.WithOwnSecrets();
        known = new Known(CredentialCatalog.Create(own), CredentialCatalog.Settings.Look(), own.Secrets);
        if (All.Count >= Most)
            All.Clear();
        All[said] = known;
        return known.Credential;
    }

    /// <summary>Forgets all of them.</summary>
    public static void Forget() => All.Clear();

    /// <param name="Credential">What was made.</param>
    /// <param name="Settings">The variables that it was made by.</param>
    /// <param name="Secrets">Its own copies.</param>
    private sealed record Known(Credential Credential, Surroundings Settings, SecureString?[] Secrets)
    {
        public bool Stands(CredentialOptions said)
        {
            if (CredentialCatalog.Settings.Look() != Settings)
                return false;

            SecureString?[] secrets = said.Secrets;
            for (int i = 0; i < secrets.Length; i++)
            {
                if (secrets[i] is { } secret && !Secret.AreSame(secret, Secrets[i]!))
                    return false;
            }

            return true;
        }
    }

    /// <summary>Addresses and certificates are more alike to the runtime than they are here.</summary>
    private sealed class SameWords : IEqualityComparer<CredentialOptions>
    {
        public bool Equals(CredentialOptions? one, CredentialOptions? other) =>
            one == other
            && ReferenceEquals(one?.Certificate, other?.Certificate)
            && one?.RedirectUri?.OriginalString == other?.RedirectUri?.OriginalString;

        public int GetHashCode(CredentialOptions options) =>
            (options.Name, options.TenantId, options.ClientId, RuntimeHelpers.GetHashCode(options.ClientSecret))
            .GetHashCode();
    }
}
