using System.Diagnostics;
using MonitorToken.EntraEmulator;
using Xunit;

[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace MonitorToken.Pester;

/// <summary>
/// The commands' tests, file by file. Without PowerShell or Pester they are skipped with the reason;
/// with MONITORTOKEN_REQUIRE_PWSH=1 they fail instead. xunit runs classes beside each other, so each has a share of the
/// files: more shares than a small machine has processors, since much of the time is spent waiting.
/// </summary>
public abstract class PesterTests(ITestOutputHelper output)
{
    private protected static readonly string Folder = Path.Combine(Repository.Folder, "tests", "MonitorToken.Pester");

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private static readonly string Results = Path.Combine(Repository.Folder, "out", "test-results", "pester");

    private static readonly Lazy<(PowerShellHost? PowerShell, string? Pester, string Missing)> Host = new(FindHost);

    private static readonly string[] Files =
        [.. Directory.EnumerateFiles(Folder, "*.Tests.ps1").Select(path => Path.GetFileName(path)).Order()];

    private protected static TheoryData<string> Share(int remainder) =>
        [.. Files.Where((_, index) => index % 3 == remainder)];

    private protected async Task RunAsync(string file)
    {
        if (Host.Value.PowerShell is not { } powerShell)
        {
            Assert.False(
                System.Environment.GetEnvironmentVariable("MONITORTOKEN_REQUIRE_PWSH") == "1",
                Host.Value.Missing);
            Assert.Skip(Host.Value.Missing);
            return;
        }

        await using Emulator emulator = await StartEmulatorAsync(new());
        await RunAsync(file, emulator, powerShell.StartInfo, path => path);
    }

    private protected async Task RunOnWindowsAsync(
        string file, Lazy<string>? module = null, string prefix = "windows-")
    {
        if (WinePowerShell.Find() is not { } powerShell || Host.Value.Pester is null)
        {
            Assert.Skip("There is no PowerShell for Windows here. " + WinePowerShell.HowToInstall);
            return;
        }

        await using Emulator emulator = await StartEmulatorAsync(
            new()
            {
                CertificateAuthorityFile = WinePowerShell.CertificateAuthorityFile,
                ArcKeyFolder = WinePowerShell.ArcKeyFolder,
            });
        await RunAsync(file, emulator, powerShell.StartInfo, WinePowerShell.ToWindowsPath, prefix, module?.Value);
    }

    private static Task<Emulator> StartEmulatorAsync(EmulatorOptions options) =>
        Emulator.StartAsync(options, TestContext.Current.CancellationToken);

    private async Task RunAsync(
        string file,
        Emulator emulator,
        Func<string[], ProcessStartInfo> startInfo,
        Func<string, string> toPath,
        string prefix = "",
        string? module = null)
    {
        Directory.CreateDirectory(Results);
        string results = Path.Combine(Results, prefix + Path.ChangeExtension(file, ".xml"));
        File.Delete(results);

        ProcessStartInfo start = startInfo(
        [
            "-File",
            toPath(Path.Combine(Folder, PesterModule.Script)),
            "-Path",
            toPath(Path.Combine(Folder, file)),
            "-ResultPath",
            toPath(results),
        ]);
        ClientEnvironment.Apply(emulator, start.Environment);
        foreach (string name in emulator.Environment.Keys)
        {
            // Not every value that begins like a path is one: resource IDs do.
            if (start.Environment[name] is ['/', ..] path && Directory.Exists(Path.GetDirectoryName(path)))
                start.Environment[name] = toPath(path);
        }

        // Else the module that was built here; a package that is installed somewhere is tested in its place.
        start.Environment["MONITORTOKEN_MODULE"] = toPath(
            module ?? System.Environment.GetEnvironmentVariable("MONITORTOKEN_MODULE") ?? Repository.Module);
        start.Environment[PesterModule.Variable] = toPath(Host.Value.Pester!);
        start.Environment["MONITORTOKEN_EMULATOR"] = toPath(typeof(Emulator).Assembly.Location);
        // These are processes of seconds, all of PowerShell: what the runtime does to make their code faster takes
        // longer than it saves.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        start.Environment["MONITORTOKEN_HOSTILE"] = toPath(Path.Combine(AppContext.BaseDirectory, "hostile"));

        (int exitCode, string text) = await RunAsync(start);
        output.WriteLine(text);
        Assert.True(exitCode == 0, text);
        Assert.True(File.Exists(results), "Pester has written no results.");
    }

    // dotnet test has fetched what can be had.
    private static (PowerShellHost? PowerShell, string? Pester, string Missing) FindHost() =>
        PowerShellHost.Find() is not { } powerShell
            ? (null, null, "PowerShell was not found. " + PowerShellHost.HowToInstall)
            : PesterModule.Find(powerShell) is not { } pester
            ? (null, null, "Pester 5.5 or newer was not found. " + PesterModule.HowToInstall)
            : (powerShell, pester, "");

    private static async Task<(int ExitCode, string Text)> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            string text = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, text + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"Not finished within {Limit.TotalMinutes} minutes.");
        }
    }
}

public sealed class PesterTestsOne(ITestOutputHelper output) : PesterTests(output)
{
    public static TheoryData<string> Files => Share(0);

    [Theory]
    [MemberData(nameof(Files))]
    public Task Passes(string file) => RunAsync(file);
}

public sealed class PesterTestsTwo(ITestOutputHelper output) : PesterTests(output)
{
    public static TheoryData<string> Files => Share(1);

    [Theory]
    [MemberData(nameof(Files))]
    public Task Passes(string file) => RunAsync(file);
}

public sealed class PesterTestsThree(ITestOutputHelper output) : PesterTests(output)
{
    public static TheoryData<string> Files => Share(2);

    [Theory]
    [MemberData(nameof(Files))]
    public Task Passes(string file) => RunAsync(file);
}

/// <summary>
/// The same on Windows, as Wine is it; on Windows itself, the other classes do that. For the sake of time, these are the
/// files that touch on paths, processes, environment, caches and other things of the system; with
/// MONITORTOKEN_WINDOWS=all, also those that do so in passing.
/// </summary>
public sealed class WindowsPesterTests(ITestOutputHelper output) : PesterTests(output)
{
    private static readonly Lazy<string> FrameworkEngineModule = new(CopyWithFrameworkEngine);

    private static readonly string[] Always =
    [
        "AzurePowerShell.Tests.ps1",
        "Clear-MonitorTokenCache.Tests.ps1",
        "Get-MonitorToken.Tests.ps1",
        "Secrets.Tests.ps1",
        "Session.Tests.ps1",
        "Windows.Tests.ps1",
        "WindowsTools.Tests.ps1",
    ];

    private static readonly string[] IfAll =
    [
        "Access.Tests.ps1",
        "Arguments.Tests.ps1",
        "Callers.Tests.ps1",
        "ConvertFrom-MonitorToken.Tests.ps1",
        "ErrorAction.Tests.ps1",
        "FederatedCredential.Tests.ps1",
        "Get-MonitorTokenCredential.Tests.ps1",
        "Identity.Tests.ps1",
        "Isolation.Tests.ps1",
        "ManagedIdentityHosts.Tests.ps1",
        "Refusals.Tests.ps1",
        "SessionScripts.Tests.ps1",
        "Sharing.Tests.ps1",
        "SignIn.Tests.ps1",
        "Streams.Tests.ps1",
        "Test-MonitorTokenCredential.Tests.ps1",
        "Views.Tests.ps1",
        "Waiting.Tests.ps1",
    ];

    private static readonly string[] AlwaysWithFrameworkEngine = ["WindowsTools.Tests.ps1"];

    private static readonly string[] IfAllWithFrameworkEngine =
    [
        "AzurePowerShell.Tests.ps1",
        "Clear-MonitorTokenCache.Tests.ps1",
        "Get-MonitorToken.Tests.ps1",
        "ManagedIdentityHosts.Tests.ps1",
        "Sharing.Tests.ps1",
        "SignIn.Tests.ps1",
        "Waiting.Tests.ps1",
        "Windows.Tests.ps1",
    ];

    public static TheoryData<string> Files => [.. Always, .. IsAll ? IfAll : []];

    public static TheoryData<string> FrameworkFiles =>
        [.. AlwaysWithFrameworkEngine, .. IsAll ? IfAllWithFrameworkEngine : []];

    private static bool IsAll => System.Environment.GetEnvironmentVariable("MONITORTOKEN_WINDOWS") == "all";

    [Theory]
    [MemberData(nameof(Files))]
    public Task Passes_on_Windows(string file) => RunOnWindowsAsync(file);

    /// <summary>
    /// No Windows PowerShell runs under Wine, so the engine that is built for it is put into the place of the other.
    /// </summary>
    [Theory]
    [MemberData(nameof(FrameworkFiles))]
    public Task Passes_on_Windows_with_the_engine_of_Windows_PowerShell(string file) =>
        RunOnWindowsAsync(file, FrameworkEngineModule, "windows-framework-");

    private static string CopyWithFrameworkEngine()
    {
        string copy = Path.Combine(Repository.Folder, "obj", "windows-framework", "MonitorToken");
        if (Directory.Exists(copy))
            Directory.Delete(copy, recursive: true);

        // As it was built: a package has a precompiled engine, too, which would be taken.
        foreach (string file in Directory.EnumerateFiles(Repository.Module, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(Repository.Module, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        string framework = Path.Combine(copy, "engine", "net472");
        string modern = Path.Combine(copy, "engine", "net8.0");
        File.Copy(
            Path.Combine(framework, "MonitorToken.Engine.dll"),
            Path.Combine(modern, "MonitorToken.Engine.dll"),
            overwrite: true);

        // Of what it needs, the only library that .NET does not have itself.
        const string Clock = "Microsoft.Bcl.TimeProvider.dll";
        File.Copy(Path.Combine(framework, Clock), Path.Combine(modern, Clock));
        File.AppendAllLines(Path.Combine(modern, "contents.txt"), [Clock]);
        return copy;
    }
}
