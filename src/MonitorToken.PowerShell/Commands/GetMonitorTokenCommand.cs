using System.Globalization;
using System.Management.Automation;
using MonitorToken.Engine.Tokens;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Commands;

/// <summary>
/// Gets a Microsoft Entra access token (an OAuth 2.0 bearer token) for an Azure Monitor API: with a managed identity, a
/// service principal (client credentials flow), a workload identity, a CI job, your az or Connect-AzAccount login, or a
/// browser. The token is cached, renewed before it expires, and never displayed.
/// </summary>
/// <remarks>
/// <para>
/// Specify what the token is for with exactly one of -Resource (a name such as LogAnalytics, or an audience as an https
/// URI), -Uri (the URI that you're going to call) and -Scope. Get-MonitorResource lists the names.
/// </para>
/// <para>
/// Specify the identity: an application (service principal) by -TenantId, -ClientId and -ClientSecret or a certificate,
/// another one by a switch such as -ManagedIdentity, -GitHubActions, -AzureCli or -Interactive, or any by -Credential.
/// Without these, the default chain is used. It tries Environment (the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and
/// AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH), WorkloadIdentity, ManagedIdentity, VisualStudio, AzureCli,
/// AzurePowerShell and AzureDeveloperCli, in this order. The token's CredentialName is the one that worked. If one of
/// the first three is set up but fails, the search stops with its error. -Include, -Exclude and the variable
/// AZURE_TOKEN_CREDENTIALS narrow the chain. Test-MonitorTokenCredential shows which members work on this machine.
/// </para>
/// <para>
/// about_MonitorToken_Credentials describes each sign-in method: when to use it, what it needs, an example, and its
/// errors.
/// </para>
/// <para>
/// You get an object that shows the resource, the expiry time and the identity, but never the token itself. Its member
/// Token, which Get-Member and Select-Object * don't list, is the token as a SecureString. In PowerShell 7, pass it to
/// Invoke-RestMethod -Authentication Bearer -Token $token.Token. Windows PowerShell 5.1 has no -Token parameter, so
/// pass the header: Invoke-RestMethod -Headers (Get-MonitorToken LogAnalytics -AsHeader).
/// </para>
/// <para>
/// Tokens come from the cache until they're due for renewal. Run Get-MonitorToken before each request, instead of
/// keeping a token in a variable for hours.
/// </para>
/// </remarks>
/// <note>
/// -AsHeader, -AsPlainText and -AsRestResponse return the token as plain text. Anyone who reads it can act as the
/// identity until the token expires: keep it out of logs and transcripts.
/// </note>
/// <example>
/// <code>
/// $token = Get-MonitorToken LogAnalytics
/// $uri = "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query"
/// $query = @{ query = 'Heartbeat | take 10'; timespan = 'PT1H' }
/// Invoke-RestMethod $uri -Body $query -Authentication Bearer -Token $token.Token
/// </code>
/// <para>In PowerShell 7, runs a query as the first identity that the default chain finds.</para>
/// </example>
/// <example>
/// <code>
/// $header = Get-MonitorToken ResourceManager -ManagedIdentity -AsHeader
/// Invoke-RestMethod 'https://management.azure.com/subscriptions?api-version=2022-12-01' -Headers $header
/// </code>
/// <para>
/// Calls an API in an Azure Automation runbook, in Windows PowerShell 5.1 or PowerShell 7. For a user-assigned
/// identity, add its client ID (-ClientId).
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics, ResourceManager -AzureCli</code>
/// <para>Gets two tokens for the account that is logged in with az login.</para>
/// </example>
/// <example>
/// <code>
/// Connect-AzAccount
/// Get-MonitorToken LogAnalytics -AzurePowerShell
/// </code>
/// <para>Gets a token for the account that is logged in to Az.Accounts in this session.</para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -Interactive -TokenCacheName work</code>
/// <para>
/// Signs in as yourself, in the browser. The cache work remembers the sign-in, so later sessions don't have to prompt.
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -Silent -TokenCacheName work</code>
/// <para>
/// Gets a token for the user who has signed in with that cache before. Never prompts: fails if the sign-in has expired.
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -DeviceCode</code>
/// <para>
/// Signs in as yourself on a machine without a browser: shows a code that you enter in a browser on any device.
/// </para>
/// </example>
/// <example>
/// <code>
/// $app = @{ TenantId = 'contoso.onmicrosoft.com'; ClientId = $clientId; CertificateThumbprint = $thumbprint }
/// Get-MonitorToken LogAnalytics @app
/// </code>
/// <para>
/// On a server, signs in as an application with a certificate from the store. Its private key never leaves the machine.
/// </para>
/// </example>
/// <example>
/// <code>
/// $file = @{ CertificatePath = './app.pfx'; CertificatePassword = $password }
/// Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app @file
/// </code>
/// <para>Signs in with a certificate file: PFX, or PEM that contains the certificate and the key.</para>
/// </example>
/// <example>
/// <code>
/// $certificate = Get-Item Cert:/CurrentUser/My/$thumbprint
/// Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app -Certificate $certificate -SendCertificateChain
/// </code>
/// <para>
/// Signs in with a certificate object, for an application that trusts the certificate's subject and issuer.
/// </para>
/// </example>
/// <example>
/// <code>
/// $secret = Get-Secret MonitorReader
/// Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app -ClientSecret $secret
/// </code>
/// <para>
/// Signs in as an application whose secret is in a vault of the module SecretManagement. At a prompt, use
/// Read-Host -AsSecureString instead.
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -TenantId $tenant -ServicePrincipal (Get-Credential)</code>
/// <para>Signs in as an application whose ID and secret you type, or that a PSCredential contains.</para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -FromEnvironment</code>
/// <para>
/// In a job or container, signs in as the application in the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and those for
/// its secret or certificate.
/// </para>
/// </example>
/// <example>
/// <code>
/// Get-MonitorToken LogAnalytics -GitHubActions -TenantId $env:AZURE_TENANT_ID -ClientId $env:AZURE_CLIENT_ID
/// </code>
/// <para>
/// In a GitHub Actions workflow, signs in without a secret. The job needs the permission id-token: write.
/// </para>
/// </example>
/// <example>
/// <code>
/// Get-MonitorToken LogAnalytics -AzurePipelines -TenantId $tenant -ClientId $app -ServiceConnectionId $connection
/// </code>
/// <para>
/// In Azure Pipelines, signs in with a service connection. Map SYSTEM_ACCESSTOKEN into the step.
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken Prometheus -WorkloadIdentity</code>
/// <para>In a pod, signs in as the application that trusts the pod's service account.</para>
/// </example>
/// <example>
/// <code>
/// $script = { Get-Content ./token.txt -Raw }
/// Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app -FederatedTokenScript $script
/// </code>
/// <para>Signs in with a token from another identity provider. The script gets a new one for each request.</para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app -FederatedToken $assertion</code>
/// <para>Signs in with a token that you already have from another identity provider.</para>
/// </example>
/// <example>
/// <code>
/// $trusted = Get-MonitorTokenCredential -ManagedIdentity -ClientId $identity
/// Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app -FederatedCredential $trusted
/// </code>
/// <para>
/// On an Azure resource, signs in without a secret as an application that trusts the resource's user-assigned identity.
/// This works in other tenants, too.
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -AzureDeveloperCli</code>
/// <para>Signs in as the account that is logged in with azd auth login.</para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -VisualStudio</code>
/// <para>Signs in as the account that is signed in to Visual Studio, on Windows.</para>
/// </example>
/// <example>
/// <code>
/// Get-MonitorToken LogAnalytics -TenantId $tenant -ClientId $app -ClientSecret $secret -UserAssertion $userToken
/// </code>
/// <para>In a service, signs in on behalf of the user who called it with that token.</para>
/// </example>
/// <example>
/// <code>
/// $identity = Get-MonitorTokenCredential -ManagedIdentity
/// Get-MonitorToken LogAnalytics -Credential $identity, (Get-MonitorTokenCredential -AzureCli)
/// </code>
/// <para>
/// Uses a custom chain: the managed identity if there is one, else the account that is logged in with az login.
/// </para>
/// </example>
/// <example>
/// <code>
/// $uri = "https://westeurope.monitoring.azure.com$resourceId/metrics"
/// $header = Get-MonitorToken -Uri $uri -AsHeader
/// Invoke-RestMethod $uri -Method Post -ContentType application/json -Body $metrics -Headers $header
/// </code>
/// <para>
/// Sends custom metrics. MonitorToken works out the resource and the cloud from the URI.
/// </para>
/// </example>
/// <example>
/// <code>Get-MonitorToken LogAnalytics -AsRestResponse | ConvertTo-Json</code>
/// <para>
/// Outputs the token endpoint's JSON response, for a program that expects it. It contains the token as plain text.
/// </para>
/// </example>
[Cmdlet(
    VerbsCommon.Get, "MonitorToken", DefaultParameterSetName = Set.Default,
    HelpUri = OnlineHelp.Folder + "Get-MonitorToken.md")]
[OutputType(typeof(AccessToken))]
[OutputType(typeof(System.Collections.Hashtable))]
[OutputType(typeof(System.Security.SecureString))]
[OutputType(typeof(string))]
[OutputType("MonitorToken.RestResponse")]
public sealed class GetMonitorTokenCommand : CredentialCommand
{
    private bool _hasResource;

    /// <summary>
    /// The resource that the token is for: a name or alias from Get-MonitorResource, or an audience as an https URI,
    /// which is used exactly as you type it. For several resources, you get one token each.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(ResourceCompleter))]
    [Names]
    [AllowEmptyString]
    [Alias("ResourceUrl")]
    public string[]? Resource { get; set; }

    /// <summary>
    /// The URI that you're going to call. Its host determines the resource and the cloud. Unknown hosts are refused.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    public Uri[]? Uri { get; set; }

    /// <summary>
    /// Scopes of the v2 endpoint, such as https://api.loganalytics.io/Data.Read. You get one token for all of them.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(ScopeCompleter))]
    [Alias("Scopes")]
    public string[]? Scope { get; set; }

    /// <summary>A claims request in JSON, such as that from a claims challenge.</summary>
    [Parameter]
    public string? Claims { get; set; }

    /// <summary>
    /// The maximum time to wait, in seconds. The default is 100 for a service, 60 for a tool, and no limit if you have
    /// to sign in.
    /// </summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    [Alias("TimeoutSeconds")]
    public int TimeoutSec { get; set; }

    /// <summary>
    /// How long the token must still be valid, as a time span such as 0:30:00. A cached token that expires sooner is
    /// renewed. If the new token doesn't last long enough either, you get a warning.
    /// </summary>
    [Parameter]
    public TimeSpan MinimumLifetime { get; set; }

    /// <summary>
    /// Request a new token even if one is cached, or if the service has asked to wait. If a tool or host returns a
    /// token from its own cache, you get a warning.
    /// </summary>
    [Parameter]
    public SwitchParameter ForceRefresh { get; set; }

    /// <summary>Return a hashtable with the Authorization header, for Invoke-RestMethod -Headers.</summary>
    [Parameter]
    public SwitchParameter AsHeader { get; set; }

    /// <summary>Return only the token, as a SecureString.</summary>
    [Parameter]
    public SwitchParameter AsSecureString { get; set; }

    /// <summary>Return only the token, as a plain string.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <summary>Return the seven properties of the v1 endpoint's response, for ConvertTo-Json.</summary>
    [Parameter]
    public SwitchParameter AsRestResponse { get; set; }

    private protected override TimeSpan? TimeLimit => TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : null;

    private protected override string Taken =>
        "names, URIs, objects from Get-MonitorResource, and credentials from Get-MonitorTokenCredential";

    /// <inheritdoc/>
    private protected override void Begin()
    {
        base.Begin();
        _hasResource = Resource is not null;
        CheckNames(Resource);
        if (Count(AsHeader, AsSecureString, AsPlainText, AsRestResponse) > 1)
            throw new TokenException(
                TokenError.InvalidOption,
                "More than one output format was specified.",
                "Specify only one of -AsHeader, -AsSecureString, -AsPlainText and -AsRestResponse.");
        if (MinimumLifetime < TimeSpan.Zero)
            throw new TokenException(
                TokenError.InvalidOption,
                "-MinimumLifetime is negative.",
                "Specify how long the token must remain valid, such as -MinimumLifetime 0:30:00.");
        if (Claims is not null && !JsonClaims.AreValid(Claims))
            throw new TokenException(
                TokenError.InvalidOption,
                "-Claims isn't a JSON object.",
                "Specify the exact claims from the exception's Claims. "
                    + "First decode claims in a WWW-Authenticate header from Base64.");
    }

    /// <inheritdoc/>
    private protected override void Process()
    {
        string[]? resources = ReadInput() ? PipedNames() : _hasResource ? Resource : null;
        int asks = Count(resources is not null, Uri is not null, Scope is not null);
        if (asks > 1)
            throw new TokenException(
                TokenError.InvalidResource,
                "More than one of -Resource, -Uri and -Scope was specified.",
                "Specify only one of them.");
        if (asks == 0)
            throw new TokenException(
                TokenError.InvalidResource,
                "No resource was specified.",
                $"Specify -Resource with one of {ResourceCatalog.NamesIn(AzureEnvironment.AzureCloud)} or an absolute "
                    + "https URI, or specify -Uri or -Scope.");

        bool isOneOfSeveral = MyInvocation.ExpectingInput || resources?.Length > 1 || Uri?.Length > 1;
        foreach (string resource in resources ?? [])
            WriteToken(() => TokenRequest.ForResource(resource, Cloud()), TargetOf(resource), isOneOfSeveral);
        foreach (Uri uri in Uri ?? [])
            WriteToken(() => TokenRequest.ForEndpoint(uri), TargetOf(uri?.OriginalString), isOneOfSeveral);
        if (Scope is not null)
            WriteToken(() => TokenRequest.ForScopes(Scope), target: null, isOneOfSeveral);
    }

    /// <summary>
    /// The resources of the current pipeline object: bound by value or by property name, or by a delay-bind script
    /// block of -Resource.
    /// </summary>
    private string[]? PipedNames()
    {
        bool isNone = _hasResource
            ? PipelineInput.Names(InputObject) is null
            : Resource is null || NamesAttribute.FoundNone(Resource);
        if (isNone)
            throw PipelineInput.Unknown(InputObject!, Taken);
        if (_hasResource)
            throw new TokenException(
                TokenError.InvalidResource,
                "A resource came through the pipeline, and -Resource was also specified.",
                "Specify only one of them.");

        return Resource;
    }

    private static int Count(bool first, bool second, bool third, bool fourth = false) =>
        (first ? 1 : 0) + (second ? 1 : 0) + (third ? 1 : 0) + (fourth ? 1 : 0);

    private void WriteToken(Func<TokenRequest> ask, string? target, bool isOneOfSeveral)
    {
        if (HasFailed)
            return;

        Credential? credential = null;
        AccessToken? token;
        try
        {
            TokenRequest request = ask() with
            {
                Claims = Claims,
                MinimumLifetime = MinimumLifetime,
                ForceRefresh = ForceRefresh,
                Timeout = TimeLimit - Spent,
            };
            credential = CreateCredential(request, CredentialCache.Of);
            token = credential.TryGetCached(request);
            if (token is null)
                token = Await((caller, stop) => credential.GetTokenAsync(request, caller, stop));
            else
                WriteVerbose(token.InMemory);
        }
        catch (TokenException exception)
        {
            Report(
                exception,
                (object?)credential ?? target,
                isOneOfSeveral && (credential is not null || IsAboutInput(exception)));
            return;
        }

        Write(
            AsHeader ? token.GetHeader()
            : AsSecureString ? token.Token
            : AsPlainText ? token.GetPlainText()
            : AsRestResponse ? RestResponse(token)
            : token);
    }

    /// <summary>
    /// Whether an error without a credential concerns what was asked for, or a credential from the pipeline. Otherwise
    /// it concerns the parameters that describe the identity, and so all that is asked for.
    /// </summary>
    private bool IsAboutInput(TokenException exception) =>
        exception.Error == TokenError.InvalidResource || PipelineInput.Credentials(InputObject) is not null;

    /// <summary>
    /// The v1 endpoint's response as Microsoft documents it: seven properties in this order, all strings.
    /// </summary>
    private static PSObject RestResponse(AccessToken token)
    {
        string expiresIn = ((long)token.ExpiresIn.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var response = new PSObject();
        response.TypeNames.Insert(0, "MonitorToken.RestResponse");
        foreach ((string name, string value) in new[]
        {
            ("token_type", token.TokenType),
            ("expires_in", expiresIn),
            ("ext_expires_in", expiresIn),
            ("expires_on", token.ExpiresOn.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            ("not_before", token.NotBefore.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            ("resource", token.Resource),
            ("access_token", token.GetPlainText()),
        })
            response.Properties.Add(new PSNoteProperty(name, value));

        return response;
    }
}
