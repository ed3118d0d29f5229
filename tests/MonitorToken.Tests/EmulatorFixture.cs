using System.Runtime.InteropServices;
using MonitorToken.EntraEmulator;
using Xunit;

[assembly: AssemblyFixture(typeof(MonitorToken.Tests.EmulatorFixture))]

// The environment belongs to the process, and the engine reads it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace MonitorToken.Tests;

/// <summary>One emulator for all tests; this process is routed to it as any client would be.</summary>
public sealed partial class EmulatorFixture : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("monitortoken-tests-");

    public Emulator Emulator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string? trusted = Environment.GetEnvironmentVariable(EmulatorOptions.CertificateAuthorityVariable);
        if (string.IsNullOrEmpty(trusted))
        {
            trusted = Path.Combine(_folder.FullName, "ca.pem");
            using (CertificateAuthority authority = CertificateAuthority.Create())
                authority.Save(trusted);

            // Before anything has looked for whom to trust, and by setenv: OpenSSL does not see what .NET sets in its
            // own copy.
            if (!OperatingSystem.IsWindows())
                _ = SetEnv("SSL_CERT_FILE", Path.ChangeExtension(trusted, ".crt"), 1);
        }

        Emulator = await Emulator.StartAsync(new EmulatorOptions { CertificateAuthorityFile = trusted });
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(ClientEnvironment.IsForeign))
            Environment.SetEnvironmentVariable(name, null);
        foreach ((string name, string value) in Emulator.Environment)
            Environment.SetEnvironmentVariable(name, value);
    }

    public async ValueTask DisposeAsync()
    {
        await Emulator.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
