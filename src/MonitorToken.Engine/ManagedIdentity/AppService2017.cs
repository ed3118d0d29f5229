using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// The first managed identity endpoint of App Service and Functions (API version 2017-09-01), which old apps still
/// have. MSAL mistakes its two variables, MSI_ENDPOINT and MSI_SECRET, for those of Machine Learning, and requires a
/// third one that only Machine Learning sets.
/// </summary>
internal static class AppService2017
{
    /// <summary>Requests a token.</summary>
    /// <exception cref="TokenException">
    /// The options name the identity by another id than its client id, or the host returned no token.
    /// </exception>
    public static async Task<TokenResponse> RequestAsync(
        CredentialOptions options,
        TokenRequest request,
        CredentialInputs inputs,
        TokenTransport transport,
        CancellationToken cancellationToken)
    {
        if (options.IdentityObjectId is not null || options.IdentityResourceId is not null)
            throw new TokenException(
                TokenError.InvalidOption,
                "This version of App Service identifies a user-assigned identity only by its client ID.",
                "Specify -ClientId instead of -IdentityObjectId or -IdentityResourceId.");

        ManagedIdentityHost host = ManagedIdentityHost.AppService2017;
        var address = new UriBuilder(host.EndpointIn(inputs)!);
        string query = "api-version=2017-09-01&resource=" + Uri.EscapeDataString(request.Resource)
            + (options.ClientId is { } clientId ? "&clientid=" + Uri.EscapeDataString(clientId) : string.Empty);
        address.Query = address.Query.Length > 1 ? $"{address.Query.Substring(1)}&{query}" : query;
        using var message = new HttpRequestMessage(HttpMethod.Get, address.Uri);
        message.Headers.Add("secret", host.SecretIn(inputs)!);
        using HttpResponseMessage response = await transport.Client.SendAsync(message, cancellationToken)
            .ConfigureAwait(false);
        return await TokenResponse.FromAsync(response).ConfigureAwait(false);
    }
}
