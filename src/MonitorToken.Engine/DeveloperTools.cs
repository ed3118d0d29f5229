namespace MonitorToken.Engine;

/// <summary>Programs of the developer's that lend their login.</summary>
internal static class DeveloperTools
{
    /// <summary>Such a program starts slowly, above all the first time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What the library may wait for it: always a little longer than the caller does, whose own deadline tells it better.</summary>
    public static TimeSpan TimeoutFor(TokenRequest request) =>
        request.Timeout + TimeSpan.FromSeconds(5) is { } longer && longer > Patience ? longer : Patience;

    /// <summary>A folder of the user's, unless a variable names another.</summary>
    public static string Folder(string? variable, string nameInHome)
    {
        string? folder = variable is null ? null : Environment.GetEnvironmentVariable(variable);
        return string.IsNullOrEmpty(folder)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), nameInHome)
            : folder!;
    }

    /// <summary>Whether there is such a program; a look spares a shell that would only find out the same.</summary>
    public static bool IsOnPath(string program)
    {
        string[] extensions = Path.DirectorySeparatorChar == '\\' ? [".cmd", ".exe", ".bat"] : [string.Empty];
        return (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split([Path.PathSeparator], StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => extensions.Any(extension => File.Exists(Path.Combine(folder.Trim('"'), program + extension))));
    }
}
