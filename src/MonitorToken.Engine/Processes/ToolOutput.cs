namespace MonitorToken.Engine.Processes;

/// <summary>
/// How a tool has ended and what it has printed. Not a record: that would print a token wherever it is shown.
/// </summary>
internal sealed class ToolOutput(int exitCode, string standardOutput, string standardError)
{
    public int ExitCode { get; } = exitCode;

    public string StandardOutput { get; } = standardOutput;

    public string StandardError { get; } = standardError;
}
