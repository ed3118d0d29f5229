namespace System.Management.Automation.Runspaces;

/// <summary>There is none here.</summary>
public abstract class Runspace
{
    public static Runspace? DefaultRunspace => null;

    public abstract InitialSessionState InitialSessionState { get; }
}

public class InvalidPipelineStateException : SystemException
{
}
