namespace MonitorToken.Commands.Isolation;

/// <summary>The engine and all that it depends on, with a list of what is there.</summary>
internal sealed class EngineFolder(string path)
{
    /// <summary>Where it is; those for other runtimes lie beside it.</summary>
    public string FullPath => path;

    /// <param name="runtime">What it is made for.</param>
    public static EngineFolder Of(string runtime)
    {
        string module = Path.GetDirectoryName(typeof(EngineFolder).Assembly.Location)!;
        return new EngineFolder(Path.Combine(module, "engine", runtime));
    }

    /// <summary>Where an assembly would be.</summary>
    public string PathOf(string? assembly) => Path.Combine(path, assembly + ".dll");

    /// <summary>
    /// Looks whether all of it is there. What is noticed only when the runtime needs it ends in the runtime's own
    /// words, if not in another module's assembly of that name.
    /// </summary>
    /// <exception cref="FileNotFoundException">The module was copied or installed only in part.</exception>
    public void Check()
    {
        string contents = Path.Combine(path, "contents.txt");
        if (!File.Exists(contents))
            throw Missing(contents);

        foreach (string name in File.ReadAllLines(contents))
        {
            string file = Path.Combine(path, name);
            if (!File.Exists(file))
                throw Missing(file);
        }
    }

    private static FileNotFoundException Missing(string file) =>
        new(
            $"The module MonitorToken is not complete: its file '{file}' is missing, so it must be installed again.",
            file);
}
