namespace System.Management.Automation.Host;

public abstract class PSHost
{
    public abstract PSHostUserInterface UI { get; }
}

public abstract class PSHostUserInterface
{
    public abstract void WriteLine(string value);
}
