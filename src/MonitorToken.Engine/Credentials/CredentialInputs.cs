using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// What a way of signing in goes by outside of its parameters, such as variables and files, read at one moment: another
/// runspace may change them at any time, and a token must not be remembered as somebody else's.
/// </summary>
internal sealed class CredentialInputs
{
    public static readonly CredentialInputs None = new InputReader([]).Look();

    private readonly InputReader _lookout;
    private readonly string[] _variables;
    private readonly string[] _files;
    private readonly Lazy<string> _digest;

    /// <param name="lookout">From where they were read.</param>
    /// <param name="variables">Names.</param>
    /// <param name="values">What they hold; null for one that is not set, or empty.</param>
    public CredentialInputs(InputReader lookout, string[] variables, string?[] values)
        : this(lookout, variables, values, [])
    {
    }

    private CredentialInputs(InputReader lookout, string[] variables, string?[] values, string[] files)
    {
        (_lookout, _variables, Values, _files) = (lookout, variables, values, files);
        _digest = new Lazy<string>(() =>
            values.Length + files.Length == 0 ? string.Empty : Engine.Digest.Of(values.Concat(files)));
    }

    private CredentialInputs(CredentialInputs inputs, SigningCertificate certificate)
    {
        (_lookout, _variables, Values, _files) = (inputs._lookout, inputs._variables, inputs.Values, inputs._files);
        _digest = new Lazy<string>(() => inputs.Digest + certificate.Fingerprint);
        Certificate = certificate;
    }

    private CredentialInputs(CredentialInputs inputs, string key)
    {
        (_lookout, _variables, Values, _files) = (inputs._lookout, inputs._variables, inputs.Values, inputs._files);
        _digest = new Lazy<string>(() => inputs.Digest + Engine.Digest.Of(key));
    }

    /// <summary>Tells one state of them from another.</summary>
    public string Digest => _digest.Value;

    public string?[] Values { get; }

    /// <summary>The certificate to sign with; null where there is none.</summary>
    public SigningCertificate? Certificate { get; }

    /// <summary>A variable; null where it is not set, or empty.</summary>
    public string? this[string variable] =>
        Array.IndexOf(_variables, variable) is >= 0 and int index ? Values[index] : null;

    /// <summary>The same, and files: each is told by its path and a digest of what is in it.</summary>
    public CredentialInputs With(string[] files) => new(_lookout, _variables, Values, files);

    /// <summary>The same, and a certificate as it is now.</summary>
    public CredentialInputs With(SigningCertificate certificate) => new(this, certificate);

    /// <summary>The same, and what another credential goes by, as its key says it.</summary>
    public CredentialInputs With(string key) => new(this, key);

    public bool IsAsIn(CredentialInputs other) =>
        Values.SequenceEqual(other.Values, StringComparer.Ordinal)
        && _files.SequenceEqual(other._files, StringComparer.Ordinal);

    /// <summary>
    /// For what a library or a tool has looked up by itself, at a moment of its own: only if all is as it was, the
    /// answer belongs to what was read.
    /// </summary>
    /// <exception cref="InputsChangedException">It is not.</exception>
    public void ThrowIfChanged()
    {
        if (!_lookout.Look().IsAsIn(this))
            throw new InputsChangedException();
    }
}

/// <summary>While a token was being fetched, it has changed who signs in.</summary>
internal sealed class InputsChangedException : Exception;
