using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>
/// Variables of the process that make a host of it. Rows of the same setting may run at the same time, those of
/// different ones may not.
/// </summary>
internal sealed class Setting(Func<Emulator, (string Name, string? Value)[]> variables)
{
    /// <summary>What asks for no variables, and is disturbed by none.</summary>
    public static readonly Setting Anywhere = new(_ => []);

    /// <summary>What the process has while it is this one, and whatever it starts has too.</summary>
    public IEnumerable<string?> Values(Emulator emulator) => variables(emulator).Select(one => one.Value);

    public IDisposable Enter(Emulator emulator)
    {
        (string Name, string? Value)[] wanted = variables(emulator);
        (string Name, string? Value)[] before =
            [.. wanted.Select(one => (one.Name, Environment.GetEnvironmentVariable(one.Name)))];
        Set(wanted);
        return new Leaving(before);
    }

    private static void Set((string Name, string? Value)[] values)
    {
        foreach ((string name, string? value) in values)
            Environment.SetEnvironmentVariable(name, value);
    }

    private sealed class Leaving((string Name, string? Value)[] before) : IDisposable
    {
        public void Dispose() => Set(before);
    }
}
