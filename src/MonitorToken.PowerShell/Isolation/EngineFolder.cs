namespace MonitorToken.Commands.Isolation;

/// <summary>The folder with the engine, its dependencies, and a list of its files.</summary>
internal sealed class EngineFolder(string path)
{
    public string FullPath => path;

    /// <param name="runtime">The target framework, which is the name of the folder, such as net8.0.</param>
    public static EngineFolder Of(string runtime)
    {
        string module = Path.GetDirectoryName(typeof(EngineFolder).Assembly.Location)!;
        return new EngineFolder(Path.Combine(module, "engine", runtime));
    }

    /// <summary>The path that an assembly would have; the file need not exist.</summary>
    public string PathOf(string? assembly) => Path.Combine(path, assembly + ".dll");

    /// <summary>
    /// Verifies that all files exist. Without this check, a missing assembly would surface only at its first use, as an
    /// obscure loader error, or be resolved to another module's assembly of the same name.
    /// </summary>
    /// <exception cref="FileNotFoundException">The module was copied or installed incompletely.</exception>
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
            $"The module MonitorToken is incomplete: its file '{file}' is missing. Install the module again.",
            file);
}
