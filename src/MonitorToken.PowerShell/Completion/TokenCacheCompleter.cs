using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Completes the names of persistent token caches that contain a sign-in.</summary>
public sealed class TokenCacheCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        TokenCacheFiles.Names().Where(name => Begins(name, word)).Select(name => Value(name));
}
