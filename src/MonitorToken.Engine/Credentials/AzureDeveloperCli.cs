using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Tools;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is logged in with <c>azd auth login</c>.</summary>
internal sealed class AzureDeveloperCli(CredentialOptions options) : ToolCredential(options)
{
    private const string FolderVariable = "AZD_CONFIG_DIR";

    private static readonly Lookout Login = new([FolderVariable], seen =>
    {
        string folder = ToolFolder.Of(seen[FolderVariable], ".azd");
        return [Path.Combine(folder, "config.json"), Path.Combine(folder, "auth.json"), Path.Combine(folder, "auth")];
    });

    public override string Name => "AzureDeveloperCli";

    protected override string SourceMemory =>
        "The Azure Developer CLI keeps its tokens until shortly before their end: "
            + "azd auth logout and a new azd auth login empty its memory.";

    protected override Surroundings LookAround() => Login.Look();

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, Surroundings seen) =>
        AzureDeveloperCliCommand.For(request, TenantId) is { } command
            ? [command.In(FolderVariable, seen[FolderVariable])]
            : [];

    protected override string LogInWith(string claims) =>
        "Run azd auth login with --claims and these claims, encoded in Base64, and leave -Claims out.";

    protected override TokenException NotInstalled() =>
        Failure.Unavailable(
            Name,
            "The Azure Developer CLI (azd) is not installed.",
            "Install it and run azd auth login, or sign in another way.");
}
