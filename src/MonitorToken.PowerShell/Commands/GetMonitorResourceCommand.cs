using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Lists the named Azure Monitor resources with their audience, scope and endpoint in each cloud.</summary>
/// <remarks>
/// <para>
/// Use the names with Get-MonitorToken -Resource. The list is part of the module; the command does not access the
/// network.
/// </para>
/// <para>
/// A resource without a known audience in a cloud is listed, too, with an empty audience. For such a resource, give the
/// audience itself to Get-MonitorToken -Resource, as an https address.
/// </para>
/// </remarks>
/// <example><code>Get-MonitorResource</code><para>Lists the resources of the public cloud.</para></example>
/// <example>
/// <code>Get-MonitorResource Logs* -Environment AzureUSGovernment, AzureChinaCloud</code>
/// <para>Lists the resources whose name or alias begins with Logs in two other clouds.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MonitorResource", HelpUri = OnlineHelp.Folder + "Get-MonitorResource.md")]
[OutputType(typeof(MonitorResource))]
public sealed class GetMonitorResourceCommand : PSCmdlet
{
    /// <summary>The names or aliases to list. Wildcards are allowed. Without it, all resources are listed.</summary>
    /// <value>*</value>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The clouds to list. Without it, the public cloud.</summary>
    /// <value>AzureCloud</value>
    [Parameter]
    public AzureEnvironment[] Environment { get; set; } = [AzureEnvironment.AzureCloud];

    /// <summary>Adds the views to the runspace, if this is its first command.</summary>
    protected override void BeginProcessing() => Views.Register(this);

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
