namespace MonitorToken;

/// <summary>The configuration folder of a tool, which contains its logged-in accounts.</summary>
internal static class ToolFolder
{
    /// <param name="configured">The folder that the tool's environment variable names; null if it is not set.</param>
    /// <param name="defaultName">The name of the default folder in the user's home folder.</param>
    public static string Of(string? configured, string defaultName) =>
        configured ?? Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
            defaultName);
}
