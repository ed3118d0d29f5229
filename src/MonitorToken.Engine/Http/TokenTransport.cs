using Azure.Core.Pipeline;
using Azure.Identity;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.ManagedIdentity;

namespace MonitorToken.Engine.Http;

/// <summary>
/// How the requests of one credential leave the process: the one chain of handlers that all of them pass, from the
/// judgement of the answer down to the host allow-list, which is the last step before the wire.
/// </summary>
internal sealed class TokenTransport
{
    private readonly CredentialOptions _options;
    private readonly string _name;
    private readonly HttpMessageHandler _connect;
    private readonly bool _isForEntra;
    private readonly TokenResponseHandler _responses;

    private TokenTransport(
        CredentialOptions options,
        string name,
        Waiters waiters,
        HostAllowList allowed,
        HttpMessageHandler connect,
        Func<HttpMessageHandler, TokenResponseHandler> judge,
        bool isImds = false)
    {
        (_options, _name, _connect, _isForEntra) = (options, name, connect, allowed.IncludesEntra);
        HttpMessageHandler chain = new HostAllowListHandler(allowed, name, connect);
        chain = new ResponseBufferHandler(name, new RequestLogHandler(waiters, chain));
        // Each attempt has a time limit of its own, and the caller's deadline holds for all of it.
        _responses = judge(new RetryHandler(waiters, isImds, chain));
        Client = new HttpClient(_responses, disposeHandler: false)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Makes the requests.</summary>
    public HttpClient Client { get; }

    /// <summary>The client id that the answer with the token has named; null if it has not.</summary>
    public string? AnsweredClientId => _responses.ClientId;

    /// <summary>To Entra, and to the issuer of an assertion.</summary>
    /// <param name="options">Which authority it is.</param>
    /// <param name="name">Who asks.</param>
    /// <param name="waiters">Those who wait.</param>
    /// <param name="assertionIssuer">Where the assertion is asked for; null for nowhere.</param>
    /// <param name="whereNoAssertion">What to do where there is none to be had.</param>
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
    /// To the endpoint of a managed identity. No proxy: the answer is a token in plain text, and meant for this
    /// machine alone.
    /// </summary>
    /// <param name="options">Who is asked for.</param>
    /// <param name="name">Who asks.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="waiters">Those who wait.</param>
    /// <param name="inputs">The host's variables.</param>
    public static TokenTransport ToThisHost(
        CredentialOptions options, string name, TokenRequest request, Waiters waiters, CredentialInputs inputs)
    {
        var host = ManagedIdentityHost.From(inputs);
        Uri? imds = host == ManagedIdentityHost.Imds ? Imds.AddressFrom(inputs) : null;
        string? thumbprint = ManagedIdentityHost.ThumbprintIn(inputs);
        return new TokenTransport(
            options,
            name,
            waiters,
            HostAllowList.ForThisHost(imds, host.EndpointIn(inputs), host.DefaultEndpoint),
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
    /// Has to come before anything is sent to the authority, or shown to a person who would sign in there.
    /// </summary>
    /// <exception cref="TokenException">Entra does not know the authority, or cannot be asked.</exception>
    public Task ValidateAuthorityAsync(CancellationToken cancellationToken) =>
        _isForEntra
            ? InstanceDiscovery.ValidateAsync(_options, _name, Client, cancellationToken)
            : Task.CompletedTask;

    /// <summary>
    /// For who is going to ask there first: connects while the library is being loaded. Not to a host of which Entra has to
    /// be asked before.
    /// </summary>
    public void ConnectAhead()
    {
        if (_options.DisableInstanceDiscovery || InstanceDiscovery.IsKnown(_options.Authority))
            ConnectionWarmup.Begin(_connect, _options.Authority.Host);
    }

    /// <summary>Has the library's credential make its requests here.</summary>
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
