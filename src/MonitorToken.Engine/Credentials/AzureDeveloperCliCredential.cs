using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>The account that is logged in with <c>azd auth login</c>.</summary>
internal sealed class AzureDeveloperCliCredential(CredentialOptions options) : ToolCredential(options)
{
    private const string FolderVariable = "AZD_CONFIG_DIR";

    private static readonly InputReader Login = new([FolderVariable], inputs =>
    {
        string folder = ToolFolder.Of(inputs[FolderVariable], ".azd");
        return [Path.Combine(folder, "config.json"), Path.Combine(folder, "auth.json"), Path.Combine(folder, "auth")];
    });

    public override string Name => "AzureDeveloperCli";

    protected override string SourceMemory =>
        "The Azure Developer CLI caches tokens until shortly before they expire. "
            + "To clear its cache, run azd auth logout and then azd auth login.";

    protected override InputReader Inputs => Login;

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs) =>
        CommandsOf("azd", Arguments(request, TenantId), new()
        {
            // It would wait for a debugger, and look for a later version of itself.
            ["AZD_DEBUG"] = null,
            ["AZD_SKIP_UPDATE_CHECK"] = "true",

            // As it was read, not as it may be when the tool starts.
            [FolderVariable] = inputs[FolderVariable],
        });

    /// <exception cref="TokenException">They cannot be passed to the Azure Developer CLI.</exception>
    internal static List<string> Arguments(TokenRequest request, string? tenantId)
    {
        var arguments = new List<string> { "auth", "token", "--output", "json", "--no-prompt" };
        foreach (string scope in request.Scopes)
            arguments.AddRange(["--scope", ToolArgument.Resource(scope, "The Azure Developer CLI")]);
        if (tenantId is not null)
            arguments.AddRange(["--tenant-id", ToolArgument.Tenant(tenantId)]);
        return arguments;
    }

    protected override string LogInWith(string claims) =>
        "Run azd auth login with --claims and these claims, Base64-encoded, and leave -Claims out.";

    protected override TokenException NotInstalled() =>
        NotOnPath("azd", "The Azure Developer CLI", "azd auth login");
}
