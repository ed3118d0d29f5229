namespace System.Management.Automation;

public class RuntimeException : SystemException
{
    public RuntimeException()
    {
    }

    public RuntimeException(string message)
        : base(message)
    {
    }

    public RuntimeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    public virtual ErrorRecord ErrorRecord => new(this, GetType().Name, ErrorCategory.NotSpecified, null);
}

public class PipelineStoppedException : RuntimeException;

public class SessionStateException(string message) : RuntimeException(message);

public class ItemNotFoundException(string message) : SessionStateException(message);

public class DriveNotFoundException(string message) : SessionStateException(message);

public class ProviderInvocationException(string message) : RuntimeException(message);

public class MetadataException(string message) : RuntimeException(message);

public class ArgumentTransformationMetadataException(string message) : MetadataException(message);

public class ValidationMetadataException(string message) : MetadataException(message);

public class PSInvalidCastException(string message) : InvalidCastException(message);

/// <summary>How a command leaves that has called ThrowTerminatingError.</summary>
public class CmdletInvocationException(ErrorRecord errorRecord)
    : RuntimeException(errorRecord.Exception.Message, errorRecord.Exception)
{
    public override ErrorRecord ErrorRecord { get; } = errorRecord;
}
