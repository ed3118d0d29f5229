using System.Collections.Concurrent;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Instance discovery: asks Entra whether it knows an authority host, as a guard against a mistyped or malicious one.
/// MSAL has the same guard, but continues without an answer after a network failure, remembers that for the process,
/// and has no guard for the v1 endpoint. So it is done here for both endpoints, and MSAL's is turned off.
/// </summary>
internal static class InstanceDiscovery
{
    private static readonly Uri Host = new("https://login.microsoftonline.com");

    private static readonly ConcurrentDictionary<string, bool> Confirmed = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an authority is one of the built-in ones, or Entra has confirmed it.</summary>
    public static bool IsKnown(Authority authority) =>
        authority.IsEntra || Confirmed.ContainsKey(authority.Host.Authority);

    public static bool IsDiscoveryHost(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps && address.Host == Host.Host
        && address.AbsolutePath == "/common/discovery/instance";

    /// <summary>
    /// Validates the authority unless it is known already or instance discovery is disabled. A confirmed host is
    /// remembered for the lifetime of the process; a failure is not.
    /// </summary>
    /// <exception cref="TokenException">
    /// Entra does not know the authority or cannot be reached, or the response is not Entra's.
    /// </exception>
    public static async Task ValidateAsync(
        CredentialOptions options,
        string credentialName,
        HttpClient client,
        CancellationToken cancellationToken)
    {
        Authority authority = options.Authority;
        if (options.DisableInstanceDiscovery || IsKnown(authority))
            return;

        string endpoint = new Uri(authority.Host, $"{options.TenantId ?? "common"}/oauth2/v2.0/authorize").AbsoluteUri;
        var address = new Uri(
            Host,
            "/common/discovery/instance?api-version=1.1&authorization_endpoint=" + Uri.EscapeDataString(endpoint));
        TokenResponse answer;
        try
        {
            using HttpResponseMessage response = await client.GetAsync(address, cancellationToken)
                .ConfigureAwait(false);
            answer = await TokenResponse.FromAsync(response).ConfigureAwait(false);
        }
        catch (TokenException exception)
        {
            throw exception.With(
                $"{credentialName} sent nothing to the authority host {authority.Host.Host}, because Entra couldn't "
                    + $"be asked whether it knows that host. {exception.Message}",
                exception.RetryAfter,
                "If it's that of a private or disconnected cloud that you trust, specify "
                    + $"-DisableInstanceDiscovery. Otherwise: {exception.RecommendedAction}");
        }

        if (answer.Text("error") == "invalid_instance")
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"Entra doesn't know the authority host {authority.Host.Host}, so {credentialName} sent nothing to it"
                    + (answer.Text("error_description") is { } said ? $": {TokenErrors.Sentence(said)}" : "."),
                "Check -AuthorityHost or AZURE_AUTHORITY_HOST. If it's that of a private or disconnected "
                    + "cloud that you trust, specify -DisableInstanceDiscovery.")
            {
                ErrorCode = answer.EntraCode,
                CorrelationId = answer.CorrelationId,
                TraceId = answer.Text("trace_id"),
                CredentialName = credentialName,
            };

        if (answer.Text("tenant_discovery_endpoint") is null)
            throw TokenErrors.InvalidResponse(credentialName, answer);

        Confirmed.TryAdd(authority.Host.Authority, true);
    }
}
