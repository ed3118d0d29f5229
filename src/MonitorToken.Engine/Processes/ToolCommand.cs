namespace MonitorToken.Engine.Processes;

/// <summary>A tool and what is asked of it.</summary>
/// <param name="Program">Its full path, as <see cref="ToolPath.Find"/> gives it.</param>
/// <param name="Arguments">Its arguments, each of which <see cref="ToolArgument.IsSafe"/>.</param>
/// <param name="Environment">Variables that it gets in place of this process's own; null takes one away.</param>
internal sealed record ToolCommand(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?>? Environment = null)
{
    /// <summary>The same with one more variable: as it was read, not as it may be when the tool starts.</summary>
    public ToolCommand In(string variable, string? value)
    {
        var environment = new Dictionary<string, string?> { [variable] = value };
        foreach (KeyValuePair<string, string?> known in Environment ?? new Dictionary<string, string?>())
            environment[known.Key] = known.Value;
        return this with { Environment = environment };
    }
}
