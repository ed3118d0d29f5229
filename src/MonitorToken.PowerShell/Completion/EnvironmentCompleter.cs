using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Completes the names of clouds. The tool tip is the authority host.</summary>
public sealed class EnvironmentCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        AzureEnvironment.Known.Concat(AzureEnvironment.Described)
            .Where(cloud => Begins(cloud.Name, word))
            .Select(cloud => Value(cloud.Name, cloud.LoginHosts[0]));
}
