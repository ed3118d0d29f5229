using System.Diagnostics;

namespace MonitorToken.Engine.Processes;

/// <summary>How a tool is started.</summary>
internal static class ToolStart
{
    /// <summary>
    /// Makes what it runs the leader of a session of its own, in place, so that its process id is that of the group
    /// that all its children belong to. There is none on macOS.
    /// </summary>
    private static readonly string? SetSid =
        ToolPath.IsWindows ? null : new[] { "/usr/bin/setsid", "/bin/setsid" }.FirstOrDefault(File.Exists);

    /// <summary>Whether what is started leads a process group of its own.</summary>
    public static bool LeadsGroup => SetSid is not null;

    public static ProcessStartInfo Of(ToolCommand command)
    {
        if (!ToolPath.IsFull(command.Program))
            throw new ArgumentException("A tool is started by its full path.", nameof(command));

        (string program, string arguments) = Resolve(command.Program, ToolArgument.Line(command.Arguments));
        var info = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // Not the user's folder: a tool may load what it finds there.
            WorkingDirectory = ToolPath.IsWindows ? Environment.SystemDirectory : "/",
        };

        foreach (KeyValuePair<string, string?> variable in command.Environment ?? new Dictionary<string, string?>())
        {
            if (variable.Value is null)
                info.Environment.Remove(variable.Key);
            else
                info.Environment[variable.Key] = variable.Value;
        }

        return info;
    }

    private static (string Program, string Arguments) Resolve(string program, string arguments)
    {
        string line = $"\"{program}\" {arguments}";
        if (SetSid is not null)
            return (SetSid, line);

        // Batch files are not programs. Without AutoRun and delayed expansion; /s takes the outer quotes away, only.
        return ToolPath.IsWindows && !program.EndsWith(".exe", StringComparison.OrdinalIgnoreCase)
            ? (Path.Combine(Environment.SystemDirectory, "cmd.exe"), $"/d /v:off /s /c \"{line}\"")
            : (program, arguments);
    }
}
