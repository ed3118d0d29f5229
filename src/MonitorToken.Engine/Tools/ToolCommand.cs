namespace MonitorToken.Engine.Tools;

/// <summary>A tool and what is asked of it.</summary>
/// <param name="Program">Its full path, as <see cref="ToolPath.Find"/> gives it.</param>
/// <param name="Arguments">Its arguments, each of which <see cref="ToolArgument.IsSafe"/>.</param>
/// <param name="Environment">Variables that it gets in place of this process's own; null takes one away.</param>
internal sealed record ToolCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?>? Environment = null);
