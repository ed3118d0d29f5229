namespace MonitorToken.Framework.Cases;

/// <summary>An environment variable for as long as a case runs.</summary>
internal sealed class Setting : IDisposable
{
    private readonly string _name;
    private readonly string? _before;

    public Setting(string name, string? value)
    {
        _name = name;
        _before = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, value);
    }

    public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
}
