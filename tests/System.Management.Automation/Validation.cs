using System.Collections;

namespace System.Management.Automation;

public abstract class ValidateArgumentsAttribute : CmdletMetadataAttribute
{
    /// <summary>Throws where the argument will not do.</summary>
    public abstract void Check(object? argument);
}

public sealed class ValidateNotNullAttribute : ValidateArgumentsAttribute
{
    public override void Check(object? argument)
    {
        if (argument is null)
            throw new ValidationMetadataException("The argument is null.");
    }
}

public sealed class ValidateNotNullOrEmptyAttribute : ValidateArgumentsAttribute
{
    public override void Check(object? argument)
    {
        if (argument is null or string { Length: 0 } or ICollection { Count: 0 })
            throw new ValidationMetadataException("The argument is null or empty.");
    }
}

public sealed class ValidateRangeAttribute(object minRange, object maxRange) : ValidateArgumentsAttribute
{
    public override void Check(object? argument)
    {
        if (Comparer.Default.Compare(argument, minRange) < 0 || Comparer.Default.Compare(argument, maxRange) > 0)
            throw new ValidationMetadataException($"The argument {argument} is not between {minRange} and {maxRange}.");
    }
}

public sealed class ValidateSetAttribute(params string[] validValues) : ValidateArgumentsAttribute
{
    public bool IgnoreCase { get; set; } = true;

    public override void Check(object? argument)
    {
        if (!validValues.Contains(Convert.ToString(argument), StringComparer.OrdinalIgnoreCase))
            throw new ValidationMetadataException($"{argument} is none of {string.Join(", ", validValues)}.");
    }
}
