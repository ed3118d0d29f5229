using System.Collections.Concurrent;
using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Reads the inputs of a credential besides its parameters: environment variables, and the files that they may name.
/// Shared by all credentials of a kind in the process, so that unchanged inputs are not digested again.
/// </summary>
internal sealed class InputReader
{
    /// <summary>The reader of a credential that depends on its parameters only.</summary>
    public static readonly InputReader None = new([]);

    // Variables may hold secrets, which Clear-MonitorTokenCache removes from memory.
    private static readonly ConcurrentBag<InputReader> WithVariables = [];

    private readonly string[] _variables;
    private readonly Func<CredentialInputs, string[]>? _files;
    private readonly Func<CredentialInputs, CertificateSource?>? _certificate;
    private volatile CredentialInputs? _last;

    /// <param name="variables">The names of the variables.</param>
    /// <param name="files">Returns the paths of the files, from the values of the variables.</param>
    /// <param name="certificate">Returns the certificate to sign with, from the values; null for none.</param>
    public InputReader(
        string[] variables,
        Func<CredentialInputs, string[]>? files = null,
        Func<CredentialInputs, CertificateSource?>? certificate = null)
    {
        (_variables, _files, _certificate) = (variables, files, certificate);
        if (variables.Length > 0)
            WithVariables.Add(this);
    }

    /// <summary>Removes the values that were read from memory.</summary>
    public static void Forget()
    {
        foreach (InputReader reader in WithVariables)
            reader._last = null;
    }

    /// <summary>
    /// Returns the current inputs; null if a file would have to be read, which can take any time. Opens no file.
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

    /// <summary>Reads the current inputs.</summary>
    /// <exception cref="TokenException">The certificate cannot be found, read or used to sign.</exception>
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
            // A variable contains a character that .NET Framework doesn't accept in a path, so the file doesn't exist.
            return [];
        }
    }

    /// <summary>Returns the same object for unchanged inputs, so that they are not digested again.</summary>
    private CredentialInputs Keep(CredentialInputs inputs, string[] files)
    {
        CredentialInputs read = files.Length == 0 ? inputs : inputs.With(files);
        return _last is { } last && read.IsSameAs(last) ? last : _last = read;
    }
}
