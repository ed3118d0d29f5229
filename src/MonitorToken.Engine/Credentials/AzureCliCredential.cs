using System.Text.RegularExpressions;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>The account that is logged in with <c>az login</c>.</summary>
internal sealed class AzureCliCredential(CredentialOptions options) : ToolCredential(options)
{
    private const RegexOptions AnyCase = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    /// <summary>The CLI writes its profile at each login, logout and change of subscription.</summary>
    private static readonly InputReader Login = new(
        [AzureCliProfile.FolderVariable],
        inputs => [AzureCliProfile.PathIn(inputs[AzureCliProfile.FolderVariable])]);

    public override string Name => "AzureCli";

    protected override string Fingerprint => Options.Subscription ?? string.Empty;

    protected override string SourceMemory =>
        "The Azure CLI caches tokens until shortly before they expire, and has no option to skip its cache. To clear "
            + "it, run az account clear and then az login.";

    protected override string? AdviceFor(ToolFailure failure) =>
        Options.Subscription is { } subscription
        && Regex.IsMatch(failure.Message, Regex.Escape(subscription), AnyCase)
            ? "Check -Subscription. az account list shows the subscriptions of all accounts that are logged in. If it "
                + "isn't listed, run az login with an account that has access to it."
            : null;

    protected override InputReader Inputs => Login;

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs) =>
        CommandsOf("az", Arguments(request, TenantId, Options.Subscription), new()
        {
            // The output is read as UTF-8, in every locale.
            ["PYTHONIOENCODING"] = "utf-8",

            // As it was read, not as it may be when the tool starts.
            [AzureCliProfile.FolderVariable] = inputs[AzureCliProfile.FolderVariable],
        });

    /// <exception cref="TokenException">They cannot be passed to the Azure CLI.</exception>
    internal static List<string> Arguments(TokenRequest request, string? tenantId, string? subscription)
    {
        const string Tool = "The Azure CLI";
        var arguments = new List<string> { "account", "get-access-token", "--output", "json" };
        if (request.IsForResource)
            arguments.AddRange(["--resource", ToolArgument.Resource(request.Resource, Tool)]);
        else
            arguments.AddRange(["--scope", .. request.Scopes.Select(scope => ToolArgument.Resource(scope, Tool))]);

        if (tenantId is not null && subscription is not null)
            throw new TokenException(
                TokenError.InvalidOption,
                Tool + " accepts either a tenant or a subscription.",
                "Leave -TenantId out: a subscription belongs to one tenant.");

        if (tenantId is not null)
            arguments.AddRange(["--tenant", ToolArgument.Tenant(tenantId)]);
        if (subscription is not null)
            arguments.AddRange(["--subscription", ToolArgument.Subscription(subscription)]);
        return arguments;
    }

    protected override string LogInWith(string claims) =>
        "Run az login with --claims-challenge and these claims, Base64-encoded, and leave -Claims out.";

    protected override TokenException NotInstalled() => NotOnPath("az", "The Azure CLI", "az login");
}
