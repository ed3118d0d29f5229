using System.Diagnostics;
using System.Management.Automation;
using System.Reflection;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>Base class of the cmdlets that sign in. Declares the sign-in parameters, which they share.</summary>
public abstract class CredentialCommand : ModuleCommand
{
    private bool _hasCredential;
    private Authority? _processAuthority;

    /// <summary>
    /// The pipeline input. Get-MonitorToken accepts names, URIs, objects from Get-MonitorResource, rows with a column
    /// Resource, and credentials; the other commands accept credentials. The identity is never taken from a property:
    /// objects with a property such as TenantId or Environment are refused.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <summary>
    /// Sign in as the application in the variables AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or
    /// AZURE_CLIENT_CERTIFICATE_PATH.
    /// </summary>
    [Parameter(ParameterSetName = Set.Environment, Mandatory = true)]
    public SwitchParameter FromEnvironment { get; set; }

    /// <summary>
    /// Sign in with the managed identity of the Azure resource that the command runs on: virtual machine, scale set,
    /// App Service, function, Automation account, Arc-enabled server, Cloud Shell, Service Fabric or Machine Learning.
    /// </summary>
    [Parameter(ParameterSetName = Set.ManagedIdentity, Mandatory = true)]
    [Alias("Identity")]
    public SwitchParameter ManagedIdentity { get; set; }

    /// <summary>Sign in as the application or managed identity that trusts this pod's service account.</summary>
    [Parameter(ParameterSetName = Set.WorkloadIdentity, Mandatory = true)]
    public SwitchParameter WorkloadIdentity { get; set; }

    /// <summary>
    /// Sign in as the application or managed identity that trusts this GitHub Actions workflow. The job needs the
    /// permission id-token: write.
    /// </summary>
    [Parameter(ParameterSetName = Set.GitHubActions, Mandatory = true)]
    public SwitchParameter GitHubActions { get; set; }

    /// <summary>Sign in with a service connection of this Azure Pipelines job.</summary>
    [Parameter(ParameterSetName = Set.AzurePipelines, Mandatory = true)]
    public SwitchParameter AzurePipelines { get; set; }

    /// <summary>Sign in as the account that is logged in with az login.</summary>
    [Parameter(ParameterSetName = Set.AzureCli, Mandatory = true)]
    public SwitchParameter AzureCli { get; set; }

    /// <summary>
    /// The ID or name of the subscription whose tenant and account az uses. The default is its current subscription.
    /// </summary>
    [Parameter(ParameterSetName = Set.AzureCli)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? Subscription { get; set; }

    /// <summary>Sign in as the account that is logged in with azd auth login.</summary>
    [Parameter(ParameterSetName = Set.AzureDeveloperCli, Mandatory = true)]
    public SwitchParameter AzureDeveloperCli { get; set; }

    /// <summary>Sign in as the account that is signed in to Visual Studio, on Windows.</summary>
    [Parameter(ParameterSetName = Set.VisualStudio, Mandatory = true)]
    public SwitchParameter VisualStudio { get; set; }

    /// <summary>
    /// Sign in as the account that is logged in with Connect-AzAccount: in this session if it has loaded Az.Accounts,
    /// otherwise in a new PowerShell process.
    /// </summary>
    [Parameter(ParameterSetName = Set.AzurePowerShell, Mandatory = true)]
    public SwitchParameter AzurePowerShell { get; set; }

    /// <summary>Sign in as yourself, in this machine's browser.</summary>
    [Parameter(ParameterSetName = Set.Interactive, Mandatory = true)]
    public SwitchParameter Interactive { get; set; }

    /// <summary>Sign in as yourself with a code that you enter in a browser on any device.</summary>
    [Parameter(ParameterSetName = Set.DeviceCode, Mandatory = true)]
    public SwitchParameter DeviceCode { get; set; }

    /// <summary>
    /// Sign in as a user who has signed in with -TokenCacheName before. Never prompts: fails if the cache can't provide
    /// a token.
    /// </summary>
    [Parameter(ParameterSetName = Set.Silent, Mandatory = true)]
    public SwitchParameter Silent { get; set; }

    /// <summary>Credentials from Get-MonitorTokenCredential. Several form a chain and are tried in order.</summary>
    [Parameter(ParameterSetName = Set.Credential, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CredentialVariableCompleter))]
    public Credential[]? Credential { get; set; }

    /// <summary>The tenant to sign in to: its ID or one of its domain names.</summary>
    [Parameter(ParameterSetName = Set.Default)]
    [Parameter(ParameterSetName = Set.Environment)]
    [Parameter(ParameterSetName = Set.ClientSecret, Mandatory = true)]
    [Parameter(ParameterSetName = Set.ServicePrincipal, Mandatory = true)]
    [Parameter(ParameterSetName = Set.Certificate, Mandatory = true)]
    [Parameter(ParameterSetName = Set.CertificatePath, Mandatory = true)]
    [Parameter(ParameterSetName = Set.CertificateThumbprint, Mandatory = true)]
    [Parameter(ParameterSetName = Set.ManagedIdentity)]
    [Parameter(ParameterSetName = Set.WorkloadIdentity)]
    [Parameter(ParameterSetName = Set.FederatedToken, Mandatory = true)]
    [Parameter(ParameterSetName = Set.FederatedTokenScript, Mandatory = true)]
    [Parameter(ParameterSetName = Set.FederatedCredential, Mandatory = true)]
    [Parameter(ParameterSetName = Set.GitHubActions)]
    [Parameter(ParameterSetName = Set.AzurePipelines)]
    [Parameter(ParameterSetName = Set.AzureCli)]
    [Parameter(ParameterSetName = Set.AzureDeveloperCli)]
    [Parameter(ParameterSetName = Set.VisualStudio)]
    [Parameter(ParameterSetName = Set.AzurePowerShell)]
    [Parameter(ParameterSetName = Set.Interactive)]
    [Parameter(ParameterSetName = Set.DeviceCode)]
    [Parameter(ParameterSetName = Set.Silent)]
    [Expects(typeof(string), TakesText = true)]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string? TenantId { get; set; }

    /// <summary>
    /// The client ID of the application or user-assigned managed identity. With the default chain, it selects the
    /// managed or workload identity; if another identity signs in, you get a warning.
    /// </summary>
    [Parameter(ParameterSetName = Set.Default)]
    [Parameter(ParameterSetName = Set.ClientSecret, Mandatory = true)]
    [Parameter(ParameterSetName = Set.Certificate, Mandatory = true)]
    [Parameter(ParameterSetName = Set.CertificatePath, Mandatory = true)]
    [Parameter(ParameterSetName = Set.CertificateThumbprint, Mandatory = true)]
    [Parameter(ParameterSetName = Set.ManagedIdentity)]
    [Parameter(ParameterSetName = Set.WorkloadIdentity)]
    [Parameter(ParameterSetName = Set.FederatedToken, Mandatory = true)]
    [Parameter(ParameterSetName = Set.FederatedTokenScript, Mandatory = true)]
    [Parameter(ParameterSetName = Set.FederatedCredential, Mandatory = true)]
    [Parameter(ParameterSetName = Set.GitHubActions)]
    [Parameter(ParameterSetName = Set.AzurePipelines)]
    [Parameter(ParameterSetName = Set.Interactive)]
    [Parameter(ParameterSetName = Set.DeviceCode)]
    [Parameter(ParameterSetName = Set.Silent)]
    [Expects(typeof(string), TakesText = true)]
    [ArgumentCompleter(typeof(ClientCompleter))]
    [Alias("ApplicationId", "AppId")]
    public string? ClientId { get; set; }

    /// <summary>The application's secret. A plain string is accepted with a warning.</summary>
    [Parameter(ParameterSetName = Set.ClientSecret, Mandatory = true)]
    [Secret]
    [ValidateNotNull]
    public SecureString? ClientSecret { get; set; }

    /// <summary>The application's ID as user name and its secret as password.</summary>
    [Parameter(ParameterSetName = Set.ServicePrincipal, Mandatory = true)]
    [Expects(typeof(PSCredential), TakesText = true)]
    [Credential]
    [ValidateNotNull]
    public PSCredential? ServicePrincipal { get; set; }

    /// <summary>
    /// Send the request to the v1 endpoint (/oauth2/token with a resource), as Microsoft's curl example does.
    /// </summary>
    [Parameter(ParameterSetName = Set.ClientSecret)]
    [Parameter(ParameterSetName = Set.ServicePrincipal)]
    public SwitchParameter UseV1Endpoint { get; set; }

    /// <summary>The application's certificate with its private key, such as one from the drive Cert:.</summary>
    [Parameter(ParameterSetName = Set.Certificate, Mandatory = true)]
    [Expects(typeof(X509Certificate2), TakesText = true)]
    [ValidateNotNull]
    [Alias("ClientCertificate")]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>A PEM or PFX file with the application's certificate and private key.</summary>
    [Parameter(ParameterSetName = Set.CertificatePath, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [Alias("ClientCertificatePath")]
    public string? CertificatePath { get; set; }

    /// <summary>The password of the certificate file.</summary>
    [Parameter(ParameterSetName = Set.CertificatePath)]
    [Secret(AllowsNull = true)]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>
    /// The thumbprint of the application's certificate in the store CurrentUser\My or LocalMachine\My.
    /// </summary>
    [Parameter(ParameterSetName = Set.CertificateThumbprint, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CertificateCompleter))]
    [Alias("Thumbprint")]
    public string? CertificateThumbprint { get; set; }

    /// <summary>
    /// Send the certificate chain with the request (x5c), for applications that trust the certificate's subject and
    /// issuer instead of the certificate itself.
    /// </summary>
    [Parameter(ParameterSetName = Set.Certificate)]
    [Parameter(ParameterSetName = Set.CertificatePath)]
    [Parameter(ParameterSetName = Set.CertificateThumbprint)]
    public SwitchParameter SendCertificateChain { get; set; }

    /// <summary>
    /// The access token that a user has called your application with. The application signs in on behalf of that user.
    /// </summary>
    [Parameter(ParameterSetName = Set.ClientSecret)]
    [Parameter(ParameterSetName = Set.ServicePrincipal)]
    [Parameter(ParameterSetName = Set.Certificate)]
    [Parameter(ParameterSetName = Set.CertificatePath)]
    [Parameter(ParameterSetName = Set.CertificateThumbprint)]
    [Secret]
    public SecureString? UserAssertion { get; set; }

    /// <summary>The Azure resource ID of a user-assigned managed identity.</summary>
    [Parameter(ParameterSetName = Set.ManagedIdentity)]
    public string? IdentityResourceId { get; set; }

    /// <summary>The object ID (principal ID) of a user-assigned managed identity.</summary>
    [Parameter(ParameterSetName = Set.ManagedIdentity)]
    public string? IdentityObjectId { get; set; }

    /// <summary>
    /// The file with the service account's token, which is read for each request. The default is the file in
    /// AZURE_FEDERATED_TOKEN_FILE.
    /// </summary>
    [Parameter(ParameterSetName = Set.WorkloadIdentity)]
    [ValidateNotNullOrEmpty]
    public string? TokenFilePath { get; set; }

    /// <summary>
    /// A token from another identity provider that the application trusts. It can be used until it expires.
    /// </summary>
    [Parameter(ParameterSetName = Set.FederatedToken, Mandatory = true)]
    [Secret]
    [ValidateNotNull]
    public SecureString? FederatedToken { get; set; }

    /// <summary>
    /// A script that returns such a token, as a string or SecureString. It runs for each request. In another runspace,
    /// a copy runs with that runspace's commands and with the values that its variables had when you passed the script.
    /// </summary>
    [Parameter(ParameterSetName = Set.FederatedTokenScript, Mandatory = true)]
    [ValidateNotNull]
    public ScriptBlock? FederatedTokenScript { get; set; }

    /// <summary>
    /// A credential from Get-MonitorTokenCredential whose identity the application trusts, typically a user-assigned
    /// managed identity. Its token for Entra's token exchange replaces a secret, and is requested each time.
    /// </summary>
    [Parameter(ParameterSetName = Set.FederatedCredential, Mandatory = true)]
    [Expects(typeof(Credential))]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(OneCredentialVariableCompleter))]
    public Credential? FederatedCredential { get; set; }

    /// <summary>The ID of the service connection: resourceId in the URI of its page.</summary>
    [Parameter(ParameterSetName = Set.AzurePipelines)]
    [ValidateNotNullOrEmpty]
    public string? ServiceConnectionId { get; set; }

    /// <summary>The job's access token. The default is the value of SYSTEM_ACCESSTOKEN.</summary>
    [Parameter(ParameterSetName = Set.AzurePipelines)]
    [Secret(AllowsNull = true)]
    public SecureString? SystemAccessToken { get; set; }

    /// <summary>
    /// The user name that -Interactive suggests in the browser, or that -Silent selects in the cache.
    /// </summary>
    [Parameter(ParameterSetName = Set.Interactive)]
    [Parameter(ParameterSetName = Set.Silent)]
    public string? LoginHint { get; set; }

    /// <summary>
    /// The URI on localhost that the browser returns to, as registered for the application of -ClientId.
    /// </summary>
    [Parameter(ParameterSetName = Set.Interactive)]
    public Uri? RedirectUri { get; set; }

    /// <summary>
    /// The name of a cache that remembers the sign-in for later processes, encrypted by the platform. With -Silent, an
    /// existing one.
    /// </summary>
    [Parameter(ParameterSetName = Set.Interactive)]
    [Parameter(ParameterSetName = Set.DeviceCode)]
    [Parameter(ParameterSetName = Set.Silent)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TokenCacheCompleter))]
    public string? TokenCacheName { get; set; }

    /// <summary>
    /// If the platform can't encrypt, store the cache of -TokenCacheName in a file that anyone with access to it can
    /// read.
    /// </summary>
    [Parameter(ParameterSetName = Set.Interactive)]
    [Parameter(ParameterSetName = Set.DeviceCode)]
    [Parameter(ParameterSetName = Set.Silent)]
    public SwitchParameter AllowUnencryptedTokenCache { get; set; }

    /// <summary>The only members of the default chain to try.</summary>
    [Parameter(ParameterSetName = Set.Default)]
    [ArgumentCompleter(typeof(ChainMemberCompleter))]
    public string[]? Include { get; set; }

    /// <summary>The members of the default chain to skip.</summary>
    [Parameter(ParameterSetName = Set.Default)]
    [ArgumentCompleter(typeof(ChainMemberCompleter))]
    public string[]? Exclude { get; set; }

    /// <summary>
    /// The cloud, by its name in Az.Accounts. The default is that of the variable AZURE_AUTHORITY_HOST, else
    /// AzureCloud.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(EnvironmentCompleter))]
    public AzureEnvironment? Environment { get; set; }

    /// <summary>
    /// The https URI of the Resource Manager of a cloud that describes itself, such as
    /// https://management.fabrikam.example. Use it instead of -Environment. The authority host and the audiences are
    /// read there, once per process.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? ResourceManager { get; set; }

    /// <summary>The https URI of your own authority host, instead of the cloud's.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? AuthorityHost { get; set; }

    /// <summary>
    /// Don't ask Entra whether it knows the authority host. For private clouds and disconnected hosts.
    /// </summary>
    [Parameter]
    public SwitchParameter DisableInstanceDiscovery { get; set; }

    /// <summary>The credentials from the pipeline or from -Credential; null if neither was given.</summary>
    private protected Credential[]? Credentials { get; set; }

    /// <summary>
    /// The parameter set in effect. It differs from <see cref="PSCmdlet.ParameterSetName"/>, which binding determines,
    /// if a credential came through the pipeline, or if the set's switch is <c>$false</c> and so counts as omitted.
    /// </summary>
    private string EffectiveSet { get; set; } = Set.Default;

    /// <summary>The cloud that -Environment names, or that a resource from the pipeline belongs to.</summary>
    private AzureEnvironment? NamedCloud => Environment ?? PipedResource?.Cloud;

    /// <summary>The maximum time that the caller waits; null if it did not say.</summary>
    private protected virtual TimeSpan? TimeLimit => null;

    /// <summary>What of <see cref="TimeLimit"/> the description of the cloud has taken.</summary>
    private protected TimeSpan Spent { get; private set; }

    private MonitorResource? PipedResource =>
        (InputObject is PSObject wrapped ? wrapped.BaseObject : InputObject) as MonitorResource;

    /// <summary>What the command accepts from the pipeline, as the end of a sentence.</summary>
    private protected virtual string Taken => "credentials from Get-MonitorTokenCredential";

    /// <inheritdoc/>
    private protected override void Begin()
    {
        _hasCredential = Credential is not null;
        if (ResourceManager is not null)
            Environment = Describe(ResourceManager);
        CheckSecret(nameof(ClientSecret), ClientSecret);
        CheckSecret(nameof(CertificatePassword), CertificatePassword);
        CheckSecret(nameof(UserAssertion), UserAssertion);
        CheckSecret(nameof(FederatedToken), FederatedToken);
        CheckSecret(nameof(SystemAccessToken), SystemAccessToken);
    }

    /// <summary>From here on, the cloud is like one that -Environment names.</summary>
    private AzureEnvironment Describe(Uri resourceManager)
    {
        if (Environment is not null || AuthorityHost is not null)
            throw new TokenException(
                TokenError.InvalidOption,
                $"Both -ResourceManager and -{(Environment is null ? nameof(AuthorityHost) : nameof(Environment))} "
                    + "were specified.",
                "Specify only one of them. -ResourceManager determines the cloud and its authority host.");

        var clock = Stopwatch.StartNew();
        AzureEnvironment described = ReadCloud(resourceManager, TimeLimit);
        Spent = clock.Elapsed;
        return described;
    }

    /// <summary>Rejects an argument of -Resource that contained neither a name nor an address.</summary>
    private protected static void CheckNames(string[]? resources)
    {
        if (resources is not null && NamesAttribute.FoundNone(resources))
            throw new TokenException(
                TokenError.InvalidResource,
                "The value of -Resource is neither a name nor a URI.",
                $"Specify one of {ResourceCatalog.NamesIn(AzureEnvironment.AzureCloud)}, or an absolute https URI. "
                    + "Specify a credential with -Credential.");
    }

    /// <summary>
    /// The target object of an error about a name; null for an address, which may contain a key or password, and for
    /// whatever else was given by mistake, such as a token.
    /// </summary>
    private protected static string? TargetOf(string? nameOrAddress) =>
        nameOrAddress is { Length: <= 40 } name && name.All(char.IsLetter) ? name : null;

    private void CheckSecret(string name, SecureString? secret)
    {
        if (secret is null || SecretAttribute.OriginOf(secret) is not { } origin)
            return;
        if (origin.Problem is not null)
            throw new TokenException(TokenError.InvalidCredential, $"-{name} {origin.Problem}", origin.Remedy!);

        WriteWarning($"-{name} was specified as plain text, which can end up in histories and logs. Specify a "
            + "SecureString, such as one from Read-Host -AsSecureString or Get-Secret.");
    }

    /// <summary>Validates the parameters together with the current pipeline object, if there is one.</summary>
    /// <returns>Whether there is a pipeline object that is not a credential.</returns>
    private protected bool ReadInput()
    {
        _processAuthority = null;
        bool hasInput = MyInvocation.ExpectingInput || InputObject is not null;
        Credential[]? piped = PipelineInput.Credentials(InputObject);
        if (hasInput && piped is null && PipelineInput.Refusal(InputObject, Taken) is { } refusal)
            throw refusal;

        Credentials = piped ?? Credential;
        EffectiveSet = piped is not null ? Set.Credential : IsOff(ParameterSetName) ? Set.Default : ParameterSetName;
        if (piped is not null && _hasCredential)
            throw new TokenException(
                TokenError.InvalidOption,
                "A credential came through the pipeline, and -Credential was also specified.",
                "Specify only one of them.");
        if (EffectiveSet != ParameterSetName)
            CheckForeignParameters();
        CheckMissingParameters();
        if (PipedResource is { } resource && Environment is { } named && named != resource.Cloud)
            throw new TokenException(
                TokenError.InvalidResource,
                $"The resource from the pipeline belongs to {resource.Environment}, but -Environment is {named}.",
                "Leave -Environment out.");

        return hasInput && piped is null;
    }

    /// <summary>Whether a parameter set was selected by a switch that is <c>$false</c>.</summary>
    private bool IsOff(string set) =>
        MyInvocation.BoundParameters.TryGetValue(SwitchOf(set), out object? given)
            && given is SwitchParameter { IsPresent: false };

    /// <summary>The switch that selects a parameter set: of the same name, with one exception.</summary>
    private static string SwitchOf(string set) => set == Set.Environment ? nameof(FromEnvironment) : set;

    /// <summary>Rejects parameters that belong to the bound parameter set but not to the effective one.</summary>
    private void CheckForeignParameters()
    {
        string? foreign = MyInvocation.BoundParameters
            .Where(given => given.Value is not SwitchParameter { IsPresent: false } && !IsIn(given.Key, EffectiveSet))
            .Select(given => given.Key).FirstOrDefault();
        if (foreign is null)
            return;
        if (EffectiveSet == Set.Credential)
            throw new TokenException(
                TokenError.InvalidOption,
                $"A credential came through the pipeline, and -{foreign} was also specified.",
                "The credential determines the identity. Leave the parameter out, or use it with "
                    + "Get-MonitorTokenCredential.");

        string off = SwitchOf(ParameterSetName);
        throw new TokenException(
            TokenError.InvalidOption,
            $"-{foreign} belongs to -{off}, which is $false.",
            $"Specify both or neither, such as by splatting. Without -{off}, the default chain signs in.");
    }

    /// <summary>
    /// Whether a parameter belongs to a parameter set. PowerShell's common parameters, which are no properties of the
    /// cmdlet, belong to every set.
    /// </summary>
    private bool IsIn(string parameter, string set) =>
        GetType().GetProperty(parameter) is not { } property
        || property.GetCustomAttributes<ParameterAttribute>()
            .Any(place => place.ParameterSetName is var its
                && (its == set || its == ParameterAttribute.AllParameterSets));

    /// <summary>
    /// Rejects missing parameters of the sets in which they are not declared as mandatory: PowerShell would prompt for
    /// them even if the set's switch is <c>$false</c>.
    /// </summary>
    private void CheckMissingParameters()
    {
        (string? missing, string advice) = EffectiveSet switch
        {
            Set.Silent when TokenCacheName is null => (
                nameof(TokenCacheName),
                "Specify the cache that you signed in to with -Interactive or -DeviceCode. Get-MonitorTokenCache lists "
                    + "them."),
            Set.GitHubActions => (
                MissingId(), "Specify -TenantId and -ClientId of the application that trusts the workflow."),
            Set.AzurePipelines => (
                MissingId() ?? (ServiceConnectionId is null ? nameof(ServiceConnectionId) : null),
                "Specify -TenantId and -ClientId of the application, and -ServiceConnectionId."),
            _ => (null, string.Empty),
        };
        if (missing is not null)
            throw new TokenException(
                TokenError.InvalidOption, $"-{EffectiveSet} was specified without -{missing}.", advice);
    }

    private string? MissingId() =>
        TenantId is null ? nameof(TenantId)
        : ClientId is null ? nameof(ClientId)
        : null;

    /// <summary>The authority to sign in to.</summary>
    /// <param name="ofEndpoint">The cloud of the address that will be called; null if it is not known.</param>
    /// <exception cref="TokenException">-Environment names another cloud, or an authority is invalid.</exception>
    private protected Authority SelectAuthority(AzureEnvironment? ofEndpoint)
    {
        if (Environment is { } named && ofEndpoint is { } cloud && cloud != named)
            throw new TokenException(
                TokenError.InvalidResource,
                $"The URI belongs to {cloud}, but -Environment is {named}.",
                "Leave -Environment out. -Uri determines the cloud.");

        return AuthorityHost is not null ? Authority.For(AuthorityHost)
            : (NamedCloud ?? ofEndpoint) is { } known ? Authority.For(known)
            : _processAuthority ??= Authority.FromProcess();
    }

    /// <summary>
    /// The cloud in which resource names are looked up: that of the given credentials, else of the authority.
    /// </summary>
    /// <exception cref="TokenException">The credentials and -Environment differ in their clouds.</exception>
    private protected AzureEnvironment? Cloud()
    {
        if (Credentials is null)
            return NamedCloud ?? SelectAuthority(null).Environment;

        AzureEnvironment? own = Credentials[0].Cloud;
        return Credentials.All(credential => credential.Cloud == own) && (NamedCloud ?? own) == own
            ? own
            : throw new TokenException(
                TokenError.InvalidOption,
                "The credentials and -Environment don't all belong to the same cloud.",
                "Leave -Environment out, and chain only credentials of one cloud.");
    }

    /// <summary>Returns the given credential, or creates the one that the parameters describe.</summary>
    /// <param name="authority">The authority to sign in to.</param>
    /// <param name="create">Creates a credential from options.</param>
    /// <exception cref="TokenException">The parameters do not describe a usable credential.</exception>
    private protected Credential CreateCredential(Authority authority, Func<CredentialOptions, Credential> create)
    {
        if (Credentials is not null && (AuthorityHost is not null || DisableInstanceDiscovery))
            throw new TokenException(
                TokenError.InvalidOption,
                "A credential already has its authority.",
                "Specify -AuthorityHost and -DisableInstanceDiscovery with Get-MonitorTokenCredential.");

        if (Credentials is { Length: 1 })
            return Credentials[0];

        AssertionScript? script =
            FederatedTokenScript is null ? null : new AssertionScript(FederatedTokenScript, SessionState);
        return create(new CredentialOptions
        {
            Name = CredentialName(),
            Authority = Credentials is null ? authority : Credentials[0].Authority,
            DisableInstanceDiscovery = DisableInstanceDiscovery,
            TenantId = TenantId,
            ClientId = ServicePrincipal?.UserName ?? ClientId,
            ClientSecret = ServicePrincipal?.Password ?? ClientSecret,
            UseV1Endpoint = UseV1Endpoint,
            Certificate = Certificate,
            CertificatePath = FullPath(CertificatePath),
            CertificatePassword = CertificatePassword,
            CertificateThumbprint = CertificateThumbprint,
            SendCertificateChain = SendCertificateChain,
            UserAssertion = UserAssertion,
            IdentityResourceId = IdentityResourceId,
            IdentityObjectId = IdentityObjectId,
            TokenFilePath = FullPath(TokenFilePath),
            FederatedToken = FederatedToken,
            FederatedTokenScript = script is null ? null : script.Run,
            FederatedTokenScriptId = script?.Identity,
            FederatedCredential = FederatedCredential,
            ServiceConnectionId = ServiceConnectionId,
            SystemAccessToken = SystemAccessToken,
            Subscription = Subscription,
            LoginHint = LoginHint,
            RedirectUri = RedirectUri,
            TokenCacheName = TokenCacheName,
            AllowUnencryptedTokenCache = AllowUnencryptedTokenCache,
            Chain = Credentials,
            Include = Include,
            Exclude = Exclude,
        });
    }

    /// <summary>Returns or creates the credential for a request, whose endpoint may determine the cloud.</summary>
    /// <exception cref="TokenException">
    /// The credential is for another cloud than the endpoint, or the parameters do not describe a usable credential.
    /// </exception>
    private protected Credential CreateCredential(TokenRequest request, Func<CredentialOptions, Credential> create)
    {
        Credential credential = CreateCredential(SelectAuthority(request.Environment), create);
        AzureEnvironment? other = (Credentials ?? [credential]).Select(one => one.Cloud)
            .FirstOrDefault(own => own is not null && own != request.Environment);
        return request.Environment is null || other is null
            ? credential
            : throw new TokenException(
                TokenError.InvalidResource,
                $"The URI belongs to {request.Environment}, but the credential belongs to {other}.",
                "Create the credential for that cloud, with -Environment.");
    }

    /// <summary>
    /// The name of the credential. Most parameter sets have the same name; some kinds of credential have several sets.
    /// </summary>
    private string CredentialName() => EffectiveSet switch
    {
        _ when UserAssertion is not null => "OnBehalfOf",
        Set.ServicePrincipal => Set.ClientSecret,
        Set.CertificatePath or Set.CertificateThumbprint => Set.Certificate,
        Set.FederatedTokenScript or Set.FederatedCredential => Set.FederatedToken,
        Set.Credential => "Chain",
        string name => name,
    };

    private protected string? FullPath(string? path)
    {
        if (path is null)
            return null;

        try
        {
            string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem"
                ? full
                : throw new TokenException(
                    TokenError.InvalidOption,
                    $"'{path}' isn't a file path: it belongs to the PowerShell provider {provider.Name}.",
                    provider.Name == "Certificate"
                        ? "Specify the thumbprint of a certificate in a store with -CertificateThumbprint."
                        : "Specify a file path with its drive. A relative path belongs to the current location.");
        }
        catch (Exception exception) when (
            exception is SessionStateException or NotSupportedException or ArgumentException)
        {
            throw new TokenException(
                TokenError.InvalidOption,
                $"'{path}' isn't a file path.",
                "Specify the path of a file, relative to the current folder or absolute.");
        }
    }

    /// <summary>The parameter sets.</summary>
    private protected static class Set
    {
        public const string Default = nameof(Default);
        public const string Environment = nameof(Environment);
        public const string ClientSecret = nameof(ClientSecret);
        public const string ServicePrincipal = nameof(ServicePrincipal);
        public const string Certificate = nameof(Certificate);
        public const string CertificatePath = nameof(CertificatePath);
        public const string CertificateThumbprint = nameof(CertificateThumbprint);
        public const string ManagedIdentity = nameof(ManagedIdentity);
        public const string WorkloadIdentity = nameof(WorkloadIdentity);
        public const string FederatedToken = nameof(FederatedToken);
        public const string FederatedTokenScript = nameof(FederatedTokenScript);
        public const string FederatedCredential = nameof(FederatedCredential);
        public const string GitHubActions = nameof(GitHubActions);
        public const string AzurePipelines = nameof(AzurePipelines);
        public const string AzureCli = nameof(AzureCli);
        public const string AzureDeveloperCli = nameof(AzureDeveloperCli);
        public const string VisualStudio = nameof(VisualStudio);
        public const string AzurePowerShell = nameof(AzurePowerShell);
        public const string Interactive = nameof(Interactive);
        public const string DeviceCode = nameof(DeviceCode);
        public const string Silent = nameof(Silent);
        public const string Credential = nameof(Credential);
    }
}
