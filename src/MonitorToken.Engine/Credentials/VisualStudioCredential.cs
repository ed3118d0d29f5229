using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The account that is signed in to Visual Studio. Its token provider is a program that each version of Visual Studio
/// installs and names in a file. Only that program knows which account is selected, so it is asked each time, and no
/// token is reused.
/// </summary>
internal sealed class VisualStudioCredential(CredentialOptions options) : ToolCredential(options)
{
    public override string Name => "VisualStudio";

    internal override AccessToken? TryGetCached(string key, TokenRequest request) => null;

    /// <summary>Requests a new token each time: a cached one may be of another account.</summary>
    internal override Task<AccessToken> GetTokenAsync(
        TokenRequest request, ICallerContext caller, CancellationToken cancellationToken) =>
        base.GetTokenAsync(request with { ForceRefresh = true }, caller, cancellationToken);

    /// <summary>For each Visual Studio, in the order that the file prefers them in.</summary>
    protected override IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs)
    {
        // Its token provider takes a resource, and would return a token with other permissions than the requested ones.
        if (request.ScopeList != MonitorResource.ScopeOf(request.Resource))
            throw new TokenException(
                TokenError.InvalidResource,
                $"Visual Studio returns tokens for a resource, not for the scope '{request.ScopeList}'.",
                "Specify -Resource, or sign in another way, such as -AzureCli.");

        List<string> arguments = ["--resource", ToolArgument.Resource(request.Resource, "Visual Studio")];
        if (TenantId is { } tenant)
            arguments.AddRange(["--tenant", ToolArgument.Tenant(tenant)]);

        // A version that was uninstalled may have left its entry.
        return Providers().Where(provider => ToolPath.IsUsable(provider.Program))
            .Select(provider => new ToolCommand(provider.Program, arguments)
            {
                ConfiguredArguments = provider.Arguments,
            });
    }

    /// <summary>Another version may have an account that this one has not.</summary>
    protected override bool LacksSomething(ToolOutput output) => output.ExitCode != 0;

    protected override TokenException NoneHad(ToolOutput? first, TokenRequest request) =>
        first is null ? NotInstalled() : Refused(first, request);

    protected override string LogInWith(string claims) =>
        "Sign in to Visual Studio again under Tools > Options > Azure Service Authentication, and leave -Claims out.";

    protected override TokenException NotInstalled() =>
        ToolPath.IsWindows
            ? TokenErrors.Unavailable(Name, $"Visual Studio isn't installed, or '{ProviderFile()}' doesn't list it.")
            : TokenErrors.Unavailable(
                Name, "Visual Studio signs in on Windows only.", "Sign in another way, such as -AzureCli.");

    /// <summary>
    /// The file also exists on Linux if Visual Studio debugs in a container, which has its own token provider.
    /// </summary>
    private static string ProviderFile() => Path.Combine(
        ToolPath.IsWindows
            ? System.Environment.GetFolderPath(
                System.Environment.SpecialFolder.LocalApplicationData,
                System.Environment.SpecialFolderOption.DoNotVerify)
            : System.Environment.GetFolderPath(
                System.Environment.SpecialFolder.UserProfile, System.Environment.SpecialFolderOption.DoNotVerify),
        ".IdentityService",
        "AzureServiceAuth",
        "tokenprovider.json");

    private List<(string Program, string Arguments)> Providers()
    {
        string path = ProviderFile();
        try
        {
            // A user without a home folder has none. In the current folder, others may be able to place one.
            if (!ToolPath.IsFull(path) || !File.Exists(path))
                return [];

            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var json = JsonDocument.Parse(file);
            return
            [
                .. json.RootElement.GetProperty("TokenProviders").EnumerateArray()
                    .OrderBy(provider => provider.GetProperty("Preference").GetInt32())
                    .Select(provider => (
                        provider.GetProperty("Path").GetString() ?? string.Empty,
                        // Quoted already where that is needed.
                        string.Join(
                            " ",
                            provider.GetProperty("Arguments").EnumerateArray().Select(text => text.GetString())))),
            ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            // Not JSON, or JSON of another shape.
            or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw TokenErrors.Unavailable(
                Name,
                $"'{path}', which lists Visual Studio's token provider, can't be read or is damaged.",
                "Repair Visual Studio, or sign in another way, such as -AzureCli.");
        }
    }
}
