using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine;

/// <summary>
/// What a way of signing in goes by outside of its parameters, such as variables and files, read at one moment: another
/// runspace may change them at any time, and a token must not be remembered as somebody else's.
/// </summary>
internal sealed class Surroundings
{
    public static readonly Surroundings None = new Lookout([]).Look();

    private readonly Lookout _lookout;
    private readonly string[] _variables;
    private readonly string[] _files;
    private readonly Lazy<string> _digest;

    /// <param name="lookout">From where they were seen.</param>
    /// <param name="variables">Names.</param>
    /// <param name="values">What they hold; null for one that is not set, or empty.</param>
    public Surroundings(Lookout lookout, string[] variables, string?[] values)
        : this(lookout, variables, values, [])
    {
    }

    private Surroundings(Lookout lookout, string[] variables, string?[] values, string[] files)
    {
        (_lookout, _variables, Values, _files) = (lookout, variables, values, files);
        _digest = new Lazy<string>(() =>
            values.Length + files.Length == 0 ? string.Empty : Engine.Digest.Of(values.Concat(files)));
    }

    private Surroundings(Surroundings seen, SigningCertificate certificate)
    {
        (_lookout, _variables, Values, _files) = (seen._lookout, seen._variables, seen.Values, seen._files);
        _digest = new Lazy<string>(() => seen.Digest + certificate.Fingerprint);
        Certificate = certificate;
    }

    private Surroundings(Surroundings seen, string key)
    {
        (_lookout, _variables, Values, _files) = (seen._lookout, seen._variables, seen.Values, seen._files);
        _digest = new Lazy<string>(() => seen.Digest + Engine.Digest.Of(key));
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
    public Surroundings With(string[] files) => new(_lookout, _variables, Values, files);

    /// <summary>The same, and a certificate as it is now.</summary>
    public Surroundings With(SigningCertificate certificate) => new(this, certificate);

    /// <summary>The same, and what another credential goes by, as its key says it.</summary>
    public Surroundings With(string key) => new(this, key);

    public bool IsAsIn(Surroundings other) =>
        Values.SequenceEqual(other.Values, StringComparer.Ordinal)
        && _files.SequenceEqual(other._files, StringComparer.Ordinal);

    /// <summary>
    /// For what a library or a tool has looked up by itself, at a moment of its own: only if all is as it was, the
    /// answer belongs to what was seen.
    /// </summary>
    /// <exception cref="SurroundingsChangedException">It is not.</exception>
    public void MustStand()
    {
        if (!_lookout.Look().IsAsIn(this))
            throw new SurroundingsChangedException();
    }
}

/// <summary>While a token was being fetched, it has changed who signs in.</summary>
internal sealed class SurroundingsChangedException : Exception;
