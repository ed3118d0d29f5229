using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Completes resource names. The tool tip is the audience.</summary>
public sealed class ResourceCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound)
    {
        AzureEnvironment environment =
            LanguagePrimitives.TryConvertTo(bound["Environment"], out AzureEnvironment? named) && named is not null
                ? named
                : AzureEnvironment.AzureCloud;
        return ResourceCatalog.In(environment)
            .Where(resource => resource.Audience is not null && Begins(resource.Name, word))
            .Select(resource => Value(resource.Name, resource.Audience!));
    }
}
