namespace MonitorToken.Tests.Framework;

/// <summary>A session of Windows PowerShell, as far as it matters to the module.</summary>
/// <param name="Name">What sets it apart.</param>
/// <param name="OtherModule">When a module like Az.Accounts is imported: before, after or never.</param>
/// <param name="Lacks">The file that the module lacks; null for none.</param>
/// <param name="Classes">Those of whose cases to run; empty for all that no other session runs.</param>
internal sealed record FrameworkSession(string Name, string OtherModule, string? Lacks, params string[] Classes)
{
    public static IReadOnlyList<FrameworkSession> All { get; } =
    [
        new("alone", "never", null),
        new("another module imported before", "before", null),
        new("another module imported after", "after", null),
        new("no engine", "never", "MonitorToken.Engine.dll", "IncompleteCases"),
        new("no dependency, but another module's", "before", "Azure.Core.dll", "IncompleteCases"),
        new("imported from other folders too", "before", null, "SecondCopyCases"),
        new("engine removed after the import", "before", null, "VanishedCases"),
    ];
}
