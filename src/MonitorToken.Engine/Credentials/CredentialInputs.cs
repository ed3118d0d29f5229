using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A snapshot of a credential's inputs besides its parameters, such as environment variables and files. Another
/// runspace may change them at any time, and a token must not be cached under the inputs of another identity.
/// </summary>
internal sealed class CredentialInputs
{
    public static readonly CredentialInputs None = new(InputReader.None, [], []);

    private readonly InputReader _reader;
    private readonly string[] _variables;
    private readonly string[] _files;
    private readonly string? _trustedKey;

    /// <param name="reader">The reader that took the snapshot.</param>
    /// <param name="variables">The names of the variables.</param>
    /// <param name="values">The values of the variables; null for one that is not set, or empty.</param>
    public CredentialInputs(InputReader reader, string[] variables, string?[] values)
        : this(reader, variables, values, [], certificate: null, trustedKey: null)
    {
    }

    private CredentialInputs(
        InputReader reader,
        string[] variables,
        string?[] values,
        string[] files,
        SigningCertificate? certificate,
        string? trustedKey)
    {
        (_reader, _variables, Values, _files) = (reader, variables, values, files);
        (Certificate, _trustedKey) = (certificate, trustedKey);
    }

    /// <summary>A digest of all inputs, which is part of the cache key.</summary>
    public string Digest => field ??=
        (Values.Length + _files.Length == 0 ? string.Empty : Engine.Digest.Of(Values.Concat(_files)))
            + Certificate?.Fingerprint
            + (_trustedKey is null ? string.Empty : Engine.Digest.Of(_trustedKey));

    public string?[] Values { get; }

    /// <summary>The certificate to sign with; null if there is none.</summary>
    public SigningCertificate? Certificate { get; }

    /// <summary>The value of a variable; null if it is not set, or empty.</summary>
    public string? this[string variable] =>
        Array.IndexOf(_variables, variable) is >= 0 and int index ? Values[index] : null;

    /// <summary>Returns a copy with files: for each, its path and a digest of its content.</summary>
    public CredentialInputs With(string[] files) =>
        new(_reader, _variables, Values, files, Certificate, _trustedKey);

    /// <summary>Returns a copy with the current certificate.</summary>
    public CredentialInputs With(SigningCertificate certificate) =>
        new(_reader, _variables, Values, _files, certificate, _trustedKey);

    /// <summary>Returns a copy with the inputs of another credential, which its key represents.</summary>
    public CredentialInputs With(string trustedKey) =>
        new(_reader, _variables, Values, _files, Certificate, trustedKey);

    /// <summary>Whether variables and files are equal.</summary>
    public bool IsSameAs(CredentialInputs other) =>
        Values.SequenceEqual(other.Values, StringComparer.Ordinal)
        && _files.SequenceEqual(other._files, StringComparer.Ordinal);

    /// <summary>
    /// For tokens from a library or tool that reads the inputs itself, later than this snapshot: only if nothing has
    /// changed since does the token belong to these inputs.
    /// </summary>
    /// <exception cref="InputsChangedException">An input has changed.</exception>
    public async Task ThrowIfChangedAsync(CancellationToken cancellationToken)
    {
        CredentialInputs now = _reader.TryRead()
            ?? await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!now.IsSameAs(this))
            throw new InputsChangedException();
    }
}

/// <summary>The inputs that determine the identity have changed during the request.</summary>
internal sealed class InputsChangedException : Exception;
