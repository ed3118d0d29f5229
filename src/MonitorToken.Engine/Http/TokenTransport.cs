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
    private readonly bool _isForEntra;
    private readonly TokenResponseHandler _responses;

    private TokenTransport(
        CredentialOptions options,
        string name,
        Waiters waiters,
        HostAllowListHandler allowed,
        Func<HttpMessageHandler, TokenResponseHandler> createInspector,
        bool isForEntra = false,
        bool isImds = false)
    {
        (_options, _name, _isForEntra) = (options, name, isForEntra);
        var buffer = new ResponseBufferHandler(name, new RequestLogHandler(waiters, allowed));
        // Each attempt has its own timeout, and the deadline of the caller applies to the whole request.
        _responses = createInspector(new RetryHandler(waiters, isImds, buffer));
        Client = new HttpClient(_responses, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Client { get; }

    /// <summary>The client id in the response with the token; null if it had none.</summary>
    public string? AnsweredClientId => _responses.ClientId;

    /// <summary>Creates a pipeline to Entra, and to the issuer of an assertion that is requested over HTTP.</summary>
    public static TokenTransport ToAuthority(
        CredentialOptions options,
        string name,
        Waiters waiters,
        Uri? assertionIssuer = null,
        string? adviceWithoutAssertion = null) =>
        new(
            options,
            name,
            waiters,
            HostAllowListHandler.ForEntra(name, options, assertionIssuer),
            inner => new EntraResponseHandler(name, assertionIssuer, adviceWithoutAssertion, inner),
            isForEntra: true);

    /// <summary>Creates a pipeline to the managed identity endpoint of this host.</summary>
    public static TokenTransport ToThisHost(
        CredentialOptions options, string name, TokenRequest request, Waiters waiters, CredentialInputs inputs)
    {
        var host = ManagedIdentityHost.From(inputs);
        Uri? imds = host == ManagedIdentityHost.Imds ? host.EndpointIn(inputs) : null;
        return new TokenTransport(
            options,
            name,
            waiters,
            HostAllowListHandler.ForThisHost(
                name,
                ManagedIdentityHost.ThumbprintIn(inputs),
                host.EndpointIn(inputs),
                // The Arc agent is also called at its default endpoint.
                imds is null ? host.DefaultEndpoint : null),
            inner => new ManagedIdentityResponseHandler(options, name, request, host, imds, inner),
            isImds: imds is not null);
    }

    /// <summary>
    /// Validates the authority. Must be called before anything is sent to it, or shown to a user who would sign in
    /// there.
    /// </summary>
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
            ConnectionWarmup.Begin(HttpHandlers.Proxied, _options.Authority.Host);
    }

    /// <summary>
    /// Configures a credential of Azure.Identity to send its requests through this pipeline, which does the retries.
    /// </summary>
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
