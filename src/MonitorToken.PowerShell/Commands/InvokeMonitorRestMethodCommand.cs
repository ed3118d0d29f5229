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
/// The audience of the token and the cloud follow from the address, so there is nothing to look up; only the hosts of
/// Azure Monitor and Resource Manager get a token. Specify the identity as with Get-MonitorToken: with a switch such as
/// -ManagedIdentity or -AzureCli, with an application's secret or certificate, with -Credential, or not at all, for the
/// default chain.
/// </para>
/// <para>
/// A JSON response becomes objects, an array each of its items. Dates remain text, as the service sends them, and
/// numbers keep all their digits. Other text is returned as a string, and a response without a body returns nothing.
/// -AsTable returns the rows of a query with a property for each column, typed: datetime in UTC, long, int, real,
/// decimal, bool, guid, timespan, and dynamic as objects. If a query gave only a part of its rows, a warning says so.
/// </para>
/// <para>
/// If the service is busy (HTTP 429 or 503), the request is sent again after as long as the service asks for, at most
/// -MaximumRetryCount times and within -TimeoutSec. After other failures for the moment (408, 500, 502, 504, or a
/// connection that breaks off) only a request is sent again that can be received twice without harm: GET, HEAD, PUT,
/// DELETE, and queries, which only read. So a POST to an ingestion endpoint is never sent twice without the service
/// having said that it did not take it the first time.
/// </para>
/// <para>
/// If the service wants more claims in the token (a claims challenge), the command gets such a token and sends the
/// request once more. Redirects and pages are followed only to hosts of the same resource: the token never goes anywhere
/// else.
/// </para>
/// <para>
/// An error has the id RequestFailed, and its exception the StatusCode, the service's ErrorCode, the RequestId, and, if
/// the service asks to wait, RetryAfter. RecommendedAction says what is usually missing, such as the role. See
/// about_MonitorToken_Errors.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// $uri = "https://api.loganalytics.io/v1/workspaces/$workspace/query"
/// Invoke-MonitorRestMethod $uri -Body @{ query = 'Heartbeat | take 10' } -AsTable
/// </code>
/// <para>Queries a Log Analytics workspace, and returns an object for each row.</para>
/// </example>
/// <example>
/// <code>
/// $uri = 'https://management.azure.com/subscriptions?api-version=2022-12-01'
/// Invoke-MonitorRestMethod $uri -FollowPages | Select-Object subscriptionId, displayName
/// </code>
/// <para>Lists all subscriptions that you may see, page by page.</para>
/// </example>
/// <example>
/// <code>
/// $endpoint = 'https://dce-1-abcd.westeurope-1.ingest.monitor.azure.com'
/// $rule = 'dcr-0123456789abcdef0123456789abcdef'
/// $uri = "$endpoint/dataCollectionRules/$rule/streams/Custom-Builds?api-version=2023-01-01"
/// $rows = @([pscustomobject] @{ TimeGenerated = [datetime]::UtcNow; Result = 'ok' })
/// Invoke-MonitorRestMethod $uri -Method Post -Body $rows -ManagedIdentity
/// </code>
/// <para>Sends rows to a table of Log Analytics, as the managed identity of this machine.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Invoke, "MonitorRestMethod", DefaultParameterSetName = Set.Default, SupportsShouldProcess = true,
    HelpUri = OnlineHelp.Folder + "Invoke-MonitorRestMethod.md")]
[OutputType(typeof(PSObject))]
[OutputType(typeof(string))]
public sealed class InvokeMonitorRestMethodCommand : CredentialCommand
{
    /// <summary>
    /// The address to call. The resource, its audience and the cloud follow from its host. An unknown host is refused.
    /// </summary>
    [Parameter(Position = 0, Mandatory = true)]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    public Uri Uri { get; set; } = null!;

    /// <summary>The HTTP method. Without it, Post if there is a -Body, else Get.</summary>
    [Parameter]
    [ValidateSet("Get", "Post", "Put", "Patch", "Delete", "Head")]
    public string? Method { get; set; }

    /// <summary>
    /// What to send. A string, bytes and a stream are sent as they are; any other object, such as a hashtable or an
    /// array of objects, as JSON, and a hashtable as a form with -ContentType application/x-www-form-urlencoded. To
    /// ingestion endpoints text is sent compressed.
    /// </summary>
    [Parameter]
    [AllowNull]
    public object? Body { get; set; }

    /// <summary>
    /// Further headers, such as @{ Prefer = 'wait=600' }. Authorization is refused: the command sends its own token.
    /// </summary>
    [Parameter]
    public IDictionary? Headers { get; set; }

    /// <summary>The media type of -Body. Without it, JSON; for bytes and a stream, application/octet-stream.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ContentType { get; set; }

    /// <summary>
    /// Save the response as this file and return nothing. A file of that name is replaced once the response is
    /// complete.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>How often to send the request again if the service is busy or fails for the moment.</summary>
    /// <value>3</value>
    // The default of Azure.Core.
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MaximumRetryCount { get; set; } = 3;

    /// <summary>
    /// How long to wait before the request is sent again, in seconds, unless the service asks for longer. Without it,
    /// about 0.4, 0.8, 1.6 seconds and so on.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int RetryIntervalSec { get; set; }

    /// <summary>
    /// The maximum time to wait for the response, in seconds, including pauses that a busy service asks for; and then
    /// for each part of the response. Each page has that time for itself.
    /// </summary>
    /// <value>300</value>
    // Chosen: Log Analytics gives a query three minutes by default, and may have to be waited for beyond that.
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    [Alias("TimeoutSeconds")]
    public int TimeoutSec { get; set; } = 300;

    /// <summary>The name of a variable that receives the HTTP status, of the last page if there are several.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StatusCodeVariable { get; set; }

    /// <summary>
    /// The name of a variable that receives the headers of the response, of the last page if there are several: a
    /// dictionary with an array of values for each name.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ResponseHeadersVariable { get; set; }

    /// <summary>
    /// Request all pages, and return their items as they arrive: those of value or data, by nextLink, @odata.nextLink
    /// and, for Resource Graph, $skipToken.
    /// </summary>
    [Parameter]
    public SwitchParameter FollowPages { get; set; }

    /// <summary>
    /// Return the rows of the tables of Log Analytics and Application Insights, as they arrive, each with a typed
    /// property for each column.
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
