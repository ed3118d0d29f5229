using System.Reflection;

namespace MonitorToken.EntraEmulator;

/// <summary>Where this was built from, and what was built there.</summary>
public static class Repository
{
    public static string Folder { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "Repository").Value!;

    /// <summary>The importable module.</summary>
    public static string Module { get; } = Path.Combine(Folder, "out", "MonitorToken");
}
