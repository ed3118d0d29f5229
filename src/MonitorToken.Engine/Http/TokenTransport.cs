using Azure.Core.Pipeline;
using Azure.Identity;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>
/// The HTTP pipeline of one credential. All of its requests pass this chain of handlers, from the inspection of the
/// response (outermost) over retries, buffering and logging to the host allow-list (innermost).
/// </summary>
internal sealed class TokenTransport
{
    private readonly CredentialOptions _options;
    private readonly string _name;
    private readonly HttpMessageHandler _primaryHandler;
    private readonly bool _isForEntra;
    private readonly TokenResponseHandler _responses;

    private TokenTransport(
        CredentialOptions options,
        string name,
        Waiters waiters,
        HostAllowList allowed,
        HttpMessageHandler primaryHandler,
        Func<HttpMessageHandler, TokenResponseHandler> createInspector,
        bool isImds = false)
    {
        (_options, _name, _primaryHandler, _isForEntra) = (options, name, primaryHandler, allowed.IncludesEntra);
        HttpMessageHandler chain = new HostAllowListHandler(allowed, name, primaryHandler);
        chain = new ResponseBufferHandler(name, new RequestLogHandler(waiters, chain));
        // Each attempt has its own timeout, and the deadline of the caller applies to the whole request.
        _responses = createInspector(new RetryHandler(waiters, isImds, chain));
        Client = new HttpClient(_responses, disposeHandler: false)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Sends requests through the pipeline.</summary>
    public HttpClient Client { get; }

    /// <summary>The client id in the response with the token; null if it had none.</summary>
    public string? AnsweredClientId => _responses.ClientId;

    /// <summary>Creates a pipeline to Entra, and to the issuer of an assertion.</summary>
    /// <param name="options">The options with the authority.</param>
    /// <param name="name">The name of the credential.</param>
    /// <param name="waiters">The callers that wait for the token.</param>
    /// <param name="assertionIssuer">Where the assertion is requested; null if it is not requested over HTTP.</param>
    /// <param name="whereNoAssertion">The recommended action if the issuer gives no assertion.</param>
    public static TokenTransport ToAuthority(
        CredentialOptions options,
        string name,
        Waiters waiters,
        Uri? assertionIssuer = null,
        string? whereNoAssertion = null) =>
        new(
            options,
            name,
            waiters,
            HostAllowList.ForEntra(options, assertionIssuer),
            HttpHandlers.Proxied,
            inner => new EntraResponseHandler(name, assertionIssuer, whereNoAssertion, inner));

    /// <summary>
    /// Creates a pipeline to the managed identity endpoint of this host. It bypasses the proxy, because the response is
    /// a token, usually without TLS, and meant for this machine only.
    /// </summary>
    /// <param name="options">The options with the identity to ask for.</param>
    /// <param name="name">The name of the credential.</param>
    /// <param name="request">What to ask for.</param>
    /// <param name="waiters">The callers that wait for the token.</param>
    /// <param name="inputs">The environment variables of the host.</param>
    public static TokenTransport ToThisHost(
        CredentialOptions options, string name, TokenRequest request, Waiters waiters, CredentialInputs inputs)
    {
        var host = ManagedIdentityHost.From(inputs);
        Uri? imds = host == ManagedIdentityHost.Imds ? host.EndpointIn(inputs) : null;
        string? thumbprint = ManagedIdentityHost.ThumbprintIn(inputs);
        return new TokenTransport(
            options,
            name,
            waiters,
            HostAllowList.ForThisHost(host.EndpointIn(inputs), host.DefaultEndpoint),
            thumbprint is null ? HttpHandlers.Direct : HttpHandlers.Pinned(thumbprint),
            inner => new ManagedIdentityResponseHandler(
                options,
                name,
                request,
                host,
                imds is null ? inner : new ImdsAddressHandler(imds, inner)),
            isImds: imds is not null);
    }

    /// <summary>
    /// Validates the authority. Must be called before anything is sent to it, or shown to a user who would sign in
    /// there.
    /// </summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="TokenException">Entra does not know the authority, or cannot be reached.</exception>
    public Task ValidateAuthorityAsync(CancellationToken cancellationToken) =>
        _isForEntra
            ? InstanceDiscovery.ValidateAsync(_options, _name, Client, cancellationToken)
            : Task.CompletedTask;

    /// <summary>
    /// Opens the connection to the authority while the libraries are still being loaded. Does nothing for a host that
    /// has not passed instance discovery.
    /// </summary>
    public void ConnectAhead()
    {
        if (_options.DisableInstanceDiscovery || InstanceDiscovery.IsKnown(_options.Authority))
            ConnectionWarmup.Begin(_primaryHandler, _options.Authority.Host);
    }

    /// <summary>
    /// Configures a credential of Azure.Identity to send its requests through this pipeline, which does the retries.
    /// </summary>
    /// <param name="identityOptions">The options to configure.</param>
    /// <typeparam name="T">The type of the options.</typeparam>
    /// <returns>The same options.</returns>
    public T Configure<T>(T identityOptions)
        where T : TokenCredentialOptions
    {
        identityOptions.AuthorityHost = _options.Authority.Host;
        identityOptions.Diagnostics.ApplicationId = "MonitorToken";
        identityOptions.Transport = new HttpClientTransport(Client);
        identityOptions.Retry.MaxRetries = 0;
        identityOptions.Retry.NetworkTimeout = TimeSpan.FromHours(1);
        return identityOptions;
    }
}
