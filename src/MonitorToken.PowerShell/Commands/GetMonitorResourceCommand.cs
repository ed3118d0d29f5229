using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Lists the named Azure Monitor resources with their audience, scope and endpoint in each cloud.</summary>
/// <remarks>
/// <para>
/// Use the names with Get-MonitorToken -Resource. The list is part of the module; the command makes no network calls,
/// except with -ResourceManager.
/// </para>
/// <para>
/// If a resource has no known audience in a cloud, Audience is empty. Pass the audience as an https URI to
/// Get-MonitorToken -Resource.
/// </para>
/// </remarks>
/// <example><code>Get-MonitorResource</code><para>Lists the resources of the public cloud.</para></example>
/// <example>
/// <code>Get-MonitorResource Logs* -Environment AzureUSGovernment, AzureChinaCloud</code>
/// <para>Lists the resources of two other clouds whose name or alias begins with Logs.</para>
/// </example>
/// <example>
/// <code>Get-MonitorResource -ResourceManager https://management.fabrikam.example</code>
/// <para>Lists the resources of a cloud that describes itself.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MonitorResource", HelpUri = OnlineHelp.Folder + "Get-MonitorResource.md")]
[OutputType(typeof(MonitorResource))]
public sealed class GetMonitorResourceCommand : ModuleCommand
{
    /// <summary>The names or aliases to list. Wildcards are allowed.</summary>
    /// <value>*</value>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The clouds to list.</summary>
    /// <value>AzureCloud</value>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(EnvironmentCompleter))]
    [ValidateNotNullOrEmpty]
    public AzureEnvironment[] Environment { get; set; } = [AzureEnvironment.AzureCloud];

    /// <summary>
    /// The https URI of the Resource Manager of a cloud that describes itself. Use it instead of -Environment.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? ResourceManager { get; set; }

    /// <inheritdoc/>
    private protected override void Begin()
    {
        if (ResourceManager is null)
            return;
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Environment)))
            throw new TokenException(
                TokenError.InvalidOption,
                "Both -ResourceManager and -Environment were specified.",
                "Specify only one of them. -ResourceManager determines the cloud.");

        Environment = [ReadCloud(ResourceManager)];
    }

    /// <inheritdoc/>
    private protected override void Process()
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
                Report(
                    ResourceCatalog.Unknown(name, Environment[0]),
                    target: ResourceCatalog.Redacted(name),
                    isOneOfSeveral: Name.Length > 1 || MyInvocation.ExpectingInput);

            Write(found, enumerateCollection: true);
        }
    }
}
