using System.Runtime.InteropServices;
using MonitorToken.EntraEmulator;
using MonitorToken.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(EmulatorFixture))]

// The environment belongs to the process, and the engine reads it.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace MonitorToken.Tests;

/// <summary>One emulator for all tests; this process is routed to it as any client would be.</summary>
public sealed partial class EmulatorFixture : IAsyncLifetime
{
    public Emulator Emulator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Emulator = await Emulator.StartAsync(new EmulatorOptions());
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(ClientEnvironment.IsForeign))
            Environment.SetEnvironmentVariable(name, null);
        foreach ((string name, string value) in Emulator.Environment)
            Environment.SetEnvironmentVariable(name, value);

        // OpenSSL reads the variable with getenv, which does not see what .NET sets in its own copy.
        if (!OperatingSystem.IsWindows())
            _ = SetEnv("SSL_CERT_FILE", Emulator.CertificateAuthorityFile, 1);
    }

    public ValueTask DisposeAsync() => Emulator.DisposeAsync();

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
