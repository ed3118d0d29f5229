using MonitorToken.Engine.Certificates;

namespace MonitorToken.Engine;

/// <summary>
/// What a way of signing in goes by outside of its parameters, such as variables and files, read at one moment: another
/// runspace may change them at any time, and a token must not be remembered as somebody else's.
/// </summary>
internal sealed class Surroundings
{
    public static readonly Surroundings None = new([], _ => []);

    private readonly string[] _variables;
    private readonly Func<Surroundings, string[]> _files;
    private readonly Dictionary<string, string> _values;

    private Surroundings(string[] variables, Func<Surroundings, string[]> files)
    {
        _variables = variables;
        _files = files;
        _values = new Dictionary<string, string>(variables.Length, StringComparer.Ordinal);
        foreach (string variable in variables)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
                _values[variable] = value;
        }

        string[] paths = files(this);
        Digest = variables.Length + paths.Length == 0
            ? string.Empty
            : Engine.Digest.Of(variables.Select(variable => this[variable]).Concat(paths.Select(ContentOf)));
    }

    private Surroundings(Surroundings seen, SigningCertificate certificate)
    {
        (_variables, _files, _values) = (seen._variables, seen._files, seen._values);
        Certificate = certificate;
        Digest = seen.Digest + certificate.Fingerprint;
    }

    /// <summary>Tells one state of them from another.</summary>
    public string Digest { get; }

    /// <summary>The certificate to sign with; null where there is none.</summary>
    public SigningCertificate? Certificate { get; }

    /// <summary>A variable; null where it is not set, or empty.</summary>
    public string? this[string variable] => _values.TryGetValue(variable, out string? value) ? value : null;

    public static Surroundings OfVariables(params string[] variables) => new(variables, _ => []);

    /// <summary>
    /// Variables, and files that may be named by them. The files' content counts, not their dates: a link that leads
    /// elsewhere, or a file that was put in place of another, need not change these.
    /// </summary>
    public static Surroundings Of(string[] variables, Func<Surroundings, string[]> files) => new(variables, files);

    /// <summary>The same, and a certificate as it is now.</summary>
    public Surroundings With(SigningCertificate certificate) => new(this, certificate);

    /// <summary>
    /// For what a library or a tool has looked up by itself, at a moment of its own: only if all is as it was, the
    /// answer belongs to what was seen.
    /// </summary>
    /// <exception cref="SurroundingsChangedException">It is not.</exception>
    public void MustStand()
    {
        if (new Surroundings(_variables, _files).Digest != Digest)
            throw new SurroundingsChangedException();
    }

    private static string ContentOf(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            file.CopyTo(content);
            return path + Convert.ToBase64String(Engine.Digest.Sha256(content.ToArray()));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}

/// <summary>While a token was being fetched, it has changed who signs in.</summary>
internal sealed class SurroundingsChangedException : Exception;
