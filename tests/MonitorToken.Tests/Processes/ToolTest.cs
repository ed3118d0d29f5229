using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests.Processes;

/// <summary>A test with shell scripts that stand in for tools, in a folder of its own.</summary>
public abstract class ToolTest : IDisposable
{
    /// <summary>Everything that a tool starts inherits it, so that it can be found again.</summary>
    private const string MarkVariable = "MONITORTOKEN_TEST_MARK";

    private readonly Stack<(string Name, string? Value)> _environment = new();

    private readonly string _mark = Guid.NewGuid().ToString("n");

    protected string Folder { get; } = Directory.CreateTempSubdirectory("monitortoken-tools-").FullName;

    protected static CancellationToken Stop => Xunit.TestContext.Current.CancellationToken;

    public void Dispose()
    {
        ToolSession.Override = null;
        while (_environment.TryPop(out (string Name, string? Value) variable))
            Environment.SetEnvironmentVariable(variable.Name, variable.Value);
        foreach (System.Diagnostics.Process process in Left())
            process.Kill();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Sets a variable until the test ends.</summary>
    protected void Set(string name, string? value)
    {
        _environment.Push((name, Environment.GetEnvironmentVariable(name)));
        Environment.SetEnvironmentVariable(name, value);
    }

    /// <summary>Writes a script and gives its path.</summary>
    protected string Install(string name, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        string path = Path.Combine(Folder, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script.ReplaceLineEndings("\n") + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private protected ToolCommand Command(string script, params string[] arguments) =>
        new(Install("tool", script), arguments, new Dictionary<string, string?> { [MarkVariable] = _mark });

    private protected Task<ToolOutput> RunAsync(string script, params string[] arguments) =>
        ToolProcess.RunAsync(Command(script, arguments), Stop);

    /// <summary>What the test's tool has started and what is still alive of it, itself included.</summary>
    protected IReadOnlyList<System.Diagnostics.Process> Left() => ProcessTable.WithVariable($"{MarkVariable}={_mark}");

    protected static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (int attempt = 0; attempt < 600; attempt++)
        {
            if (condition())
                return;
            await Task.Delay(50, Stop);
        }

        Assert.Fail($"Never came true: {what}");
    }
}
