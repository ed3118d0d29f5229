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
            if (NameIn(inner) is { } name)
                return new TokenException(
                    TokenError.ModuleChanged,
                    "The files of the module MonitorToken were replaced or removed after this session imported it "
                        + $"({name}).",
                    "Start a new session. If the error persists, install the module again.");
        }

        return null;
    }

    /// <summary>The assembly, type or member that was not found; null for an exception of another kind.</summary>
    private static string? NameIn(Exception exception) => exception switch
    {
        // These are about libraries of the operating system, such as libsecret.
        DllNotFoundException or EntryPointNotFoundException => null,
        FileNotFoundException missing => AssemblyIn(missing.FileName),
        FileLoadException refused => AssemblyIn(refused.FileName),
        BadImageFormatException damaged => AssemblyIn(damaged.FileName),
        TypeLoadException type => type.TypeName,
        MissingMemberException => exception.GetType().Name,
        _ => null,
    };

    /// <summary>The simple name of an assembly, from its display name or path; null for another file.</summary>
    private static string? AssemblyIn(string? file) =>
        file is null ? null
        : file.IndexOf(", Version=", StringComparison.Ordinal) is > 0 and int end ? file.Substring(0, end)
        : file.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? Path.GetFileName(file)
        : null;
}
