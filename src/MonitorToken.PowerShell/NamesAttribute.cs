using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Extracts names and addresses from the argument of -Resource. Without this argument transformation, PowerShell would
/// convert any object to a string, and its display text would become the resource.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NamesAttribute : ArgumentTransformationAttribute
{
    /// <summary>
    /// The result for other arguments. Binding succeeds, so that the command can report a helpful error.
    /// </summary>
    private static readonly string[] None = [];

    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        PipelineInput.Names(inputData) ?? None;

    /// <summary>Whether the bound value stands for an argument without any name or address.</summary>
    public static bool FoundNone(string[] names) => ReferenceEquals(names, None);
}
