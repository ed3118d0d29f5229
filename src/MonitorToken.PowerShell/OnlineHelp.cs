namespace MonitorToken.Commands;

/// <summary>The location of the online help, which Get-Help -Online opens.</summary>
internal static class OnlineHelp
{
    public const string Folder = "https://github.com/MonitorToken/MonitorToken/blob/main/docs/commands/";
}
