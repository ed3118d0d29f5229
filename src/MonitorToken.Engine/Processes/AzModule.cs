namespace MonitorToken.Engine.Processes;

/// <summary>
/// Where Az.Accounts may be for a PowerShell that is started: in the session's module folders, which it inherits, and
/// in those that PowerShell 7 and Windows PowerShell add by themselves, each its own (see about_PSModulePath).
/// </summary>
internal static class AzModule
{
    private const string Variable = "PSModulePath";

    /// <summary>
    /// Whether it is worth to start a PowerShell, which takes a second or more, to ask for Az.Accounts. Looks in the
    /// folders of both editions, whichever are installed: the one that is started says for certain.
    /// </summary>
    /// <param name="pwsh">The full path of PowerShell 7; null if there is none.</param>
    public static bool MayBeInstalled(string? pwsh)
    {
        string? home = pwsh is null ? null : Path.GetDirectoryName(Target(pwsh));
        return Folders(home).Any(folder => ToolPath.Combine(folder, "Az.Accounts") is { } path && Directory.Exists(path))
            || ConfigurationFiles(home).Any(NamesFolders);
    }

    private static IEnumerable<string> Folders(string? home)
    {
        IEnumerable<string> folders = Listed(Environment.GetEnvironmentVariable(Variable));
        if (home is not null)
            folders = folders.Append(Path.Combine(home, "Modules"));
        if (!ToolPath.IsWindows)
            return folders.Append(PersonalFolder("powershell")).Append("/usr/local/share/powershell/Modules");

        // A PowerShell of the other edition does not inherit the variable, and begins with what the registry says.
        foreach (var target in new[] { EnvironmentVariableTarget.User, EnvironmentVariableTarget.Machine })
            folders = folders.Concat(Listed(Environment.GetEnvironmentVariable(Variable, target)));
        string programs = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
        return folders.Concat(
            from edition in new[] { "PowerShell", "WindowsPowerShell" }
            from folder in new[] { PersonalFolder(edition), Path.Combine(programs, edition, "Modules") }
            select folder);
    }

    private static string[] Listed(string? folders) =>
        (folders ?? string.Empty).Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>For modules that were installed with -Scope CurrentUser; XDG_DATA_HOME counts, as in PowerShell.</summary>
    private static string PersonalFolder(string edition) => Path.Combine(
        Environment.GetFolderPath(
            ToolPath.IsWindows
                ? Environment.SpecialFolder.MyDocuments
                : Environment.SpecialFolder.LocalApplicationData),
        edition,
        "Modules");

    /// <summary>Of all users and of this one (see about_PowerShell_Config); Windows PowerShell has none.</summary>
    private static IEnumerable<string> ConfigurationFiles(string? home)
    {
        const string Name = "powershell.config.json";
        if (home is null)
            yield break;

        yield return Path.Combine(home, Name);
        yield return ToolPath.IsWindows
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments), "PowerShell", Name)
            : Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "powershell", Name);
    }

    /// <summary>What they are is for PowerShell to read: they may hold variables.</summary>
    private static bool NamesFolders(string file)
    {
        try
        {
            return File.Exists(file)
                && File.ReadAllText(file).IndexOf(Variable, StringComparison.OrdinalIgnoreCase) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What a link leads to: /usr/bin/pwsh is one, and modules lie beside the program itself.</summary>
    private static string Target(string program)
    {
#if NET
        try
        {
            return File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
        }
        catch (IOException)
        {
            return program;
        }
#else
        return program;
#endif
    }
}
