namespace System.Management.Automation.Runspaces;

/// <summary>There is none here.</summary>
public abstract class Runspace
{
    public static Runspace? DefaultRunspace => null;
}

public class InvalidPipelineStateException : SystemException
{
}
