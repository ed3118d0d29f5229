using Azure.Core;
using Azure.Identity;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application that trusts a GitHub Actions workflow. The workflow needs the permission <c>id-token: write</c>.
/// </summary>
internal sealed class GitHubActions(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string UrlVariable = "ACTIONS_ID_TOKEN_REQUEST_URL";
    private const string TokenVariable = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
    private const string Audience = "api://AzureADTokenExchange";

    private static readonly Lookout Job = new([UrlVariable, TokenVariable]);

    public override string Name => "GitHubActions";

    protected override string Fingerprint => string.Empty;

    protected override Surroundings LookAround() => Job.Look();

    protected override Wire CreateWire(TokenRequest request, Surroundings seen, Waiters waiters) =>
        Wire.ToAuthority(Options, Name, waiters, whereNotVouched: "Give the job the permission id-token: write.");

    protected override TokenCredential Create(TokenRequest request, Surroundings seen, Wire wire, Waiters waiters)
    {
        if (seen[UrlVariable] is not { } url || seen[TokenVariable] is not { } token)
            throw Failure.Unavailable(
                Name,
                "This is no GitHub Actions job that may ask for tokens: "
                    + $"{UrlVariable} and {TokenVariable} are not set.",
                "Run it in a workflow, and give its job the permission id-token: write.");
        if (!System.Uri.TryCreate(
            $"{url}{(url.Contains('?') ? '&' : '?')}audience={System.Uri.EscapeDataString(Audience)}",
            UriKind.Absolute,
            out Uri? address))
            throw Failure.Unavailable(
                Name,
                $"{UrlVariable} holds no address.",
                "Run it in a workflow, which sets the variable.");

        return new ClientAssertionCredential(
            TenantId,
            ClientId,
            cancellationToken => AssertionAsync(wire, address, token, cancellationToken),
            wire.Configure(
                new ClientAssertionCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));
    }

    private async Task<string> AssertionAsync(Wire wire, Uri address, string token, CancellationToken cancellationToken)
    {
        using HttpMessage message = wire.Pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(address);
        message.Request.Headers.Add("Authorization", "Bearer " + token);
        message.Request.Headers.Add("Accept", "application/json");
        await wire.Pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);

        var answer = new Answer(message.Response);
        return answer.Text("value") is { Length: > 0 } assertion
            ? assertion
            : throw Failure.InvalidResponse(Name, "an answer of GitHub's without an assertion");
    }
}
