using System.ComponentModel;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// The account that is logged in to a developer tool. Azure.Identity runs these tools too, but on cancellation it ends
/// only the tool's own process, and not its process tree.
/// </summary>
internal abstract class ToolCredential(CredentialOptions options) : SingleCredential(options)
{
    internal override bool FailureEndsChain => false;

    protected override TimeSpan? Limit => ToolLimit;

    protected override string Fingerprint => string.Empty;

    /// <summary>
    /// The recommended action for a failure; null for the default, to log in.
    /// </summary>
    protected virtual string? AdviceFor(ToolFailure failure) => null;

    /// <summary>
    /// The commands to run, in order, until one has all it needs; empty if the tool is not installed.
    /// </summary>
    protected abstract IEnumerable<ToolCommand> Commands(TokenRequest request, CredentialInputs inputs);

    /// <summary>Whether a command lacks something that the next one may have.</summary>
    protected virtual bool LacksSomething(ToolOutput output) => false;

    /// <summary>The error if the tool is not installed.</summary>
    protected abstract TokenException NotInstalled();

    /// <summary>The error if no command has all it needs.</summary>
    /// <param name="first">The output of the first command; null if there is none.</param>
    /// <param name="request">The request for the token.</param>
    protected virtual TokenException NoneHad(ToolOutput? first, TokenRequest request) => NotInstalled();

    protected override async Task<AccessToken> AcquireAsync(
        TokenRequest request, CredentialInputs inputs, Waiters waiters, CancellationToken cancellationToken)
    {
        if (request.Claims is not null)
            throw new TokenException(
                TokenError.InteractionRequired,
                $"{Name} can't request a token with claims. The login must include them.",
                LogInWith(request.Claims))
            {
                CredentialName = Name,
                Claims = request.Claims,
            };

        ToolOutput? first = null;
        foreach (ToolCommand command in Commands(request, inputs))
        {
            waiters.Verbose($"Running {command.Program}");
            ToolOutput output = await RunAsync(command, cancellationToken).ConfigureAwait(false);
            if (!LacksSomething(output))
                return await ReadAsync(output, request, inputs, waiters, cancellationToken).ConfigureAwait(false);

            first ??= output;
        }

        throw NoneHad(first, request);
    }

    /// <summary>The recommended action for a claims challenge: how to log in with claims.</summary>
    protected abstract string LogInWith(string claims);

    /// <summary>One command if the tool is on PATH, otherwise none.</summary>
    protected static IEnumerable<ToolCommand> CommandsOf(
        string tool, IReadOnlyList<string> arguments, Dictionary<string, string?> environment) =>
        ToolPath.Find(tool) is { } program ? [new ToolCommand(program, arguments, environment)] : [];

    /// <summary>The error if no command could be made for a tool.</summary>
    /// <param name="tool">The name of its program.</param>
    /// <param name="product">Its display name.</param>
    /// <param name="logIn">The command that logs in.</param>
    protected TokenException NotOnPath(string tool, string product, string logIn) =>
        ToolPath.FindUnusable(tool) is { } found
            ? TokenErrors.Unavailable(
                Name,
                $"{product} at '{found.Path}' can't be started: no command line allows the {found.Character} in its "
                    + "path.",
                "Move it to another folder, or sign in another way.")
            : TokenErrors.Unavailable(
                Name,
                $"{product} ({tool}) isn't installed.",
                $"Install it and run {logIn}, or sign in another way.");

    private async Task<ToolOutput> RunAsync(ToolCommand command, CancellationToken cancellationToken)
    {
        try
        {
            return await ToolProcess.RunAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is Win32Exception or FileNotFoundException)
        {
            throw TokenErrors.Unavailable(
                Name,
                $"'{command.Program}' couldn't be started.",
                "Run it yourself to see why, or sign in another way.");
        }
    }

    private async Task<AccessToken> ReadAsync(
        ToolOutput output,
        TokenRequest request,
        CredentialInputs inputs,
        Waiters waiters,
        CancellationToken cancellationToken)
    {
        if (output.ExitCode == 0)
        {
            ToolToken token = ToolToken.TryRead(output.StandardOutput) ?? throw TokenErrors.InvalidResponse(
                Name,
                string.IsNullOrWhiteSpace(output.StandardOutput)
                    ? "nothing, although the tool reported success"
                    : "no JSON with a token and its expiry",
                "Run the tool yourself to see what it prints.");
            await inputs.ThrowIfChangedAsync(cancellationToken).ConfigureAwait(false);
            return AccessTokenFactory.Create(token.Token, token.ExpiresOn, refreshOn: null, request, this, waiters);
        }

        throw Refused(output, request);
    }

    /// <summary>The error if the tool has failed.</summary>
    protected TokenException Refused(ToolOutput output, TokenRequest request)
    {
        var failure = ToolFailure.From(output);
        string message = $"{Name} didn't return a token: {failure.Message}";
        return AdviceFor(failure) is { } advice && failure.IsOfTool
            ? TokenErrors.Unavailable(Name, message, advice)
            : TokenErrors.FromTool(failure, message, Name, request);
    }
}
