using System.Collections.Concurrent;
using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Reads what a way of signing in goes by outside of its parameters: variables, and files that they may name. There is
/// one for each way in a process, so that what has not changed since the last time need not be digested again.
/// </summary>
internal sealed class InputReader
{
    /// <summary>Of a way of signing in that goes by its parameters alone.</summary>
    public static readonly InputReader None = new([]);

    // Their variables may hold secrets, which Clear-MonitorTokenCache forgets.
    private static readonly ConcurrentBag<InputReader> WithVariables = [];

    private readonly string[] _variables;
    private readonly Func<CredentialInputs, string[]>? _files;
    private readonly Func<CredentialInputs, CertificateSource?>? _certificate;
    private volatile CredentialInputs? _last;

    /// <param name="variables">Their names.</param>
    /// <param name="files">The files' paths, once the variables are read.</param>
    /// <param name="certificate">The certificate to sign with, once the variables are read; null for none.</param>
    public InputReader(
        string[] variables,
        Func<CredentialInputs, string[]>? files = null,
        Func<CredentialInputs, CertificateSource?>? certificate = null)
    {
        (_variables, _files, _certificate) = (variables, files, certificate);
        if (variables.Length > 0)
            WithVariables.Add(this);
    }

    /// <summary>Forgets what was read.</summary>
    public static void Forget()
    {
        foreach (InputReader reader in WithVariables)
            reader._last = null;
    }

    /// <summary>
    /// The inputs as they are now; null where a file has to be read for that, which may take any time. Opens no file.
    /// </summary>
    public CredentialInputs? TryRead()
    {
        CredentialInputs inputs = ReadVariables();
        string[] paths = Paths(inputs);
        string[] files = paths.Length == 0 ? paths : new string[paths.Length];
        for (int i = 0; i < paths.Length; i++)
        {
            if (FileSnapshot.TryGetDigest(paths[i]) is not { } digest)
                return null;

            files[i] = digest;
        }

        if (_certificate?.Invoke(inputs) is not { } source)
            return Keep(inputs, files);

        return source.TryGetCurrent() is { } certificate ? inputs.With(certificate) : null;
    }

    /// <summary>The inputs as they are now.</summary>
    /// <exception cref="TokenException">The certificate cannot be found, read or signed with.</exception>
    public async Task<CredentialInputs> ReadAsync(CancellationToken cancellationToken)
    {
        CredentialInputs inputs = ReadVariables();
        string[] files = [.. Paths(inputs)];
        for (int i = 0; i < files.Length; i++)
            files[i] = (await FileSnapshot.ReadAsync(files[i], cancellationToken).ConfigureAwait(false)).Digest;

        return _certificate?.Invoke(inputs) is { } source
            ? inputs.With(await source.GetCurrentAsync(cancellationToken).ConfigureAwait(false))
            : Keep(inputs, files);
    }

    private static string? Read(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private CredentialInputs ReadVariables()
    {
        if (_last is { } last && AreAsIn(last))
            return last;

        return new CredentialInputs(this, _variables, Array.ConvertAll(_variables, Read));
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

    private string[] Paths(CredentialInputs inputs)
    {
        try
        {
            return _files?.Invoke(inputs) ?? [];
        }
        catch (ArgumentException)
        {
            // A variable with a character that .NET Framework takes in no path: there is no such file.
            return [];
        }
    }

    /// <summary>The same object for the same inputs, so that they need not be digested again.</summary>
    private CredentialInputs Keep(CredentialInputs inputs, string[] files)
    {
        CredentialInputs read = files.Length == 0 ? inputs : inputs.With(files);
        return _last is { } last && read.IsSameAs(last) ? last : _last = read;
    }
}
