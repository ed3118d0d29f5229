using System.Collections;
using System.Management.Automation;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>Completes the names of the default chain's members. Loads the engine, which defines them.</summary>
public sealed class ChainMemberCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        DefaultCredential.MemberNames.Where(name => Begins(name, word)).Select(name => Value(name));
}
