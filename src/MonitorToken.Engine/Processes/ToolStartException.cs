namespace MonitorToken.Engine.Processes;

/// <summary>A tool is there but could not be started.</summary>
internal sealed class ToolStartException(string program, Exception reason)
    : Exception($"'{program}' could not be started: {reason.Message}", reason);
