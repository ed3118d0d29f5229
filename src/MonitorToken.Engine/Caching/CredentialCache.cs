using System.Runtime.CompilerServices;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// Remembers the credential object that was built last for the same parameters, so that a script that passes them with
/// every call does not build a credential for each token. An entry is used only while all parameters and environment
/// variables are equal, and lives no longer than the secret it was built with.
/// </summary>
internal static class CredentialCache
{
    /// <summary>The key of credentials without a secret.</summary>
    private static readonly object NoSecret = new();

    // Weak references: the entry is collected with the caller's SecureString.
    private static volatile ConditionalWeakTable<object, Slot> _slots = new();

    /// <summary>Returns a credential for these parameters, from the cache if possible.</summary>
    /// <param name="options">The parameters of the caller.</param>
    /// <exception cref="TokenException">The parameters are not valid.</exception>
    public static Credential Of(CredentialOptions options)
    {
        if (!IsPlain(options))
            return CredentialCatalog.CreateOwn(options);

        Slot slot = _slots.GetValue((object?)options.ClientSecret ?? NoSecret, _ => new Slot());
        CredentialInputs settings = DefaultCredential.Settings.TryRead()!;
        if (slot.Latest is { } latest && latest.Settings == settings && latest.Matches(options))
            return latest.Credential;

        CredentialOptions own = options.WithOwnSecrets();
        Credential created = CredentialCatalog.Create(own);
        // If the environment variables changed while the credential was built, do not cache it.
        if (DefaultCredential.Settings.TryRead()! == settings)
            slot.Latest = new Entry(options, own, settings, created);
        return created;
    }

    /// <summary>Removes all entries.</summary>
    public static void Clear() => _slots = new();

    /// <summary>
    /// Whether the parameters can be compared: values only, with no secret but the client secret. Lists and
    /// certificates can be changed by their owner, and other secrets, such as assertions, are rarely passed twice.
    /// </summary>
    private static bool IsPlain(CredentialOptions options) => options is
    {
        Certificate: null,
        CertificatePassword: null,
        UserAssertion: null,
        FederatedToken: null,
        FederatedTokenScript: null,
        FederatedCredential: null,
        SystemAccessToken: null,
        RedirectUri: null,
        Chain: null,
        Include: null,
        Exclude: null,
    };

    /// <summary>Holds the credential that was built last with one secret.</summary>
    private sealed class Slot
    {
        private volatile Entry? _latest;

        public Entry? Latest
        {
            get => _latest;
            set => _latest = value;
        }
    }

    /// <summary>A credential and what it was built from.</summary>
    /// <param name="Options">The parameters as the caller passed them.</param>
    /// <param name="Own">The same parameters, with a copy of the secret that nobody else can change.</param>
    /// <param name="Settings">The environment variables that the credential depends on.</param>
    /// <param name="Credential">The credential.</param>
    private sealed record Entry(
        CredentialOptions Options, CredentialOptions Own, CredentialInputs Settings, Credential Credential)
    {
        public bool Matches(CredentialOptions options) =>
            options == Options
            && (options.ClientSecret is null || Secret.AreSame(options.ClientSecret, Own.ClientSecret!));
    }
}
