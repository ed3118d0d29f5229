using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.Credentials;

/// <summary>A way of signing in, or a chain of them.</summary>
internal abstract class EntraCredential(CredentialOptions options) : Credential(options)
{
    /// <summary>
    /// Whether a chain must stop when this way of signing in is set up but fails. What someone configured
    /// on purpose must not be passed over in silence; a developer's tool that is merely logged out may be.
    /// </summary>
    internal virtual bool FailureEndsChain => true;

    /// <summary>
    /// How long it has to itself before the rest of a chain gets going as well, where it may only be found out by waiting
    /// that it is not set up here; null where that is told at once. The order still decides.
    /// </summary>
    internal virtual TimeSpan? ParallelStartDelay => null;

    /// <summary>
    /// Whether it shows, opens or runs something of the caller's, or uses up what it was given. Such a one is begun
    /// only when it is needed, and never behind the caller's back.
    /// </summary>
    internal virtual bool InvolvesCaller => false;

    /// <summary>Whether a person takes part in it, or has before: what it gives is most likely that person's token.</summary>
    internal virtual bool IsForPeople => EntraErrors.IsForPeople(Name);

    /// <summary>Everything that was said of who signs in and where; never a secret.</summary>
    internal abstract string Identity { get; }

    /// <summary>The same, and what it goes by beside that, as of now.</summary>
    internal abstract string CurrentKey();

    /// <summary>A token that is in memory and need not be renewed yet; null if there is none.</summary>
    /// <param name="key">What <see cref="CurrentKey"/> has said.</param>
    /// <param name="request">What is asked for.</param>
    internal abstract AccessToken? TryGetCached(string key, TokenRequest request);
}
