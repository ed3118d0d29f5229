using System.Diagnostics;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Tests.Framework;

/// <summary>Runs each session once, for all of its cases.</summary>
public sealed class FrameworkRuns(EmulatorFixture fixture) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("monitortoken-framework-");
    private readonly Dictionary<FrameworkSession, string> _outputs = [];
    private MonoRuntime? _mono;

    /// <summary>Why a case has failed; empty if it has passed.</summary>
    internal async Task<string> ResultAsync(FrameworkSession session, string name)
    {
        if (!_outputs.TryGetValue(session, out string? output))
            _outputs[session] = output = await RunAsync(session);

        string[] lines = output.Split('\n');
        if (lines.Contains($"passed {name}"))
            return "";

        string? failed = lines.FirstOrDefault(line => line.StartsWith($"failed {name} ", StringComparison.Ordinal));
        return failed?.Replace(" | ", "\n") ?? $"{name} was not run.\n{output}";
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<string> RunAsync(FrameworkSession session)
    {
        _mono ??= MonoRuntime.Create(
            _folder.CreateSubdirectory("mono").FullName,
            Path.Combine(AssemblyReferenceTests.Metadata("NetFrameworkReferences"), "Facades"));
        string module = ModuleCopy.Create(NewFolder(), session.Lacks);
        ProcessStartInfo start = _mono.StartInfo(
            FrameworkCases.Program, [module, session.OtherModule, .. FrameworkCases.ClassesFor(session)]);
        fixture.Emulator.Faults.Clear();
        fixture.Emulator.ServiceAccountToken.Renew();
        ClientEnvironment.Apply(fixture.Emulator, start.Environment);
        new FrameworkCertificates(NewFolder()).Apply(start.Environment);
        start.Environment["MONITORTOKEN_SECOND_COPY"] = ModuleCopy.Create(NewFolder());
        start.Environment["MONITORTOKEN_OTHER_VERSION"] = ModuleCopy.OfAnotherVersion(NewFolder());

        using Process process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output + await error;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return $"Not finished within {Limit.TotalMinutes} minutes.";
        }
    }

    private string NewFolder() => _folder.CreateSubdirectory(Path.GetRandomFileName()).FullName;
}
