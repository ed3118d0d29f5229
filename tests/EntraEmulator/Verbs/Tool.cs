using System.ComponentModel;
using System.Diagnostics;

namespace MonitorToken.EntraEmulator;

/// <summary>A program of the machine's, of which little matters but whether it did its work.</summary>
internal static class Tool
{
    // PowerShell is a download of a hundred megabytes; where there is nothing to download, that is known in seconds.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static bool Succeeds(ProcessStartInfo start) => Run(start) is not null;

    /// <summary>What it has put out; null if it did not do its work. For what leaves nothing running.</summary>
    public static string? Output(ProcessStartInfo start) => Run(start)?.Result;

    private static Task<string>? Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        try
        {
            using Process process = Process.Start(start)!;
            // Both are short, but an unread pipe could keep the process waiting.
            _ = process.StandardError.ReadToEndAsync();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            if (process.WaitForExit(Limit))
                return process.ExitCode == 0 ? output : null;

            process.Kill(entireProcessTree: true);
            return null;
        }
        catch (Win32Exception)
        {
            // It is not on PATH.
            return null;
        }
    }
}
