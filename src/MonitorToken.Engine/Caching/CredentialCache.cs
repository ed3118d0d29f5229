using System.Runtime.CompilerServices;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine.Caching;

/// <summary>
/// Scripts say the same for each token: who is to sign in. What was made of it the last time serves again while what is
/// said is the same to the letter, and no longer than the secret that it was said with lives.
/// </summary>
internal static class CredentialCache
{
    /// <summary>Stands for the secret where there is none.</summary>
    private static readonly object NoSecret = new();

    private static volatile ConditionalWeakTable<object, Place> _places = new();

    /// <exception cref="TokenException">What the caller said cannot be used.</exception>
    public static Credential Of(CredentialOptions said)
    {
        if (!IsPlain(said))
            return CredentialCatalog.CreateOwn(said);

        Place place = _places.GetValue((object?)said.ClientSecret ?? NoSecret, _ => new Place());
        CredentialInputs settings = DefaultCredential.Settings.TryRead()!;
        if (place.Latest is { } latest && latest.Settings == settings && latest.WasMadeOf(said))
            return latest.Credential;

        CredentialOptions own = said.WithOwnSecrets();
        Credential made = CredentialCatalog.Create(own);
        // Made while the variables were being changed, it is nobody's to find.
        if (DefaultCredential.Settings.TryRead()! == settings)
            place.Latest = new Known(said, own, settings, made);
        return made;
    }

    /// <summary>Forgets all of them.</summary>
    public static void Forget() => _places = new();

    /// <summary>
    /// Whether it consists of values alone, with no secret but the application's. Lists and certificates may be changed
    /// by their owner, and other secrets are seldom given twice.
    /// </summary>
    private static bool IsPlain(CredentialOptions said) => said is
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

    /// <summary>What is known by one secret.</summary>
    private sealed class Place
    {
        private volatile Known? _latest;

        public Known? Latest
        {
            get => _latest;
            set => _latest = value;
        }
    }

    /// <param name="Said">What it was made of.</param>
    /// <param name="Own">The same, with a secret that nobody else can change.</param>
    /// <param name="Settings">The variables that it was made by.</param>
    /// <param name="Credential">What was made.</param>
    private sealed record Known(
        CredentialOptions Said, CredentialOptions Own, CredentialInputs Settings, Credential Credential)
    {
        public bool WasMadeOf(CredentialOptions said) =>
            said == Said
            && (said.ClientSecret is null || Secret.AreSame(said.ClientSecret, Own.ClientSecret!));
    }
}
