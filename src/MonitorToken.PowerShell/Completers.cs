using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using MonitorToken.Engine.Credentials;

namespace MonitorToken.Commands;

/// <summary>Completes the names of resources; the audience is the tool tip.</summary>
public sealed class ResourceCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters)
    {
        AzureEnvironment environment = LanguagePrimitives.TryConvertTo(
            fakeBoundParameters["Environment"],
            out AzureEnvironment named)
            ? named
            : AzureEnvironment.AzureCloud;
        return ResourceCatalog.In(environment)
            .Where(resource => resource.Audience is not null
                && resource.Name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(resource => new CompletionResult(
                resource.Name,
                resource.Name,
                CompletionResultType.ParameterValue,
                resource.Audience));
    }
}

/// <summary>Completes the names of the default chain's members.</summary>
public sealed class ChainMemberCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters) =>
        DefaultChain.MemberNames
            .Where(name => name.StartsWith(wordToComplete.Trim('\'', '"'), StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name));
}
