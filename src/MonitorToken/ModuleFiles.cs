namespace MonitorToken;

/// <summary>
/// Explains errors of the assembly loader. The engine is loaded with the first token and its dependencies one by one,
/// and by then an update may have replaced or removed the files of a module that an open session has imported.
/// </summary>
internal static class ModuleFiles
{
    /// <summary>Returns the error to report; null if the exception does not come from the assembly loader.</summary>
    public static TokenException? Explain(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (IsOfLoader(inner))
                return new TokenException(
                    TokenError.ModuleChanged,
                    "The files of the module MonitorToken were replaced or removed after this session imported it.",
                    "Start a new session. If the error persists, install the module again.");
        }

        return null;
    }

    private static bool IsOfLoader(Exception exception) => exception switch
    {
        FileNotFoundException missing => IsAssembly(missing.FileName),
        FileLoadException refused => IsAssembly(refused.FileName),
        BadImageFormatException damaged => IsAssembly(damaged.FileName),
        TypeLoadException or MissingMemberException => true,
        _ => false,
    };

    /// <summary>Whether it is the display name or the path of an assembly.</summary>
    private static bool IsAssembly(string? file) =>
        file is not null
        && (file.IndexOf(", Version=", StringComparison.Ordinal) > 0
            || file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase));
}
