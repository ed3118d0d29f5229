using System.Text.RegularExpressions;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>Whoever is logged in with <c>az login</c>.</summary>
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
        "The Azure CLI keeps its tokens until shortly before their end, and has no option against it: az account clear "
            + "and a new az login empty its memory.";

    protected override string? AdviceFor(ToolFailure failure) =>
        Options.Subscription is { } subscription
        && Regex.IsMatch(failure.Message, Regex.Escape(subscription), AnyCase)
            ? "Check -Subscription: az account list shows those of everybody who is logged in. If it is not among "
                + "them, run az login as somebody who has it."
            : null;

    protected override InputReader Inputs => Login;

    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs) =>
        AzureCliCommand.For(request, TenantId, Options.Subscription) is { } command
            ? [command.In(AzureCliProfile.FolderVariable, inputs[AzureCliProfile.FolderVariable])]
            : [];

    protected override string LogInWith(string claims) =>
        "Run az login with --claims-challenge and these claims, encoded in Base64, and leave -Claims out.";

    protected override TokenException NotInstalled() =>
        TokenErrors.Unavailable(
            Name,
            "The Azure CLI (az) is not installed.",
            "Install it and run az login, or sign in another way.");
}
