namespace MonitorToken.Commands;

/// <summary>Where the commands' pages are, to which Get-Help -Online leads.</summary>
internal static class OnlineHelp
{
    public const string Folder = "https://github.com/MonitorToken/MonitorToken/blob/main/docs/commands/";
}
