using System.Text.RegularExpressions;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// Checks whether the Az.Accounts module may be installed, without starting PowerShell. PowerShell 7 and Windows
/// PowerShell add different module folders to PSModulePath (about_PSModulePath).
/// </summary>
internal static class AzModule
{
    private const string PathVariable = "PSModulePath";
    private const string ConfigurationFile = "powershell.config.json";

    /// <summary>
    /// A child process inherits the variable, except that Windows PowerShell, when PowerShell 7 starts it, reads the
    /// registry.
    /// </summary>
    private static readonly EnvironmentVariableTarget[] Targets =
        [EnvironmentVariableTarget.Process, EnvironmentVariableTarget.User, EnvironmentVariableTarget.Machine];

    private static readonly string[] Editions =
        ToolPath.IsWindows ? ["PowerShell", "WindowsPowerShell"] : ["powershell"];

    /// <summary>
    /// False if no module folder contains Az.Accounts, which saves a second or more for starting PowerShell. True does
    /// not guarantee that PowerShell can load it.
    /// </summary>
    public static bool MayBeInstalled()
    {
        string userRoot = UserFolder("XDG_DATA_HOME", ".local/share");
        string sharedRoot = ToolPath.IsWindows
            ? Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles)
            : "/usr/local/share";
        List<string> folders =
        [
            .. Targets.SelectMany(target => (Environment.GetEnvironmentVariable(PathVariable, target) ?? string.Empty)
                .Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries)),
            .. Editions.Select(edition => Path.Combine(userRoot, edition, "Modules")),
            .. Editions.Select(edition => Path.Combine(sharedRoot, edition, "Modules")),
        ];
        if (ToolPath.Find("pwsh") is not { } pwsh)
            return folders.Exists(HasAzAccounts);

        string home = Path.GetDirectoryName(ResolveLink(pwsh))!;
        folders.Add(Path.Combine(home, "Modules"));
        return folders.Exists(HasAzAccounts)
            || SetsModulePath(Path.Combine(home, ConfigurationFile))
            || SetsModulePath(
                Path.Combine(UserFolder("XDG_CONFIG_HOME", ".config"), Editions[0], ConfigurationFile));
    }

    private static bool HasAzAccounts(string folder) =>
        ToolPath.IsFull(folder) && Directory.Exists(ToolPath.Combine(folder, "Az.Accounts"));

    /// <summary>PowerShell follows the XDG specification on macOS too, unlike .NET.</summary>
    private static string UserFolder(string variable, string defaultFolder) =>
        ToolPath.IsWindows ? Environment.GetFolderPath(Environment.SpecialFolder.MyDocuments)
        : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path ? path
        : Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
            defaultFolder);

    /// <summary>
    /// Whether a configuration file of PowerShell 7 (about_PowerShell_Config) sets the module path, which PowerShell
    /// alone can expand.
    /// </summary>
    private static bool SetsModulePath(string file)
    {
        try
        {
            return ToolPath.IsFull(file) && File.Exists(file)
                && Regex.IsMatch(File.ReadAllText(file), PathVariable, RegexOptions.IgnoreCase);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Resolves a symbolic link, such as /usr/bin/pwsh: $PSHOME is the folder of its target.</summary>
    private static string ResolveLink(string program)
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
