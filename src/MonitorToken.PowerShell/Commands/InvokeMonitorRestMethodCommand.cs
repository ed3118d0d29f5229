using System.Collections;
using System.Management.Automation;
using MonitorToken.Engine.Caching;
using MonitorToken.Engine.Rest;

namespace MonitorToken.Commands;

/// <summary>
/// Calls an Azure Monitor API with the right token: Log Analytics, Application Insights, metrics, Prometheus, logs
/// ingestion, Resource Manager, Resource Graph. Gets and renews the token, waits when the service is busy, follows
/// pages, and returns objects.
/// </summary>
/// <remarks>
/// <para>
/// The command works out the audience and the cloud from the URI. Only hosts of Azure Monitor and Resource Manager get
/// a token. Specify the identity as with Get-MonitorToken: by a switch such as -ManagedIdentity or -AzureCli, by an
/// application's secret or certificate, or by -Credential. Without these, the default chain is used.
/// </para>
/// <para>
/// You get a JSON response as objects, and an array item by item. Dates stay text, as the service sends them, and
/// numbers keep all their digits. Other text is returned as a string; a response without a body returns nothing.
/// -AsTable returns the rows of a query with a typed property for each column: datetime in UTC, long, int, real,
/// decimal, bool, guid, timespan, and dynamic as objects. If a query returns only part of its rows, you get a warning.
/// </para>
/// <para>
/// If the service is busy (HTTP 429 or 503), the command waits for as long as the service asks, and retries at most
/// -MaximumRetryCount times within -TimeoutSec. After other transient failures (408, 500, 502, 504, or a connection
/// that breaks off), it only retries requests that do no harm if they're received twice: GET, HEAD, PUT, DELETE, and
/// queries. A POST to an ingestion endpoint is only sent again if the service has said that it didn't accept it.
/// </para>
/// <para>
/// If the service requires more claims (a claims challenge), the command gets such a token and sends the request once
/// more. Redirects and pages are followed only to hosts of the same resource, so the token never goes anywhere else.
/// </para>
/// <para>
/// Errors have the ID RequestFailed. The exception has the StatusCode, the service's ErrorCode, the RequestId and, if
/// the service asks to wait, RetryAfter. RecommendedAction says what's usually missing, such as the role. See
/// about_MonitorToken_Errors.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// $uri = "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query"
/// Invoke-MonitorRestMethod $uri -Body @{ query = 'Heartbeat | take 10'; timespan = 'PT1H' } -AsTable
/// </code>
/// <para>Queries a Log Analytics workspace and returns an object for each row.</para>
/// </example>
/// <example>
/// <code>
/// $uri = 'https://management.azure.com/subscriptions?api-version=2022-12-01'
/// Invoke-MonitorRestMethod $uri -FollowPages | Select-Object subscriptionId, displayName
/// </code>
/// <para>Lists all subscriptions that you have access to, page by page.</para>
/// </example>
/// <example>
/// <code>
/// $endpoint = 'https://dcr-1-abcd.westeurope-1.ingest.monitor.azure.com'
/// $rule = 'dcr-0123456789abcdef0123456789abcdef'
/// $uri = "$endpoint/dataCollectionRules/$rule/streams/Custom-Builds?api-version=2023-01-01"
/// $rows = @([pscustomobject] @{ TimeGenerated = [datetime]::UtcNow; Result = 'ok' })
/// Invoke-MonitorRestMethod $uri -Method Post -Body $rows -ManagedIdentity
/// </code>
/// <para>
/// Sends rows to a Log Analytics table with this machine's managed identity. The endpoint is that of the data
/// collection rule.
/// </para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Invoke, "MonitorRestMethod", DefaultParameterSetName = Set.Default, SupportsShouldProcess = true,
    HelpUri = OnlineHelp.Folder + "Invoke-MonitorRestMethod.md")]
[OutputType(typeof(PSObject))]
[OutputType(typeof(string))]
public sealed class InvokeMonitorRestMethodCommand : CredentialCommand
{
    /// <summary>
    /// The URI to call. Its host determines the resource, its audience and the cloud. Unknown hosts are refused.
    /// </summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    public Uri Uri { get; set; } = null!;

    /// <summary>The HTTP method. The default is Post if there's a -Body, else Get.</summary>
    [Parameter]
    [ValidateSet("Get", "Post", "Put", "Patch", "Delete", "Head")]
    public string? Method { get; set; }

    /// <summary>
    /// What to send. Strings, bytes and streams are sent as they are; other objects, such as a hashtable or an array of
    /// objects, as JSON; and a hashtable as a form with -ContentType application/x-www-form-urlencoded. Text for
    /// ingestion endpoints is compressed.
    /// </summary>
    [Parameter]
    [AllowNull]
    public object? Body { get; set; }

    /// <summary>
    /// Additional headers, such as @{ Prefer = 'wait=600' }. Authorization is refused: the command sends its own token.
    /// </summary>
    [Parameter]
    public IDictionary? Headers { get; set; }

    /// <summary>
    /// The media type of -Body. The default is JSON; for bytes and streams, application/octet-stream.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ContentType { get; set; }

    /// <summary>
    /// Save the response to this file and return nothing. An existing file is replaced once the response is complete.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>How many times to retry if the service is busy or fails temporarily.</summary>
    /// <value>3</value>
    // The default of Azure.Core.
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaximumRetryCount { get; set; } = 3;

    /// <summary>
    /// How long to wait before a retry, in seconds, unless the service asks for longer. The default is about 0.4, 0.8,
    /// 1.6 seconds and so on.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int RetryIntervalSec { get; set; }

    /// <summary>
    /// The maximum time to wait for the response, in seconds, including waits for a busy service, and then for each
    /// part of the response. Each page has that much time.
    /// </summary>
    /// <value>300</value>
    // Chosen: Log Analytics gives a query three minutes by default, and may have to be waited for beyond that.
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    [Alias("TimeoutSeconds")]
    public int TimeoutSec { get; set; } = 300;

    /// <summary>The name of a variable that receives the HTTP status (of the last page).</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StatusCodeVariable { get; set; }

    /// <summary>
    /// The name of a variable that receives the response headers (of the last page): a dictionary with an array of
    /// values for each name.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ResponseHeadersVariable { get; set; }

    /// <summary>
    /// Request all pages, and return their items (of value or data) as they arrive. Follows nextLink, @odata.nextLink
    /// and, for Resource Graph, $skipToken.
    /// </summary>
    [Parameter]
    public SwitchParameter FollowPages { get; set; }

    /// <summary>
    /// Return the rows of a Log Analytics or Application Insights query as they arrive, with a typed property for each
    /// column.
    /// </summary>
    [Parameter]
    public SwitchParameter AsTable { get; set; }

    /// <inheritdoc/>
    private protected override void Begin()
    {
        base.Begin();
        if (OutFile is not null && (FollowPages || AsTable))
            throw new TokenException(
                TokenError.InvalidOption,
                "-OutFile saves one response unchanged, but -FollowPages or -AsTable was also specified.",
                "Leave -OutFile out, and save the objects, such as with Export-Csv.");
        if (FollowPages && AsTable)
            throw new TokenException(
                TokenError.InvalidOption,
                "Both -FollowPages and -AsTable were specified.",
                "Specify -AsTable for Log Analytics and Application Insights queries, which have no pages, and "
                    + "-FollowPages for lists.");
        if (Body is not null && HttpMethod() is "GET" or "HEAD")
            throw new TokenException(
                TokenError.InvalidOption,
                $"-Body was specified, but a {HttpMethod()} has no body.",
                "Specify -Method Post, or put the values in the URI.");
    }

    /// <inheritdoc/>
    private protected override void Process()
    {
        if (ReadInput())
            throw PipelineInput.Unknown(InputObject!, Taken);

        object? target = null;
        RestCall? call = null;
        try
        {
            TokenRequest token = TokenRequest.ForEndpoint(Uri) with { Timeout = GivenTimeout() };
            var request = Request();
            target = request.Resource.Name;
            Credential credential = CreateCredential(token, CredentialCache.Of);
            if ((!request.OnlyReads || OutFile is not null)
                && !ShouldProcess(ResourceCatalog.Redacted(Uri.OriginalString), request.Method))
                return;

            call = new RestCall(request, credential, token, PSObjectFactory.Instance);
            if (OutFile is not null)
                Save(call, FullPath(OutFile)!);
            else
                WriteAll(call);
        }
        catch (TokenException exception)
        {
            Report(exception, target, isOneOfSeveral: MyInvocation.ExpectingInput);
        }
        finally
        {
            call?.Dispose();
        }
    }

    private string HttpMethod() => Method?.ToUpperInvariant() ?? (Body is null ? "GET" : "POST");

    private TimeSpan? GivenTimeout() =>
        MyInvocation.BoundParameters.ContainsKey(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null;

    private RestRequest Request() => new(
        Uri,
        HttpMethod(),
        Body is null ? null : RequestBody.From(Body, ContentType),
        RequestHeaders.From(Headers),
        MaximumRetryCount,
        RetryIntervalSec > 0 ? TimeSpan.FromSeconds(RetryIntervalSec) : null,
        TimeSpan.FromSeconds(TimeoutSec),
        FollowPages,
        AsTable);

    private void WriteAll(RestCall call)
    {
        while (Read(call) is { } objects)
        {
            foreach (object? one in objects)
                Write(one);
        }
    }

    /// <summary>Waits for the objects that can be had next; null if there are no more.</summary>
    private IReadOnlyList<object?>? Read(RestCall call)
    {
        try
        {
            return Await(call.ReadAsync);
        }
        finally
        {
            SetVariables(call);
        }
    }

    private void Save(RestCall call, string path)
    {
        try
        {
            Await(async (caller, stop) =>
            {
                await call.SaveAsync(path, caller, stop).ConfigureAwait(false);
                return true;
            });
        }
        finally
        {
            SetVariables(call);
        }
    }

    private void SetVariables(RestCall call)
    {
        if (StatusCodeVariable is not null)
            SessionState.PSVariable.Set(StatusCodeVariable, call.StatusCode);
        if (ResponseHeadersVariable is not null)
            SessionState.PSVariable.Set(ResponseHeadersVariable, call.ResponseHeaders);
    }
}
