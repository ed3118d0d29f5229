using System.Collections;
using System.Management.Automation;
using System.Reflection;

namespace MonitorToken.Commands;

/// <summary>
/// Classifies pipeline input: names, addresses, resources and credentials are accepted, anything else is rejected. The
/// identity to sign in as must never be bound from a property that happens to have the name of a parameter.
/// </summary>
internal static class PipelineInput
{
    public const string FormerCredential =
        "This was a credential before it was serialized by a job, a remote session, CLIXML or JSON. It can "
            + "no longer sign in.";

    /// <summary>
    /// Names of properties that identify whose token is meant: those of the sign-in parameters and their aliases, and
    /// the names that Azure, Entra and other modules use for the same values.
    /// </summary>
    private static readonly HashSet<string> IdentityNames = new(
        typeof(CredentialCommand).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.Name != nameof(CredentialCommand.InputObject))
            .SelectMany(property => property.GetCustomAttributes<AliasAttribute>()
                .SelectMany(alias => alias.AliasNames).Append(property.Name))
            .Concat(["Tenant", "ApplicationId", "AppId", "Account", "Identity"]),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>The credential, or the members of a chain; null if the input is neither.</summary>
    public static Credential[]? Credentials(object? input) => Unwrap(input) switch
    {
        Credential credential => [credential],
        IList { Count: > 0 } list when list.Cast<object?>().All(item => Unwrap(item) is Credential) =>
            [.. list.Cast<object?>().Select(item => (Credential)Unwrap(item)!)],
        _ => null,
    };

    /// <summary>The names and addresses of resources in the input; null if it contains none.</summary>
    public static string[]? Names(object? input) => Unwrap(input) switch
    {
        string name => [name],
        Uri address => [address.OriginalString],
        MonitorResource resource => [resource.Name],
        ValueType value => [LanguagePrimitives.ConvertTo<string>(value)],
        IDictionary or AccessToken or Credential => null,
        IEnumerable items => NamesOfAll(items),
        _ when PropertyOf(input, nameof(GetMonitorTokenCommand.Resource)) is { } property => Names(property.Value),
        _ => null,
    };

    /// <summary>
    /// The error for input that is rejected; null for input that is, or may contain, a name, an address, a resource or
    /// a credential.
    /// </summary>
    /// <param name="input">One object from the pipeline.</param>
    /// <param name="taken">What the command accepts, as the end of a sentence.</param>
    public static TokenException? Refusal(object? input, string taken)
    {
        object? item = Unwrap(input);
        if (item is string or Uri or MonitorResource or ValueType || Credentials(item) is not null)
            return null;
        if (item is null)
            return new TokenException(
                TokenError.InvalidOption,
                "The pipeline contained only $null.",
                $"Check the variable. The pipeline accepts {taken}.");

        var wrapped = PSObject.AsPSObject(input!);
        if (IsFormerCredential(wrapped))
            return new TokenException(
                TokenError.InvalidCredential,
                FormerCredential,
                "Create the credential where it's used, with Get-MonitorTokenCredential. Start-ThreadJob and "
                    + "ForEach-Object -Parallel pass it unchanged.");
        if (IsOf(wrapped, "MonitorToken.AccessToken"))
            return new TokenException(
                TokenError.InvalidOption,
                "A token is neither a resource nor a credential.",
                $"The pipeline accepts {taken}. To read a token, use ConvertFrom-MonitorToken.");
        if (wrapped.Properties.FirstOrDefault(property => IdentityNames.Contains(property.Name)) is { } identity)
            return new TokenException(
                TokenError.InvalidOption,
                $"The object has a property {identity.Name}, but the identity to sign in as is never read from a "
                    + "property, because the token could belong to a different identity than the object describes.",
                "Specify the values as parameters, as in ForEach-Object { Get-MonitorToken $_.Resource -TenantId "
                    + "$_.TenantId … }, or pipe only the name or URI, as in Select-Object -ExpandProperty Name.");

        return null;
    }

    /// <summary>
    /// Whether the input is a deserialized credential. CLIXML keeps the type name; JSON keeps only the properties.
    /// </summary>
    public static bool IsFormerCredential(object input)
    {
        var wrapped = PSObject.AsPSObject(input);
        return wrapped.BaseObject is not Credential
            && (IsOf(wrapped, "MonitorToken.Credential")
                || (PropertyOf(wrapped, nameof(Credential.AuthorityHost)) is not null
                    && PropertyOf(wrapped, nameof(Credential.TokenExpiresOn)) is not null));
    }

    /// <summary>The error for an object of a type that the command does not accept from the pipeline.</summary>
    public static TokenException Unknown(object input, string taken) => new(
        TokenError.InvalidOption,
        $"The pipeline accepts {taken}, not a {Unwrap(input)!.GetType().Name}.",
        Unwrap(input) switch
        {
            PSCredential => "Specify an application's ID and secret in a PSCredential with -ServicePrincipal.",
            string or Uri or MonitorResource => "Specify the name or URI with -Resource.",
            _ => "Pipe the property that contains the name or URI, as in Select-Object -ExpandProperty Name.",
        });

    private static string[]? NamesOfAll(IEnumerable items)
    {
        var names = new List<string>();
        foreach (object? item in items)
        {
            if (item is null)
                names.Add(string.Empty);
            else if (Names(item) is { } some)
                names.AddRange(some);
            else
                return null;
        }

        return [.. names];
    }

    private static PSPropertyInfo? PropertyOf(object? input, string name) =>
        input is null ? null : PSObject.AsPSObject(input).Properties[name];

    /// <summary>Whether the object is of a type, or was before it was serialized.</summary>
    private static bool IsOf(PSObject item, string type) =>
        item.TypeNames.Any(name => name == type || name == "Deserialized." + type);

    private static object? Unwrap(object? input) => input is PSObject wrapped ? wrapped.BaseObject : input;
}
