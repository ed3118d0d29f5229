using Azure.Core;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// The first managed identity endpoint of App Service and Functions (2017-09-01), which old apps still have. The
/// library takes its two variables for those of Machine Learning, and asks for a third one that only that has.
/// </summary>
internal static class AppService2017
{
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

        ManagedIdentityHost host = ManagedIdentityHost.AppService2017;
        using HttpMessage message = wire.Pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(host.EndpointIn(seen)!);
        message.Request.Uri.AppendQuery("api-version", "2017-09-01");
        message.Request.Uri.AppendQuery("resource", request.Resource);
        if (options.ClientId is { } clientId)
            message.Request.Uri.AppendQuery("clientid", clientId);
        message.Request.Headers.Add("secret", host.SecretIn(seen)!);
        await wire.Pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return new Answer(message.Response);
    }
}
