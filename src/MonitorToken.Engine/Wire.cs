using System.Diagnostics;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace MonitorToken.Engine;

/// <summary>How requests leave the process, set up in one place for all credentials.</summary>
internal sealed class Wire(CredentialOptions options, ICaller caller)
{
    /// <summary>
    /// The three known clouds need no discovery of their authority, which saves a request; a private one does,
    /// unless the caller says that it cannot be discovered.
    /// </summary>
    public bool DisableInstanceDiscovery { get; } = options.DisableInstanceDiscovery || options.Authority.Environment is not null;

    /// <param name="identityOptions">The library's options, to be set up.</param>
    /// <param name="isTraced">False where the library must make its own connections, to check certificates in its own way.</param>
    public T Configure<T>(T identityOptions, bool isTraced = true)
        where T : TokenCredentialOptions
    {
        identityOptions.AuthorityHost = options.Authority.Host;
        if (isTraced)
            identityOptions.Transport = new TracedTransport(HttpClientTransport.Shared, caller);
        identityOptions.Diagnostics.ApplicationId = "MonitorToken";
        identityOptions.Retry.MaxRetries = 2;
        identityOptions.Retry.Delay = TimeSpan.FromMilliseconds(400);
        identityOptions.Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
        return identityOptions;
    }

    /// <summary>For the requests that Azure.Identity does not make.</summary>
    public HttpPipeline CreatePipeline(int maxRetries)
    {
        TokenCredentialOptions pipelineOptions = Configure(new TokenCredentialOptions());
        pipelineOptions.Retry.MaxRetries = maxRetries;
        return HttpPipelineBuilder.Build(pipelineOptions);
    }

    /// <summary>Tells of each request: method, address without its query, status, time. Never headers or bodies.</summary>
    private sealed class TracedTransport(HttpPipelineTransport inner, ICaller caller) : HttpPipelineTransport
    {
        public override Request CreateRequest() => inner.CreateRequest();

        public override void Process(HttpMessage message) => ProcessAsync(message).AsTask().GetAwaiter().GetResult();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            RequestUriBuilder uri = message.Request.Uri;
            string request = $"{message.Request.Method} {uri.Scheme}://{uri.Host}{uri.Path.Split('?')[0]}";
            var clock = Stopwatch.StartNew();
            caller.Progress($"Waiting for {uri.Host}");
            try
            {
                await inner.ProcessAsync(message).ConfigureAwait(false);
                caller.Verbose($"{request}: {message.Response.Status} in {clock.ElapsedMilliseconds} ms");
            }
            catch (Exception exception)
            {
                caller.Verbose($"{request}: {exception.GetType().Name} after {clock.ElapsedMilliseconds} ms");
                throw;
            }
        }
    }
}
