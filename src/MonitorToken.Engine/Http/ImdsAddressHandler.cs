namespace MonitorToken.Engine.Http;

/// <summary>
/// Sends what is meant for the metadata service to where the variable says that it is now. MSAL reads the variable once
/// and keeps the address for the whole process.
/// </summary>
internal sealed class ImdsAddressHandler(Uri address, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.RequestUri = new Uri(address, request.RequestUri!.PathAndQuery);
        return base.SendAsync(request, cancellationToken);
    }
}
