using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Whether Az.Accounts is installed for a PowerShell that is started: in the module folders of this session, which it
/// inherits, or in those that it adds itself, PowerShell 7 and Windows PowerShell each their own (about_PSModulePath).
/// </summary>
internal static class AzModule
{
    private const string Variable = "PSModulePath";

    /// <summary>
    /// This session's, and on Windows those of the registry: Windows PowerShell, started by PowerShell 7, reads them.
    /// </summary>
    private static readonly EnvironmentVariableTarget[] Targets =
        [EnvironmentVariableTarget.Process, EnvironmentVariableTarget.User, EnvironmentVariableTarget.Machine];

    private static readonly string[] Editions =
        ToolPath.IsWindows ? ["PowerShell", "WindowsPowerShell"] : ["powershell"];

    /// <summary>
    /// False if no folder of either edition has it, which spares the start of a PowerShell: that takes a second or
    /// more. Otherwise only the PowerShell that is started can say for certain.
    /// </summary>
    public static bool MayBeInstalled()
    {
        string? home = ToolPath.Find("pwsh") is { } pwsh ? Path.GetDirectoryName(Target(pwsh)) : null;
        return Folders(home).Where(ToolPath.IsFull).Any(HasAzAccounts)
            || ConfigurationFiles(home).Where(ToolPath.IsFull).Any(NamesFolders);
    }

    private static IEnumerable<string> Folders(string? home)
    {
        string shared = ToolPath.IsWindows
            ? Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles)
            : "/usr/local/share";
        return Targets
            .SelectMany(target => (Environment.GetEnvironmentVariable(Variable, target) ?? string.Empty)
                .Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries))
            .Concat(Editions.Select(PersonalFolder))
            .Concat(Editions.Select(edition => Path.Combine(shared, edition, "Modules")))
            .Concat(home is null ? [] : [Path.Combine(home, "Modules")]);
    }

    private static bool HasAzAccounts(string folder) =>
        ToolPath.Combine(folder, "Az.Accounts") is { } path && Directory.Exists(path);

    /// <summary>Of Install-Module -Scope CurrentUser.</summary>
    private static string PersonalFolder(string edition) =>
        Path.Combine(UserFolder("XDG_DATA_HOME", ".local/share"), edition, "Modules");

    /// <summary>PowerShell goes by the XDG specification on macOS too, unlike .NET.</summary>
    private static string UserFolder(string variable, string folder) =>
        ToolPath.IsWindows ? Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments)
        : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), folder);

    /// <summary>Of all users and of this user; PowerShell 7 only (about_PowerShell_Config).</summary>
    private static IEnumerable<string> ConfigurationFiles(string? home)
    {
        const string Name = "powershell.config.json";
        if (home is null)
            yield break;

        yield return Path.Combine(home, Name);
        yield return Path.Combine(UserFolder("XDG_CONFIG_HOME", ".config"), Editions[0], Name);
    }

    /// <summary>
    /// Whether it sets the module folders; which ones, only PowerShell knows, as there may be variables.
    /// </summary>
    private static bool NamesFolders(string file)
    {
        try
        {
            return File.Exists(file)
                && Regex.IsMatch(File.ReadAllText(file), Variable, RegexOptions.IgnoreCase);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>$PSHOME is the folder of the program itself; /usr/bin/pwsh, for one, is a symbolic link.</summary>
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
