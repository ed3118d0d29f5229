using System.Net.Http.Headers;
using Azure.Core;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// An application that trusts a GitHub Actions workflow. The workflow needs the permission <c>id-token: write</c>.
/// </summary>
internal sealed class GitHubActionsCredential(CredentialOptions options) : AzureIdentityCredential(options)
{
    private const string UrlVariable = "ACTIONS_ID_TOKEN_REQUEST_URL";
    private const string TokenVariable = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

    private static readonly InputReader Job = new([UrlVariable, TokenVariable]);

    public override string Name => "GitHubActions";

    protected override string Fingerprint => string.Empty;

    protected override InputReader Inputs => Job;

    protected override TokenTransport CreateTransport(TokenRequest request, CredentialInputs inputs, Waiters waiters) =>
        TokenTransport.ToAuthority(
            Options, Name, waiters, AddressOf(inputs[UrlVariable]), "Grant the job the permission id-token: write.");

    protected override TokenCredential Create(
        TokenRequest request, CredentialInputs inputs, TokenTransport transport, Waiters waiters)
    {
        if (inputs[UrlVariable] is not { } url || inputs[TokenVariable] is not { } token)
            throw TokenErrors.Unavailable(
                Name,
                "This isn't a GitHub Actions job that can request tokens: "
                    + $"{UrlVariable} and {TokenVariable} aren't set.",
                "Run it in a workflow, and grant its job the permission id-token: write.");
        string audience = System.Uri.EscapeDataString(TokenExchange.Audience(Cloud));
        if (AddressOf($"{url}{(url.Contains('?') ? '&' : '?')}audience={audience}") is not { } address)
            throw TokenErrors.Unavailable(
                Name,
                $"{UrlVariable} isn't set to a valid URI.",
                "Run it in a workflow, which sets the variable.");

        return WithAssertion(
            TenantId,
            ClientId,
            cancellationToken => AssertionAsync(transport, address, token, cancellationToken),
            transport);
    }

    private static Uri? AddressOf(string? url) =>
        System.Uri.TryCreate(url, UriKind.Absolute, out Uri? address) ? address : null;

    private async Task<string> AssertionAsync(
        TokenTransport transport, Uri address, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using HttpResponseMessage response = await transport.Client.SendAsync(request, cancellationToken)
            .ConfigureAwait(false);

        TokenResponse answer = await TokenResponse.FromAsync(response).ConfigureAwait(false);
        return answer.Text("value") is { Length: > 0 } assertion
            ? assertion
            : throw TokenErrors.InvalidResponse(Name, "a response from GitHub without an assertion");
    }
}
