using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Completes the addresses of the resources' endpoints, in all clouds. Placeholders in braces are to be replaced.
/// </summary>
public sealed class EndpointCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        ResourceCatalog.All
            .Where(resource => resource.Endpoint is not null && Begins(resource.Endpoint, word))
            .Select(resource => Value(resource.Endpoint!, $"{resource.Name}, {resource.Environment}"));
}
