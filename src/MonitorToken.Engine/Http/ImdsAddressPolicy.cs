using Azure.Core;
using Azure.Core.Pipeline;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Sends what is meant for the metadata service to where the variable says that it is now. MSAL reads the variable once
/// and keeps the address for the whole process.
/// </summary>
internal sealed class ImdsAddressPolicy(Uri address) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        RequestUriBuilder uri = message.Request.Uri;
        (uri.Scheme, uri.Host, uri.Port) = (address.Scheme, address.Host, address.Port);
    }
}
