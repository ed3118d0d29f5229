using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// Tests whether a service grants access to an identity: with one GET of the URI that is going to be called and the
/// token of the identity, which also shows that the service can be reached. If the URI accepts only POST, so that
/// this isn't conclusive, Resource Manager is asked for its permissions; see <see cref="PermissionCheck"/>.
/// </summary>
/// <exception cref="TokenException">
/// The host is not one of the known Azure Monitor services, so it must not receive a token.
/// </exception>
internal sealed class AccessTest
{
    /// <summary>
    /// The number of bytes of a response that are read. Chosen: error responses are shorter, and the data of a
    /// successful call is not needed.
    /// </summary>
    private const int LongestAnswer = 64 * 1024;

    private readonly Uri _endpoint;
    private readonly ICallerContext _caller;
    private readonly AccessAdvice _advice;
    private readonly WriteTarget? _target;
    private readonly AzureEnvironment _cloud;

    public AccessTest(Uri endpoint, ICallerContext caller)
    {
        MonitorResource service = ResourceCatalog.ByEndpoint(endpoint);
        (_endpoint, _caller, _cloud) = (endpoint, caller, service.Cloud);
        _advice = AccessAdvice.For(service);
        _target = WriteTarget.TryParse(endpoint, service);
    }

    /// <summary>Tests the access of the identity that a token belongs to.</summary>
    /// <param name="token">The token for the service.</param>
    /// <param name="getToken">Gets another token of the same identity, without asking a user.</param>
    /// <param name="timeout">The time for the test; null for no limit.</param>
    /// <param name="cancellationToken">Cancels the test.</param>
    public async Task<AccessOutcome> CallAsync(
        AccessToken token,
        Func<TokenRequest, TimeSpan?, Task<AccessToken>> getToken,
        TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        string plainText = token.GetPlainText();
        TokenClaims? claims = JsonWebToken.TryRead(plainText);
        TimeSpan began = Clock.Elapsed;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (timeout is { } time)
            deadline.CancelAfter(time > TimeSpan.Zero ? time : TimeSpan.Zero);

        ServiceAnswer answer;
        try
        {
            answer = await new ServiceClient(_endpoint, LongestAnswer, _caller)
                .SendAsync(HttpMethod.Get, _endpoint, content: null, plainText, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return AccessAdvice.NoAnswer(exception, _endpoint.Host);
        }

        cancellationToken.ThrowIfCancellationRequested();
        AccessOutcome outcome = _advice.OutcomeOf(answer, claims?.IdentityType);
        if (_target is null || !AccessAdvice.IsAboutRoles(answer))
            return outcome;

        return deadline.IsCancellationRequested
            ? PermissionCheck.Unknown(outcome, "there was no time left for the request")
            : await CheckPermissionAsync(
                outcome,
                claims,
                () => getToken(
                    TokenRequest.ForResource("ResourceManager", _cloud) with { AnyWillDo = true, ForbidsPrompt = true },
                    timeout - (Clock.Elapsed - began)),
                deadline.Token,
                cancellationToken).ConfigureAwait(false);
    }

    private async Task<AccessOutcome> CheckPermissionAsync(
        AccessOutcome called,
        TokenClaims? claims,
        Func<Task<AccessToken>> getToken,
        CancellationToken deadline,
        CancellationToken cancellationToken)
    {
        MonitorResource manager = ResourceCatalog.ByName("ResourceManager", _cloud);
        var address = new Uri(manager.Endpoint!);
        string token;
        try
        {
            token = (await getToken().ConfigureAwait(false)).GetPlainText();
        }
        catch (TokenException exception)
        {
            return PermissionCheck.Unknown(called, $"no token for it is available: {exception.Message}");
        }

        // A tool may have been logged in to another account in the meantime.
        if (claims?.ObjectId is { } identity && JsonWebToken.TryRead(token)?.ObjectId is { } other && identity != other)
            return PermissionCheck.Unknown(called, "its token belongs to another identity");

        try
        {
            var client = new ResourceManagerClient(address, token, _caller);
            return await new PermissionCheck(_target!, _advice, client)
                .CompleteAsync(called, claims, deadline).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return PermissionCheck.Unknown(called, $"it {AccessAdvice.WithoutAnswer(exception)}");
        }
    }
}

/// <summary>The outcome of a call.</summary>
/// <param name="Status">Whether the identity has access, as far as that's known.</param>
/// <param name="StatusCode">The HTTP status; null if there was no response.</param>
/// <param name="Reason">The status and the service's reason; null if no service was called.</param>
/// <param name="RecommendedAction">What to do about it; null if the service grants access.</param>
internal sealed record AccessOutcome(
    CredentialTestStatus Status, int? StatusCode = null, string? Reason = null, string? RecommendedAction = null);
