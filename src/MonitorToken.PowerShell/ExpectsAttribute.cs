using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Refuses an object of another type without printing it. PowerShell prints what it cannot convert and turns anything
/// into a string, with whatever secret is in it: $config is easily typed for $config.TenantId.
/// </summary>
/// <param name="type">What the parameter takes.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExpectsAttribute(Type type) : ArgumentTransformationAttribute
{
    /// <summary>Whether a text may stand for it, such as a user name or the path of a file.</summary>
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
                    : $"A {given.GetType().Name} was given in place of a {type.Name}.");

        foreach (object? item in (IEnumerable)given)
            Check(item);
    }
}
