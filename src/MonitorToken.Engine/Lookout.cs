using System.Collections.Concurrent;

namespace MonitorToken.Engine;

/// <summary>
/// What a way of signing in looks at outside of its parameters: variables, and files that may be named by them. There
/// is one for each way in a process: what has not changed since the last look need not be digested again.
/// </summary>
internal sealed class Lookout
{
    private static readonly ConcurrentBag<Lookout> All = [];

    private readonly string[] _variables;
    private readonly Func<Surroundings, string[]>? _files;
    private volatile Surroundings? _last;

    /// <param name="variables">Their names.</param>
    /// <param name="files">
    /// Their paths. The files' content counts, not their dates: a link that leads elsewhere, or a file that was put in
    /// place of another, need not change these.
    /// </param>
    public Lookout(string[] variables, Func<Surroundings, string[]>? files = null)
    {
        (_variables, _files) = (variables, files);
        All.Add(this);
    }

    /// <summary>Forgets what was seen: some of the variables hold secrets.</summary>
    public static void Forget()
    {
        foreach (Lookout lookout in All)
            lookout._last = null;
    }

    public Surroundings Look()
    {
        if (_files is null && _last is { } last && AreAsIn(last))
            return last;

        string?[] values = Array.ConvertAll(_variables, Read);
        var seen = new Surroundings(this, _variables, values);
        if (_files is not null)
            seen = seen.With(Array.ConvertAll(_files(seen), ContentOf));
        return _last is { } before && seen.IsAsIn(before) ? before : _last = seen;
    }

    private bool AreAsIn(Surroundings last)
    {
        for (int i = 0; i < _variables.Length; i++)
        {
            if (Read(_variables[i]) != last.Values[i])
                return false;
        }

        return true;
    }

    private static string? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static string ContentOf(string path)
    {
        try
        {
            // Most are not there, and to find that out by an exception takes many times as long.
            if (!File.Exists(path))
                return path;

            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            file.CopyTo(content);
            return path + Convert.ToBase64String(Digest.Sha256(content.ToArray()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
