using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Completes the default scopes of the resources, in all clouds.</summary>
public sealed class ScopeCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        ResourceCatalog.All
            .Where(resource => resource.Scope is not null && Begins(resource.Scope, word))
            .Select(resource => Value(resource.Scope!, $"{resource.Name}, {resource.Environment}"));
}
