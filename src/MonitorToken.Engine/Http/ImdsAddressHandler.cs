namespace MonitorToken.Engine.Http;

/// <summary>
/// Redirects requests for the metadata service to the address that AZURE_POD_IDENTITY_AUTHORITY_HOST names now. MSAL
/// reads the variable once and keeps the address for the lifetime of the process.
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
