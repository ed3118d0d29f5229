using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Rejects an argument of another type without displaying it. Without this argument transformation, PowerShell would
/// show what it cannot convert, or convert it to a string, with any secret in it: $config is easily typed instead of
/// $config.TenantId.
/// </summary>
/// <param name="type">The type that the parameter accepts.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExpectsAttribute(Type type) : ArgumentTransformationAttribute
{
    /// <summary>
    /// Whether values that PowerShell converts are accepted, too, such as a user name or a file path.
    /// </summary>
    public bool TakesText { get; set; }

    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        Check(inputData);
        return inputData;
    }

    private void Check(object? input)
    {
        object? given = input is PSObject wrapped ? wrapped.BaseObject : input;
        if (given is null || type.IsInstanceOfType(given)
            || (TakesText && given is string or ValueType or byte[]))
            return;
        if (given is not IEnumerable or string or IDictionary)
            throw new ArgumentTransformationMetadataException(
                PipelineInput.IsFormerCredential(input!)
                    ? PipelineInput.FormerCredential
                    : $"A {given.GetType().Name} was specified instead of a {type.Name}.");

        foreach (object? item in (IEnumerable)given)
            Check(item);
    }
}
