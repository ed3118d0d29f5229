using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Http;

/// <summary>
/// How requests leave the process and how answers are received, set up in one place for all credentials.
/// </summary>
internal sealed class Wire
{
    /// <summary>How long one attempt may take.</summary>
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(30);

    private readonly CredentialOptions _options;
    private readonly Waiters _waiters;
    private readonly HttpPipelineTransport _transport;
    private readonly AnswerPolicy _judge;

    private Wire(CredentialOptions options, Waiters waiters, HttpPipelineTransport transport, AnswerPolicy judge)
    {
        _options = options;
        _waiters = waiters;
        _transport = transport;
        _judge = judge;
        Pipeline = Build(judge);
    }

    /// <summary>
    /// The three known clouds need no discovery of their authority, which saves a request; a private one does,
    /// unless the caller says that it cannot be discovered.
    /// </summary>
    public bool DisableInstanceDiscovery =>
        _options.DisableInstanceDiscovery || _options.Authority.Environment is not null;

    /// <summary>Makes the requests: tries again what may pass, tells of each, judges the last answer.</summary>
    public HttpPipeline Pipeline { get; }

    /// <summary>When the last token that came expires, as its answer says; null before the first one.</summary>
    public DateTimeOffset? ExpiresOn => _judge.ExpiresOn;

    /// <summary>What was wrong with the last answer; null if nothing.</summary>
    public TokenException? Problem => _judge.Problem;

    /// <summary>To Entra, and to whoever vouches for an application.</summary>
    /// <param name="options">Which authority it is.</param>
    /// <param name="name">Who asks.</param>
    /// <param name="waiters">Those who wait.</param>
    /// <param name="whereNotVouched">What to do where nobody vouches.</param>
    public static Wire ToAuthority(
        CredentialOptions options,
        string name,
        Waiters waiters,
        string? whereNotVouched = null) =>
        new(
            options,
            waiters,
            HttpClientTransport.Shared,
            new EntraAnswers(options.Authority.Host, name, whereNotVouched));

    /// <summary>
    /// To the endpoint of a managed identity. No proxy: the answer is a token in plain text, and meant for this
    /// machine alone.
    /// </summary>
    /// <param name="options">Who is asked for.</param>
    /// <param name="name">Who asks.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="waiters">Those who wait.</param>
    /// <param name="thumbprint">Of the host's certificate, where it is known by that alone.</param>
    public static Wire ToThisHost(
        CredentialOptions options, string name, TokenRequest request, Waiters waiters, string? thumbprint) =>
        new(
            options,
            waiters,
            thumbprint is null ? DirectTransport.Shared : DirectTransport.For(thumbprint),
            new ManagedIdentityAnswers(options, name, request));

    /// <summary>For who is going to ask there first: connects while the library is being loaded.</summary>
    public void ConnectAhead() => EarlyConnection.Begin(_transport, _options.Authority.Host);

    /// <summary>Has the library's credential make its requests here.</summary>
    public T Configure<T>(T identityOptions)
        where T : TokenCredentialOptions
    {
        identityOptions.AuthorityHost = _options.Authority.Host;
        identityOptions.Diagnostics.ApplicationId = "MonitorToken";
        identityOptions.Transport = new RelayTransport(Pipeline, _transport);
        identityOptions.Retry.MaxRetries = 0;
        identityOptions.Retry.NetworkTimeout = TimeSpan.FromHours(1);
        return identityOptions;
    }

    private HttpPipeline Build(AnswerPolicy judge)
    {
        var options = new TokenCredentialOptions
        {
            Transport = new TracedTransport(_transport, _waiters),
            RetryPolicy = new BoundedRetryPolicy(maxRetries: 2, _waiters),
        };
        options.Retry.NetworkTimeout = AttemptLimit;
        options.Diagnostics.IsTelemetryEnabled = false;
        options.AddPolicy(judge, HttpPipelinePosition.PerCall);
        return HttpPipelineBuilder.Build(options);
    }
}
