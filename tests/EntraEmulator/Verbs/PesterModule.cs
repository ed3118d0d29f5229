namespace MonitorToken.EntraEmulator;

/// <summary>Pester 5: one that PowerShell finds by itself, or the one that was fetched for this repository.</summary>
public static class PesterModule
{
    /// <summary>How to get it, for those who have none.</summary>
    public const string HowToInstall =
        "Install it with: Install-Module Pester -MinimumVersion 5.5 -MaximumVersion 5.99 -Force";

    /// <summary>What runs one file, and where it is told what to import.</summary>
    public const string Script = "Invoke-TestFile.ps1";

    /// <inheritdoc cref="Script"/>
    public const string Variable = "MONITORTOKEN_PESTER";

    private static string Project => Path.Combine(Repository.Folder, "tests", "MonitorToken.Pester", "Pester");

    private static string Fetched => Path.Combine(Repository.Folder, "out", "modules", "pester");

    /// <summary>The path of its manifest; null when there is none.</summary>
    public static string? Find(PowerShellHost powerShell) =>
        Installed(powerShell) is { Length: > 0 } installed
            ? installed
            : Directory.Exists(Fetched)
            ? Directory.EnumerateFiles(Fetched, "Pester.psd1", SearchOption.AllDirectories).FirstOrDefault()
            : null;

    /// <summary>As Find; but where there is none, it is fetched, once.</summary>
    public static string? FindOrFetch(PowerShellHost powerShell)
    {
        if (Find(powerShell) is { } module)
            return module;

        Console.WriteLine("Pester 5.5 or newer is not installed: fetching it into out/modules, once.");
        return Tool.Succeeds(new("dotnet", ["restore", Project])) ? Find(powerShell) : null;
    }

    private static string? Installed(PowerShellHost powerShell) =>
        Tool.Output(powerShell.StartInfo(
            "-Command",
            """
            Get-Module Pester -ListAvailable | Where-Object { $_.Version -ge '5.5' -and $_.Version -lt '6.0' } |
                Select-Object -First 1 -ExpandProperty Path
            """))?.Trim();
}
