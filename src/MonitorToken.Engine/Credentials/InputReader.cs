using System.Collections.Concurrent;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// What a way of signing in looks at outside of its parameters: variables, and files that may be named by them. There
/// is one for each way in a process: what has not changed since the last look need not be digested again.
/// </summary>
internal sealed class InputReader
{
    private static readonly ConcurrentBag<InputReader> All = [];

    private readonly string[] _variables;
    private readonly Func<CredentialInputs, string[]>? _files;
    private volatile CredentialInputs? _last;

    /// <param name="variables">Their names.</param>
    /// <param name="files">
    /// Their paths. The files' content counts, not their dates: a link that leads elsewhere, or a file that was put in
    /// place of another, need not change these.
    /// </param>
    public InputReader(string[] variables, Func<CredentialInputs, string[]>? files = null)
    {
        (_variables, _files) = (variables, files);
        All.Add(this);
    }

    /// <summary>Forgets what was read: some of the variables hold secrets.</summary>
    public static void Forget()
    {
        foreach (InputReader lookout in All)
            lookout._last = null;
    }

    public CredentialInputs Look()
    {
        if (_files is null && _last is { } last && AreAsIn(last))
            return last;

        string?[] values = Array.ConvertAll(_variables, Read);
        var inputs = new CredentialInputs(this, _variables, values);
        if (_files is not null)
            inputs = inputs.With(Array.ConvertAll(_files(inputs), ContentOf));
        return _last is { } before && inputs.IsAsIn(before) ? before : _last = inputs;
    }

    private bool AreAsIn(CredentialInputs last)
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
