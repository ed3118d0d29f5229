using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace MonitorToken.Engine.Credentials;

/// <summary>An application that trusts a GitHub Actions workflow. The workflow needs the permission <c>id-token: write</c>.</summary>
internal sealed class GitHubActions(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string UrlVariable = "ACTIONS_ID_TOKEN_REQUEST_URL";
    private const string TokenVariable = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

    public override string Name => "GitHubActions";

    protected override string Fingerprint => Digest.OfEnvironment(UrlVariable, TokenVariable);

    protected override TokenCredential Create(TokenRequest request, Wire wire, ICaller caller)
    {
        string? url = System.Environment.GetEnvironmentVariable(UrlVariable);
        string? token = System.Environment.GetEnvironmentVariable(TokenVariable);
        if (string.IsNullOrEmpty(url) || string.IsNullOrEmpty(token))
            throw Failure.Unavailable(
                Name,
                $"This is no GitHub Actions job that may ask for tokens: {UrlVariable} and {TokenVariable} are not set.",
                "Run it in a workflow, and give its job the permission id-token: write.");

        return new ClientAssertionCredential(
            TenantId,
            ClientId,
            cancellationToken => AssertionAsync(wire, url!, token!, cancellationToken),
            wire.Configure(new ClientAssertionCredentialOptions { DisableInstanceDiscovery = wire.DisableInstanceDiscovery }));
    }

    private async Task<string> AssertionAsync(Wire wire, string url, string token, CancellationToken cancellationToken)
    {
        HttpPipeline pipeline = wire.CreatePipeline(maxRetries: 2);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(new Uri($"{url}{(url.Contains('?') ? '&' : '?')}audience={System.Uri.EscapeDataString("api://AzureADTokenExchange")}"));
        message.Request.Headers.Add("Authorization", "Bearer " + token);
        message.Request.Headers.Add("Accept", "application/json");
        await pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);

        if (!message.Response.IsError)
        {
            using JsonDocument answer = JsonDocument.Parse(message.Response.Content.ToMemory());
            if (answer.RootElement.TryGetProperty("value", out JsonElement value) && value.GetString() is { Length: > 0 } assertion)
                return assertion;
        }

        throw new TokenException(
            TokenError.AuthenticationFailed,
            $"GitHub gave no assertion for this job (HTTP {message.Response.Status}).",
            "Give the job the permission id-token: write.")
        {
            CredentialName = Name,
        };
    }
}
