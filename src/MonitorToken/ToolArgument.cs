using System.Text.RegularExpressions;

namespace MonitorToken;

/// <summary>
/// Validates arguments for the command lines of external tools. On Windows most tools are batch files, so cmd.exe
/// parses the line, and parses it again inside the file. No quoting is safe for both, so only characters that need no
/// escaping are allowed, on every system.
/// </summary>
internal static class ToolArgument
{
    /// <summary>Characters without a special meaning to any shell, quoted or not.</summary>
    private static readonly Regex Bare = new(@"^[A-Za-z0-9._:/~@+-]+\z", RegexOptions.CultureInvariant);

    /// <summary>Characters without a special meaning to any shell between double quotes.</summary>
    private static readonly Regex Quotable = new(@"^[A-Za-z0-9._:/~@+=,() -]+\z", RegexOptions.CultureInvariant);

    /// <summary>Whether an argument can be passed on a command line.</summary>
    public static bool IsSafe(string argument) => Quotable.IsMatch(argument);

    /// <summary>
    /// Whether an argument can be the value of an option. One that begins with a dash would be an option itself, and
    /// the Azure CLI reads one that begins with an at sign from a file.
    /// </summary>
    public static bool IsValue(string argument) =>
        IsSafe(argument) && argument[0] is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9');

    /// <exception cref="TokenException">It cannot be passed to the tool.</exception>
    public static string Resource(string resource, string tool) =>
        IsValue(resource)
            ? resource
            : throw new TokenException(
                TokenError.InvalidResource,
                $"{tool} can't request a token for '{resource}', which has characters that no command line allows.",
                "Sign in another way, or specify a resource with only letters, digits and -._:/~@+=,().");

    /// <exception cref="TokenException">It isn't a tenant.</exception>
    public static string Tenant(string tenant) =>
        IsValue(tenant)
            ? tenant
            : throw new TokenException(
                TokenError.InvalidTenant,
                $"'{tenant}' isn't a tenant.",
                "Specify the tenant's ID (a GUID) or one of its domain names, such as contoso.onmicrosoft.com.");

    /// <exception cref="TokenException">It cannot be passed to a tool.</exception>
    public static string Subscription(string subscription) =>
        IsValue(subscription)
            ? subscription
            : throw new TokenException(
                TokenError.InvalidOption,
                $"The subscription '{subscription}' contains characters that no command line allows.",
                "Specify the subscription's ID (a GUID) instead of its name.");

    /// <summary>Joins arguments to a line that cmd.exe, the C runtime and .NET on Unix split identically.</summary>
    /// <exception cref="ArgumentException">An argument is not safe.</exception>
    public static string Line(IEnumerable<string> arguments) =>
        string.Join(" ", arguments.Select(argument =>
            Bare.IsMatch(argument) ? argument
            : IsSafe(argument) ? $"\"{argument}\""
            : throw new ArgumentException("An argument contains characters that no command line allows.")));
}
