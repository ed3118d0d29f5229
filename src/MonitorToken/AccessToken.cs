using System.Collections;
using System.Dynamic;
using System.Globalization;
using System.Linq.Expressions;
using System.Net;
using System.Security;

namespace MonitorToken;

/// <summary>
/// A Microsoft Entra access token. The token itself is held in a <see cref="SecureString"/>;
/// formatting or serializing this object never reveals it.
/// </summary>
/// <remarks>
/// Two members are dynamic, and deliberately not CLR properties, because PowerShell enumerates properties when it
/// serializes an object. Dynamic members, unlike those that Update-TypeData adds, also exist in runspaces that have not
/// imported the module.
/// <list type="bullet">
/// <item><c>Token</c> returns a copy of the token as a <see cref="SecureString"/>, which PowerShell serializes as plain
/// text on Linux and macOS. It is not listed, so that Select-Object * and Format-List * do not return it either.</item>
/// <item><c>ExpiresIn</c> returns the remaining lifetime as a <see cref="TimeSpan"/>, of which ConvertTo-Json would
/// make an object with 15 properties.</item>
/// </list>
/// </remarks>
public sealed class AccessToken : IDynamicMetaObjectProvider
{
    private readonly SecureString _token;

    internal AccessToken(SecureString token)
    {
        _token = token;
        _token.MakeReadOnly();
    }

    /// <summary>The requested audience, such as <c>https://api.loganalytics.io</c>.</summary>
    public required string Resource { get; init; }

    /// <summary>
    /// The resource name of the audience, such as <c>LogAnalytics</c>; null if the audience is not a named resource.
    /// </summary>
    public string? ResourceName { get; init; }

    /// <summary>The requested scopes.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The authentication scheme of the token: <c>Bearer</c>.</summary>
    public required string TokenType { get; init; }

    /// <summary>
    /// A copy of the token, suitable for <c>Invoke-RestMethod -Token</c>. The caller owns the copy and disposes of it.
    /// </summary>
    internal SecureString Token => _token.Copy();

    /// <summary>When the token expires, in UTC.</summary>
    public required DateTimeOffset ExpiresOn { get; init; }

    /// <summary>When the token is due for renewal, in UTC: from then on, a request fetches a new one.</summary>
    public required DateTimeOffset RefreshOn { get; init; }

    /// <summary>When the token becomes valid, in UTC; if the token does not say, when it was received.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>When the token was received, in UTC.</summary>
    internal DateTimeOffset ReceivedOn { get; } = DateTimeOffset.UtcNow;

    /// <summary>When the token was issued, in UTC; null if the token does not say.</summary>
    internal DateTimeOffset? IssuedOn { get; init; }

    /// <summary>The remaining lifetime, computed at each access; zero once the token has expired.</summary>
    internal TimeSpan ExpiresIn
    {
        get
        {
            TimeSpan left = ExpiresOn - DateTimeOffset.UtcNow;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>
    /// The remaining lifetime in whole seconds, computed at each access; zero once the token has expired.
    /// </summary>
    public long ExpiresInSeconds => (long)ExpiresIn.TotalSeconds;

    /// <summary>Whether the token has expired, computed at each access.</summary>
    public bool IsExpired => ExpiresIn == TimeSpan.Zero;

    /// <summary>The issuing tenant, from the claim <c>tid</c>; without that claim, the requested tenant.</summary>
    public string? TenantId { get; init; }

    /// <summary>
    /// The identity that the token represents: its user principal name, application id or object id; null if the token
    /// is opaque.
    /// </summary>
    public string? Identity { get; init; }

    /// <summary>
    /// The token's id in Entra's sign-in logs, where the column is named UniqueTokenIdentifier (claim <c>uti</c>); null
    /// if the token does not say.
    /// </summary>
    public string? UniqueTokenIdentifier { get; init; }

    /// <summary>The application that the token was issued to; null if the token does not say.</summary>
    internal string? ClientId { get; init; }

    /// <summary>The credential that obtained the token, such as <c>ManagedIdentity</c>.</summary>
    public required string CredentialName { get; init; }

    /// <summary>The verbose message for a cache hit. Computed once, because every cached call writes it.</summary>
    internal string InMemory => field ??= string.Format(
        CultureInfo.InvariantCulture,
        "The token of {0} for {1} is cached, valid until {2:u}.",
        CredentialName,
        Resource,
        ExpiresOn);

    /// <summary>
    /// Returns the token as a plain string. Anyone who has it can act as the identity until the token expires.
    /// </summary>
    public string GetPlainText() => new NetworkCredential(string.Empty, _token).Password;

    /// <summary>
    /// Returns a hashtable with the <c>Authorization</c> header, for <c>Invoke-RestMethod -Headers</c>.
    /// </summary>
    public Hashtable GetHeader() =>
        new(StringComparer.OrdinalIgnoreCase) { ["Authorization"] = TokenType + " " + GetPlainText() };

    /// <summary>Returns the resource and the expiry; never the token.</summary>
    public override string ToString() =>
        string.Format(CultureInfo.InvariantCulture, "{0} token, expires {1:u}", ResourceName ?? Resource, ExpiresOn);

    /// <summary>Binds the dynamic members.</summary>
    DynamicMetaObject IDynamicMetaObjectProvider.GetMetaObject(Expression parameter) =>
        new TokenMetaObject(parameter, this);

    private sealed class TokenMetaObject(Expression expression, AccessToken token)
        : DynamicMetaObject(expression, BindingRestrictions.Empty, token)
    {
        public override IEnumerable<string> GetDynamicMemberNames() => [nameof(ExpiresIn)];

        public override DynamicMetaObject BindGetMember(GetMemberBinder binder)
        {
            StringComparison comparison =
                binder.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            string[] members = [nameof(Token), nameof(ExpiresIn)];
            if (Array.Find(members, name => string.Equals(binder.Name, name, comparison)) is not { } member)
                return base.BindGetMember(binder);

            Expression value = Expression.Property(Expression.Convert(Expression, typeof(AccessToken)), member);
            return new DynamicMetaObject(
                Expression.Convert(value, binder.ReturnType),
                BindingRestrictions.GetTypeRestriction(Expression, typeof(AccessToken)));
        }
    }
}
