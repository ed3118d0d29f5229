using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Takes names and addresses out of what -Resource is given, and nothing out of anything else: PowerShell by itself
/// turns every object into a string.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NamesAttribute : ArgumentTransformationAttribute
{
    /// <summary>What becomes of everything else. The command tells what is wrong with it.</summary>
    private static readonly string[] None = [];

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        PipelineInput.Names(inputData) ?? None;

    /// <summary>Whether there was no name in what was given.</summary>
    public static bool FoundNone(string[] names) => ReferenceEquals(names, None);
}
