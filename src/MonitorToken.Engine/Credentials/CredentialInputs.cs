using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A snapshot of what a way of signing in goes by outside of its parameters, such as variables and files: another
/// runspace may change them at any time, and a token must not be remembered as somebody else's.
/// </summary>
internal sealed class CredentialInputs
{
    public static readonly CredentialInputs None = new(InputReader.None, [], []);

    private readonly InputReader _reader;
    private readonly string[] _variables;
    private readonly string[] _files;
    private readonly string? _trustedKey;

    /// <param name="reader">Reads them again.</param>
    /// <param name="variables">Their names.</param>
    /// <param name="values">What they hold; null for one that is not set, or empty.</param>
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

    /// <summary>Tells one state of them from another.</summary>
    public string Digest => field ??=
        (Values.Length + _files.Length == 0 ? string.Empty : Engine.Digest.Of(Values.Concat(_files)))
            + Certificate?.Fingerprint
            + (_trustedKey is null ? string.Empty : Engine.Digest.Of(_trustedKey));

    public string?[] Values { get; }

    /// <summary>The certificate to sign with; null where there is none.</summary>
    public SigningCertificate? Certificate { get; }

    /// <summary>A variable; null where it is not set, or empty.</summary>
    public string? this[string variable] =>
        Array.IndexOf(_variables, variable) is >= 0 and int index ? Values[index] : null;

    /// <summary>The same, and files: each by its path and a digest of its content.</summary>
    public CredentialInputs With(string[] files) =>
        new(_reader, _variables, Values, files, Certificate, _trustedKey);

    /// <summary>The same, and a certificate as it is now.</summary>
    public CredentialInputs With(SigningCertificate certificate) =>
        new(_reader, _variables, Values, _files, certificate, _trustedKey);

    /// <summary>The same, and the inputs of another credential, as its key has them.</summary>
    public CredentialInputs With(string trustedKey) =>
        new(_reader, _variables, Values, _files, Certificate, trustedKey);

    /// <summary>Whether variables and files are the same.</summary>
    public bool IsSameAs(CredentialInputs other) =>
        Values.SequenceEqual(other.Values, StringComparer.Ordinal)
        && _files.SequenceEqual(other._files, StringComparer.Ordinal);

    /// <summary>
    /// For what a library or a tool has looked up by itself, at a moment of its own: only if nothing has changed does
    /// the answer belong to these inputs.
    /// </summary>
    /// <exception cref="InputsChangedException">Something has.</exception>
    public async Task ThrowIfChangedAsync(CancellationToken cancellationToken)
    {
        CredentialInputs now = _reader.TryRead()
            ?? await _reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (!now.IsSameAs(this))
            throw new InputsChangedException();
    }
}

/// <summary>While a token was being fetched, the inputs that say who signs in have changed.</summary>
internal sealed class InputsChangedException : Exception;
