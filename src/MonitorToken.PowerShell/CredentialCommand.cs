using System.Management.Automation;
using System.Security;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>A command that signs in. As whom is declared here, once, for all of them.</summary>
public abstract class CredentialCommand : AsyncCommand
{
    private protected const string DefaultSet = "Default";
    private protected const string EnvironmentSet = "Environment";
    private protected const string ClientSecretSet = "ClientSecret";
    private protected const string ServicePrincipalSet = "ServicePrincipal";
    private protected const string ManagedIdentitySet = "ManagedIdentity";
    private protected const string AzureCliSet = "AzureCli";

    /// <summary>Sign in as the application that AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH) describe.</summary>
    [Parameter(ParameterSetName = EnvironmentSet, Mandatory = true)]
    public SwitchParameter FromEnvironment { get; set; }

    /// <summary>Sign in with the managed identity of the Azure resource that this runs on.</summary>
    [Parameter(ParameterSetName = ManagedIdentitySet, Mandatory = true)]
    public SwitchParameter ManagedIdentity { get; set; }

    /// <summary>Sign in as whoever is logged in with az login.</summary>
    [Parameter(ParameterSetName = AzureCliSet, Mandatory = true)]
    public SwitchParameter AzureCli { get; set; }

    /// <summary>The tenant to sign in to: its id or one of its domain names.</summary>
    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(ParameterSetName = EnvironmentSet)]
    [Parameter(ParameterSetName = ClientSecretSet, Mandatory = true)]
    [Parameter(ParameterSetName = ServicePrincipalSet, Mandatory = true)]
    [Parameter(ParameterSetName = ManagedIdentitySet)]
    [Parameter(ParameterSetName = AzureCliSet)]
    public string? TenantId { get; set; }

    /// <summary>The application to sign in as; with a managed identity, the client id of a user-assigned one.</summary>
    [Parameter(ParameterSetName = DefaultSet)]
    [Parameter(ParameterSetName = ClientSecretSet, Mandatory = true)]
    [Parameter(ParameterSetName = ManagedIdentitySet)]
    public string? ClientId { get; set; }

    /// <summary>The application's secret. A plain string is taken too, with a warning.</summary>
    [Parameter(ParameterSetName = ClientSecretSet, Mandatory = true)]
    [Secret]
    [ValidateNotNull]
    public SecureString? ClientSecret { get; set; }

    /// <summary>The application's id as user name and its secret as password.</summary>
    [Parameter(ParameterSetName = ServicePrincipalSet, Mandatory = true)]
    [Credential]
    [ValidateNotNull]
    public PSCredential? ServicePrincipal { get; set; }

    /// <summary>Ask the v1 endpoint, /oauth2/token with a resource, exactly as Microsoft's curl example does.</summary>
    [Parameter(ParameterSetName = ClientSecretSet)]
    [Parameter(ParameterSetName = ServicePrincipalSet)]
    public SwitchParameter UseV1Endpoint { get; set; }

    /// <summary>The Azure resource id of a user-assigned managed identity.</summary>
    [Parameter(ParameterSetName = ManagedIdentitySet)]
    public string? IdentityResourceId { get; set; }

    /// <summary>The object id (principal id) of a user-assigned managed identity.</summary>
    [Parameter(ParameterSetName = ManagedIdentitySet)]
    public string? IdentityObjectId { get; set; }

    /// <summary>The members of the default chain to try, and no others.</summary>
    [Parameter(ParameterSetName = DefaultSet)]
    [ArgumentCompleter(typeof(ChainMemberCompleter))]
    public string[]? Include { get; set; }

    /// <summary>Members of the default chain not to try.</summary>
    [Parameter(ParameterSetName = DefaultSet)]
    [ArgumentCompleter(typeof(ChainMemberCompleter))]
    public string[]? Exclude { get; set; }

    /// <summary>The cloud, by its name in Az.Accounts. Without it: what AZURE_AUTHORITY_HOST says, else AzureCloud.</summary>
    /// <value>AzureCloud</value>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public AzureEnvironment Environment { get; set; }

    /// <summary>The https address of a login host of your own, in place of the cloud's.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? AuthorityHost { get; set; }

    /// <summary>Do not ask Microsoft whether the authority host is known: for private clouds and disconnected hosts.</summary>
    [Parameter]
    public SwitchParameter DisableInstanceDiscovery { get; set; }

    /// <summary>Warns of secrets that were given as plain text.</summary>
    protected override void BeginProcessing()
    {
        if (ClientSecret is not null && SecretAttribute.WasPlainText(ClientSecret))
            WriteWarning("The client secret was given as plain text, which ends up in histories and logs. Give a SecureString, such as one from Read-Host -AsSecureString or Get-Secret.");
    }

    /// <summary>Where to sign in, unless the address to be called says otherwise.</summary>
    private protected Authority SelectAuthority(AzureEnvironment? ofEndpoint)
    {
        bool isNamed = MyInvocation.BoundParameters.ContainsKey(nameof(Environment));
        if (isNamed && ofEndpoint is { } cloud && cloud != Environment)
            throw new TokenException(
                TokenError.InvalidResource,
                $"The address to be called belongs to {cloud}, but -Environment says {Environment}.",
                "Leave -Environment out: -Uri tells the cloud.");

        return AuthorityHost is not null ? Authority.For(AuthorityHost)
            : isNamed ? Authority.For(Environment)
            : ofEndpoint is { } known ? Authority.For(known)
            : Authority.FromProcess();
    }

    /// <summary>The credential that the parameters describe.</summary>
    private protected Credential CreateCredential(Authority authority) =>
        CredentialCatalog.Create(new CredentialOptions
        {
            Name = ParameterSetName == ServicePrincipalSet ? ClientSecretSet : ParameterSetName,
            Authority = authority,
            DisableInstanceDiscovery = DisableInstanceDiscovery,
            TenantId = TenantId,
            ClientId = ServicePrincipal?.UserName ?? ClientId,
            ClientSecret = ServicePrincipal?.Password ?? ClientSecret,
            UseV1Endpoint = UseV1Endpoint,
            IdentityResourceId = IdentityResourceId,
            IdentityObjectId = IdentityObjectId,
            Include = Include,
            Exclude = Exclude,
        });
}
