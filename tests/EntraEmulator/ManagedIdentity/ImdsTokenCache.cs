using System.Collections.Concurrent;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The metadata service keeps tokens: whoever asks again gets the same one, with less of its life left, until shortly
/// before its end. So a client that asks anew has not got a new token.
/// </summary>
public sealed class ImdsTokenCache
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(Guid ClientId, string Resource), IssuedToken> _tokens = new();

    internal ImdsTokenCache()
    {
    }

    /// <summary>Whether tokens are kept at all.</summary>
    public bool IsEnabled { get; set; } = true;

    /// <summary>Lets the next request for each resource get a new token.</summary>
    public void Clear() => _tokens.Clear();

    /// <summary>
    /// The token that is kept, or a new one. One that a fault has spoilt is neither given from here nor kept.
    /// </summary>
    internal IssuedToken Get(ManagedIdentity identity, Resource resource, string asked, Fault? fault)
    {
        if (!IsEnabled || fault is { SpoilsToken: true })
            return ManagedIdentityTokens.Issue(identity, resource, asked, fault);

        (Guid ClientId, string Resource) key = (identity.ClientId, asked);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (!_tokens.TryGetValue(key, out IssuedToken? token) || token.ExpiresOn < now + Margin)
            token = _tokens[key] = ManagedIdentityTokens.Issue(identity, resource, asked, fault);
        return token with { ExpiresIn = (long)(token.ExpiresOn - DateTimeOffset.UtcNow).TotalSeconds };
    }
}
