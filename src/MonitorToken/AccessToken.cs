using System.Collections;
using System.Dynamic;
using System.Globalization;
using System.Linq.Expressions;
using System.Net;
using System.Security;

namespace MonitorToken;

/// <summary>
/// A Microsoft Entra access token. The token itself is kept in a <see cref="SecureString"/>;
/// nothing that renders this object shows it.
/// </summary>
/// <remarks>
/// <c>Token</c> is a member of every object all the same: whoever names it gets a copy of the token as a
/// <see cref="SecureString"/>. It is none of the type's properties, because away from Windows PowerShell serializes a
/// SecureString as plain text, and it serializes, selects and lists properties that nobody has named. What lies in the
/// object holds in every runspace, whether or not the module was imported there.
/// </remarks>
public sealed class AccessToken : IDynamicMetaObjectProvider
{
    private readonly SecureString _token;

    internal AccessToken(SecureString token)
    {
        _token = token;
        _token.MakeReadOnly();
    }

    /// <summary>The audience that the token was asked for, such as <c>https://api.loganalytics.io</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>
    /// The audience's name, such as <c>LogAnalytics</c>; null when it is none of the named resources.
    /// </summary>
    public string? ResourceName { get; init; }

    /// <summary>The scopes that were asked for.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>How the token is presented: <c>Bearer</c>.</summary>
    public required string TokenType { get; init; }

    /// <summary>A copy of the token, the caller's to dispose of, as <c>Invoke-RestMethod -Token</c> takes it.</summary>
    internal SecureString Token => _token.Copy();

    /// <summary>When it ceases to be valid, in UTC.</summary>
    public required DateTimeOffset ExpiresOn { get; init; }

    /// <summary>From when on a new one is fetched in its place, in UTC.</summary>
    public required DateTimeOffset RefreshOn { get; init; }

    /// <summary>From when on it is valid, in UTC; where the token does not say, when it was received.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>When it arrived, in UTC.</summary>
    internal DateTimeOffset ReceivedOn { get; } = DateTimeOffset.UtcNow;

    /// <summary>When it was issued, in UTC; null where the token does not say.</summary>
    internal DateTimeOffset? IssuedOn { get; init; }

    /// <summary>How long it is still valid, as of now; zero when it has expired.</summary>
    public TimeSpan ExpiresIn
    {
        get
        {
            TimeSpan left = ExpiresOn - DateTimeOffset.UtcNow;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Whether it has expired, as of now.</summary>
    public bool IsExpired => ExpiresIn == TimeSpan.Zero;

    /// <summary>The tenant that issued it, from its claim <c>tid</c>; the tenant asked where it has none.</summary>
    public string? TenantId { get; init; }

    /// <summary>
    /// Whose token it is: the user principal name, application id or object id; null for a token that cannot be read.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary>The application that it was issued to; null where the token does not say.</summary>
    internal string? ClientId { get; init; }

    /// <summary>The credential that got it, such as <c>ManagedIdentity</c>.</summary>
    public required string CredentialName { get; init; }

    /// <summary>What there is to tell where it comes from memory.</summary>
    internal string InMemory => field ??= string.Format(
        CultureInfo.InvariantCulture,
        "The token of {0} for {1} is in memory, valid until {2:u}.",
        CredentialName,
        Resource,
        ExpiresOn);

    /// <summary>The token as a plain string. Whoever gets it can act as the identity until the token expires.</summary>
    public string GetPlainText() => new NetworkCredential(string.Empty, _token).Password;

    /// <summary>A hashtable with the <c>Authorization</c> header, for <c>Invoke-RestMethod -Headers</c>.</summary>
    public Hashtable GetHeader() =>
        new(StringComparer.OrdinalIgnoreCase) { ["Authorization"] = TokenType + " " + GetPlainText() };

    /// <summary>Names the resource and the expiry; never the token.</summary>
    public override string ToString() =>
        string.Format(CultureInfo.InvariantCulture, "{0} token, expires {1:u}", ResourceName ?? Resource, ExpiresOn);

    /// <summary>Finds <c>Token</c> by its name.</summary>
    DynamicMetaObject IDynamicMetaObjectProvider.GetMetaObject(Expression parameter) =>
        new TokenByName(parameter, this);

    private sealed class TokenByName(Expression expression, AccessToken token)
        : DynamicMetaObject(expression, BindingRestrictions.Empty, token)
    {
        public override DynamicMetaObject BindGetMember(GetMemberBinder binder)
        {
            StringComparison comparison =
                binder.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            if (!string.Equals(binder.Name, nameof(Token), comparison))
                return base.BindGetMember(binder);

            Expression value = Expression.Property(Expression.Convert(Expression, typeof(AccessToken)), nameof(Token));
            return new DynamicMetaObject(
                Expression.Convert(value, binder.ReturnType),
                BindingRestrictions.GetTypeRestriction(Expression, typeof(AccessToken)));
        }
    }
}
