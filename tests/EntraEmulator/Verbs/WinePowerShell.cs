using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// PowerShell for Windows under Wine, so that the commands are run on Windows where there is no Windows: the Windows
/// half of the .NET tool that the repository pins, its runtime, and a Wine prefix that trusts the emulator's CA.
/// </summary>
/// <remarks>For tests alone. Nothing of it is in the package.</remarks>
public sealed class WinePowerShell
{
    /// <summary>How to get it, for those who have none.</summary>
    public const string HowToInstall = "Install Wine for x64, such as Debian's package wine64.";

    // Debian's wine64 puts no program on PATH.
    private static readonly string[] Programs =
        ["/usr/lib/wine/wine64", "/usr/bin/wine64", "/usr/local/bin/wine64", "/usr/bin/wine"];

    private readonly string _wine;

    private WinePowerShell(string wine) => _wine = wine;

    /// <summary>A CA that the Windows of Wine trusts. Emulators that it talks to need this one.</summary>
    public static string CertificateAuthorityFile => Path.Combine(Folder, "emulator.pem");

    /// <summary>Where a client looks for Azure Arc's key files.</summary>
    public static ArcKeyFolder ArcKeyFolder { get; } = new(
        Path.Combine(Prefix, "drive_c", "ProgramData", "AzureConnectedMachineAgent", "Tokens"),
        @"C:\ProgramData\AzureConnectedMachineAgent\Tokens\");

    /// <summary>
    /// Not below <c>out</c>: who has that in PSModulePath would search the whole file system, to which drive Z leads.
    /// </summary>
    private static string Folder => Path.Combine(Repository.Folder, "obj", "wine");

    private static string Home => Path.Combine(Folder, "pwsh");

    private static string Prefix => Path.Combine(Folder, "prefix");

    private static string MadeOf => Path.Combine(Folder, "made-of.txt");

    private static string Version
    {
        get
        {
            string manifest = Path.Combine(Repository.Folder, ".config", "dotnet-tools.json");
            using var tools = JsonDocument.Parse(File.ReadAllBytes(manifest));
            return tools.RootElement.GetProperty("tools").GetProperty("powershell").GetProperty("version").GetString()!;
        }
    }

    /// <summary>Null where there is no Wine, or <see cref="FindOrMake"/> has made nothing yet.</summary>
    public static WinePowerShell? Find() =>
        Program() is { } wine && File.Exists(MadeOf) && File.ReadAllText(MadeOf) == Origin(wine) ? new(wine) : null;

    /// <summary>As Find; but where there is only Wine, the rest is made, once. Takes a minute.</summary>
    public static WinePowerShell? FindOrMake()
    {
        if (Find() is { } found)
            return found;
        if (Program() is not { } wine)
            return null;

        Console.WriteLine("Wine is here: making a Windows with PowerShell in obj/wine, once.");
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
        using (var authority = CertificateAuthority.Create())
            authority.Save(CertificateAuthorityFile);

        var host = new WinePowerShell(wine);
        if (!Publish() || !host.MakePrefix())
            return null;

        File.WriteAllText(MadeOf, Origin(wine));
        return host;
    }

    /// <summary>A path of this machine as a program under Wine writes it.</summary>
    public static string ToWindowsPath(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>
    /// How to run it, without profile and prompts, in the repository's folder. It writes to a terminal, with the
    /// sequences that move a cursor: without one, PowerShell for Windows does not run under Wine what it is given.
    /// </summary>
    public ProcessStartInfo StartInfo(params string[] arguments)
    {
        string[] command =
            [_wine, Path.Combine(Home, "pwsh.exe"), "-NoLogo", "-NoProfile", "-NonInteractive", .. arguments];
        string line = string.Join(' ', command.Select(word => $"'{word.Replace("'", "'\\''")}'"));
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--command", line, "/dev/null"])
        {
            WorkingDirectory = Repository.Folder,
            // The terminal would wait for what is typed here.
            RedirectStandardInput = true,
        };
        Configure(start.Environment);
        return start;
    }

    private static string? Program() =>
        OperatingSystem.IsLinux() && File.Exists("/usr/bin/script") ? Programs.FirstOrDefault(File.Exists) : null;

    // By this it is known that there is another by now.
    private static string Origin(string wine) =>
        string.Create(CultureInfo.InvariantCulture, $"{Version} {wine} {File.GetLastWriteTimeUtc(wine):o}");

    private static void Configure(IDictionary<string, string?> environment)
    {
        environment["WINEPREFIX"] = Prefix;
        environment["WINEDEBUG"] = "-all";
        environment["WINEPATH"] = ToWindowsPath(Home);
        // dotnet run and dotnet test set the second one, which comes first.
        environment["DOTNET_ROOT"] = environment["DOTNET_ROOT_X64"] = ToWindowsPath(Path.Combine(Home, "dotnet"));
        // Wine 8 does not know the calls by which the runtime keeps code from being written to; it dies of that.
        environment["DOTNET_EnableWriteXorExecute"] = "0";
    }

    private static bool Publish()
    {
        string project = Path.Combine(Repository.Folder, "tests", "PowerShell.Ahead");
        string[] properties = ["-p:RuntimeIdentifier=win-x64", $"-p:PowerShellVersion={Version}"];
        if (!Tool.Succeeds(new("dotnet", ["publish", project, "--output", Home, .. properties])))
            return false;

        // Wine has no WMI, and what asks for it hangs. Pester does without where the module is not there.
        Directory.Delete(Path.Combine(Home, "Modules", "CimCmdlets"), recursive: true);
        return true;
    }

    private bool MakePrefix()
    {
        string certificate = ToWindowsPath(Path.ChangeExtension(CertificateAuthorityFile, ".crt"));
        string trust = $$"""
            $ErrorActionPreference = 'Stop'
            $store = [Security.Cryptography.X509Certificates.X509Store]::new('Root', 'CurrentUser')
            $store.Open('ReadWrite')
            $store.Add([Security.Cryptography.X509Certificates.X509Certificate2]::new('{{certificate}}'))
            """;
        return Tool.Succeeds(Wine("wineboot", "--init"))
            && Tool.Succeeds(Wine("winecfg", "/v", "win10"))
            && Tool.Succeeds(StartInfo("-Command", trust));
    }

    private ProcessStartInfo Wine(params string[] arguments)
    {
        var start = new ProcessStartInfo(_wine, arguments);
        Configure(start.Environment);
        // Without these it would offer to download what it runs web pages and .NET Framework with.
        start.Environment["WINEDLLOVERRIDES"] = "mscoree=;mshtml=";
        return start;
    }
}
