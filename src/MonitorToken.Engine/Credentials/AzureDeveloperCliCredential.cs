using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is logged in with <c>azd auth login</c>.</summary>
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
        "The Azure Developer CLI keeps its tokens until shortly before their end: "
            + "azd auth logout and a new azd auth login empty its memory.";

    protected override InputReader Inputs => Login;

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs) =>
        AzureDeveloperCliCommand.For(request, TenantId) is { } command
            ? [command.In(FolderVariable, inputs[FolderVariable])]
            : [];

    protected override string LogInWith(string claims) =>
        "Run azd auth login with --claims and these claims, encoded in Base64, and leave -Claims out.";

    protected override TokenException NotInstalled() =>
        TokenErrors.Unavailable(
            Name,
            "The Azure Developer CLI (azd) is not installed.",
            "Install it and run azd auth login, or sign in another way.");
}
