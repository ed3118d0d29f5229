using System.Collections.Concurrent;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Asks Entra whether it knows an authority host, which is the guard against one that is mistyped or somebody else's. MSAL
/// has such a guard too, but goes on without an answer where the network fails, keeps that for the process, and has none
/// for the v1 endpoint. So it is asked here, for both, and MSAL's is turned off.
/// </summary>
internal static class InstanceDiscovery
{
    private static readonly Uri Host = new("https://login.microsoftonline.com");

    private static readonly ConcurrentDictionary<string, bool> Granted = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it is on the list of Entra's networks, or Entra has said that it knows it.</summary>
    public static bool IsKnown(Authority authority) =>
        authority.IsEntra || Granted.ContainsKey(authority.Host.Authority);

    /// <summary>Whether this is where Entra is asked.</summary>
    public static bool IsDiscoveryHost(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps && address.Host == Host.Host
        && address.AbsolutePath == "/common/discovery/instance";

    /// <param name="options">Which authority it is about.</param>
    /// <param name="credentialName">Who is going to sign in there.</param>
    /// <param name="client">Sends the request.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="TokenException">
    /// Entra does not know it, or cannot be asked, or something else has answered.
    /// </exception>
    public static async Task ValidateAsync(
        CredentialOptions options,
        string credentialName,
        HttpMessageInvoker client,
        CancellationToken cancellationToken)
    {
        Authority authority = options.Authority;
        if (options.DisableInstanceDiscovery || IsKnown(authority))
            return;

        string endpoint = new Uri(authority.Host, $"{options.TenantId ?? "common"}/oauth2/v2.0/authorize").AbsoluteUri;
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            new Uri(
                Host,
                "/common/discovery/instance?api-version=1.1&authorization_endpoint=" + Uri.EscapeDataString(endpoint)));
        TokenResponse answer = await AskAsync(request, authority, credentialName, client, cancellationToken)
            .ConfigureAwait(false);
        if (answer.Text("error") == "invalid_instance")
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"Entra doesn't know the authority host {authority.Host.Host}, so {credentialName} sent nothing to it"
                    + (answer.Text("error_description") is { } said ? $": {TokenErrors.Sentence(said)}" : "."),
                "Check -AuthorityHost or AZURE_AUTHORITY_HOST. For the login host of a private or disconnected cloud that "
                    + "you trust, specify -DisableInstanceDiscovery.")
            {
                ErrorCode = answer.EntraCode,
                CorrelationId = answer.Text("correlation_id"),
                TraceId = answer.Text("trace_id"),
                CredentialName = credentialName,
            };

        if (answer.Text("tenant_discovery_endpoint") is null)
            throw TokenErrors.InvalidResponse(credentialName, $"{answer.Kind} (HTTP {answer.Status})");

        Granted.TryAdd(authority.Host.Authority, true);
    }

    private static async Task<TokenResponse> AskAsync(
        HttpRequestMessage request,
        Authority authority,
        string credentialName,
        HttpMessageInvoker client,
        CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken)
                .ConfigureAwait(false);
            return await TokenResponse.FromAsync(response).ConfigureAwait(false);
        }
        catch (TokenException exception)
        {
            throw exception.Because(
                $"{credentialName} sent nothing to the authority host {authority.Host.Host}, because Entra could not be "
                    + $"asked whether it knows that host. {exception.Message}",
                exception.RetryAfter,
                "For the login host of a private or disconnected cloud that you trust, specify -DisableInstanceDiscovery. "
                    + $"Otherwise: {exception.RecommendedAction}");
        }
    }
}
