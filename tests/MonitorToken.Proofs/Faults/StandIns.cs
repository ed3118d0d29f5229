namespace MonitorToken.Proofs.Faults;

/// <summary>
/// The tools, as shell scripts in a folder that is all of PATH. What each does is in a file beside it, so that no
/// program is written to while another is being started.
/// </summary>
internal sealed class StandIns : IDisposable
{
    public static readonly string[] Names = ["az", "azd", "pwsh"];

    public StandIns()
    {
        Directory.CreateDirectory(Path.Combine(Modules, "Az.Accounts"));
        if (OperatingSystem.IsWindows())
            return;

        foreach (string name in Names)
        {
            string path = Path.Combine(Folder, name);
            Write(path, $"#!/bin/sh\n{{ printf '%s\\n' \"$0\" \"$@\"; export -p; }} >> '{Given}'\n. '{path}.sh'\n");
            Say(Folder, name, "exit 1");
        }

        Write(Path.Combine(Folder, "no-interpreter"), "#!/nonexistent/interpreter\n");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("monitortoken-tools-").FullName;

    /// <summary>With what arguments and variables they were started.</summary>
    public string Given => Path.Combine(Folder, "given");

    public string Modules => Path.Combine(Folder, "modules");

    /// <summary>What a tool does from now on.</summary>
    public static void Say(string folder, string name, string script) =>
        File.WriteAllText(Path.Combine(folder, name + ".sh"), script.ReplaceLineEndings("\n") + "\n");

    private static void Write(string path, string script)
    {
        File.WriteAllText(path, script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
