using System.Collections.Concurrent;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// Remembers assertions, so that none is taken twice. Entra itself is laxer, above all with the tokens of Kubernetes; a
/// client that presents each assertion once is right with both.
/// </summary>
internal sealed class Replays
{
    private readonly ConcurrentDictionary<string, bool> _seen = new(StringComparer.Ordinal);

    /// <summary>Takes the assertion, if it is here for the first time.</summary>
    public bool TryTake(Jwt assertion) => _seen.TryAdd(assertion.Id, true);
}
