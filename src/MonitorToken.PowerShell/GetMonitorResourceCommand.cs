using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Lists the named Azure Monitor resources with their audience, scope and endpoint in each cloud.</summary>
/// <example><code>Get-MonitorResource</code><para>The resources of the public cloud.</para></example>
/// <example><code>Get-MonitorResource Logs* -Environment AzureUSGovernment, AzureChinaCloud</code><para>Those whose name or alias begins with Logs, in two other clouds.</para></example>
[Cmdlet(VerbsCommon.Get, "MonitorResource")]
[OutputType(typeof(MonitorResource))]
public sealed class GetMonitorResourceCommand : PSCmdlet
{
    /// <summary>Names or aliases; wildcards are allowed.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The clouds to list. Without it: the public one.</summary>
    [Parameter]
    public AzureEnvironment[] Environment { get; set; } = [AzureEnvironment.AzureCloud];

    /// <summary>Writes the resources that match.</summary>
    protected override void EndProcessing()
    {
        foreach (string name in Name)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            MonitorResource[] found =
            [
                .. Environment.SelectMany(ResourceCatalog.In).Where(resource =>
                    pattern.IsMatch(resource.Name) || resource.Aliases.Any(pattern.IsMatch)),
            ];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                WriteMissing(name);

            WriteObject(found, enumerateCollection: true);
        }
    }

    private void WriteMissing(string name)
    {
        try
        {
            ResourceCatalog.ByName(name, Environment[0]);
        }
        catch (TokenException exception)
        {
            WriteError(ErrorRecords.From(exception, name));
        }
    }
}
