using Azure.Core;
using MonitorToken.Engine.Answers;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The first managed identity endpoint of App Service and Functions (2017-09-01), still there where an app is old. The
/// library takes its two variables for those of Machine Learning, and asks for a third one that only that has.
/// </summary>
internal static class FirstAppService
{
    public const string EndpointVariable = "MSI_ENDPOINT";
    public const string SecretVariable = "MSI_SECRET";

    public static bool Is(Surroundings seen) =>
        seen[EndpointVariable] is not null && seen[SecretVariable] is not null
        && seen["IDENTITY_ENDPOINT"] is null && seen["DEFAULT_IDENTITY_CLIENT_ID"] is null;

    public static async Task<Answer> RequestAsync(
        CredentialOptions options,
        TokenRequest request,
        Surroundings seen,
        Wire wire,
        CancellationToken cancellationToken)
    {
        if (options.IdentityObjectId is not null || options.IdentityResourceId is not null)
            throw new TokenException(
                TokenError.InvalidOption,
                "This version of App Service knows a user-assigned identity by its client id alone.",
                "Give -ClientId in place of -IdentityObjectId or -IdentityResourceId.");

        using HttpMessage message = wire.Pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(new Uri(seen[EndpointVariable]!));
        message.Request.Uri.AppendQuery("api-version", "2017-09-01");
        message.Request.Uri.AppendQuery("resource", request.Resource);
        if (options.ClientId is { } clientId)
            message.Request.Uri.AppendQuery("clientid", clientId);
        message.Request.Headers.Add("secret", seen[SecretVariable]!);
        await wire.Pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return new Answer(message.Response);
    }
}
