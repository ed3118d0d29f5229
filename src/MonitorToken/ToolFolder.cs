namespace MonitorToken;

/// <summary>Where a tool keeps who is logged in.</summary>
internal static class ToolFolder
{
    /// <param name="moved">What the tool's variable names; null where it is not set.</param>
    /// <param name="nameInHome">The folder's name in the user's home otherwise.</param>
    public static string Of(string? moved, string nameInHome) =>
        moved ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), nameInHome);
}
