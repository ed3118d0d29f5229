using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Http;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// The kind of host that provides the managed identity of this machine or app. It is detected by the same environment
/// variables, in the same order, as in MSAL.
/// </summary>
internal sealed class ManagedIdentityHost
{
    private const string IdentityEndpoint = "IDENTITY_ENDPOINT";
    private const string IdentityHeader = "IDENTITY_HEADER";
    private const string Thumbprint = "IDENTITY_SERVER_THUMBPRINT";
    private const string MsiEndpoint = "MSI_ENDPOINT";
    private const string MsiSecret = "MSI_SECRET";
    private const string DefaultClientId = "DEFAULT_IDENTITY_CLIENT_ID";
    private const string ImdsEndpoint = "IMDS_ENDPOINT";
    private const string PodIdentityHost = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    /// <summary>App Service, Functions and Container Apps; also Automation, which sets the same variables.</summary>
    public static readonly ManagedIdentityHost AppService =
        new("App Service", IdentityEndpoint) { SecretVariable = IdentityHeader };

    /// <summary>
    /// The 2017 version of that endpoint, which MSAL mistakes for Machine Learning; see
    /// <see cref="ManagedIdentity.AppService2017"/>.
    /// </summary>
    public static readonly ManagedIdentityHost AppService2017 =
        new("App Service", MsiEndpoint) { SecretVariable = MsiSecret };

    /// <summary>
    /// A server that is connected with Azure Arc. The default endpoint is that of its agent, as in MSAL.
    /// </summary>
    public static readonly ManagedIdentityHost Arc =
        new("Azure Arc", IdentityEndpoint)
        {
            DefaultEndpoint = new Uri("http://localhost:40342"),
            HasOneIdentity = true,
        };

    public static readonly ManagedIdentityHost CloudShell =
        new("Cloud Shell", MsiEndpoint) { HasOneIdentity = true };

    /// <summary>
    /// A virtual machine, and any host that sets no variables. The variable is that of Azure.Identity.
    /// </summary>
    public static readonly ManagedIdentityHost Imds =
        new("Azure's metadata service", PodIdentityHost)
        {
            DefaultEndpoint = new Uri("http://" + HostAllowListHandler.MetadataHost),
        };

    public static readonly ManagedIdentityHost MachineLearning =
        new("Machine Learning", MsiEndpoint) { SecretVariable = MsiSecret };

    public static readonly ManagedIdentityHost ServiceFabric =
        new("Service Fabric", IdentityEndpoint) { SecretVariable = IdentityHeader, HasOneIdentity = true };

    private readonly string _name;

    /// <summary>The variable with the URI of the endpoint.</summary>
    private readonly string _endpointVariable;

    private ManagedIdentityHost(string name, string endpointVariable) =>
        (_name, _endpointVariable) = (name, endpointVariable);

    /// <summary>All variables that are read here or by MSAL.</summary>
    public static string[] Variables { get; } =
    [
        IdentityEndpoint, IdentityHeader, Thumbprint, ImdsEndpoint, MsiEndpoint, MsiSecret, DefaultClientId,
        PodIdentityHost,
    ];

    /// <summary>The endpoint if the variable for it is not set; null for none.</summary>
    public Uri? DefaultEndpoint { get; private init; }

    /// <summary>The variable with the value that each request sends in a header; null for none.</summary>
    private string? SecretVariable { get; init; }

    /// <summary>Whether the host has only one identity, so that no other can be requested.</summary>
    private bool HasOneIdentity { get; init; }

    /// <summary>Detects the host from its variables.</summary>
    public static ManagedIdentityHost From(CredentialInputs inputs)
    {
        bool hasEndpoint = inputs[IdentityEndpoint] is not null;
        if (hasEndpoint && inputs[IdentityHeader] is not null)
            return inputs[Thumbprint] is null ? AppService : ServiceFabric;
        if (inputs[MsiEndpoint] is not null)
            return inputs[MsiSecret] is null ? CloudShell
                : hasEndpoint || inputs[DefaultClientId] is not null ? MachineLearning : AppService2017;
        return (hasEndpoint && inputs[ImdsEndpoint] is not null) || HasArcAgent() ? Arc : Imds;
    }

    /// <summary>
    /// Returns the thumbprint of the self-signed certificate of the host (Service Fabric); null for none.
    /// </summary>
    public static string? ThumbprintIn(CredentialInputs inputs) => inputs[Thumbprint];

    /// <summary>Returns the secret that each request sends in a header; null for none.</summary>
    public string? SecretIn(CredentialInputs inputs) => SecretVariable is null ? null : inputs[SecretVariable];

    /// <summary>Returns the URI of the endpoint; null if the variable doesn't contain one.</summary>
    public Uri? EndpointIn(CredentialInputs inputs) =>
        inputs[_endpointVariable] is not { } text ? DefaultEndpoint
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : null;

    /// <summary>Returns the id of the user-assigned identity that was specified; null for none.</summary>
    public static string? UserAssignedId(CredentialOptions options) =>
        options.ClientId ?? options.IdentityResourceId ?? options.IdentityObjectId;

    /// <summary>
    /// Validates the variables of the host and the identity that was named. MSAL reports a value that cannot be sent in
    /// a header as an invalid address.
    /// </summary>
    /// <exception cref="TokenException">A variable is not valid, or the host does not have the identity.</exception>
    public void Check(CredentialInputs inputs, CredentialOptions options, string credentialName)
    {
        if (inputs[_endpointVariable] is { } endpoint && EndpointIn(inputs) is null)
            throw TokenErrors.Unavailable(
                credentialName,
                $"There's no managed identity here: {_endpointVariable} is set to '{endpoint}', which isn't an "
                    + "absolute URI.",
                $"Remove {_endpointVariable}, or leave it as the host sets it.");

        if (SecretIn(inputs) is { } secret && !FitsHeader(secret))
            throw TokenErrors.Unavailable(
                credentialName,
                $"The managed identity of {_name} can't be used: {SecretVariable} contains a line break or "
                    + "another character that can't be sent in a header, so nothing was sent.",
                $"Leave {SecretVariable} as the host sets it. If something else has changed it, such as a script that "
                    + "read it from a file, remove the line break.");

        if (HasOneIdentity && UserAssignedId(options) is { } id)
            throw TokenErrors.Unavailable(
                credentialName,
                $"{_name} has only its own identity and can't issue a token for "
                    + (options.ClientIdVariable is { } variable ? $"{id} from {variable}" : "another one")
                    + ", so nothing was sent.",
                LeaveOut(options));
    }

    /// <summary>Returns the recommended action if no identity may be named.</summary>
    public static string LeaveOut(CredentialOptions options) =>
        options.ClientIdVariable is { } variable
            ? $"Unset {variable} if it isn't meant for a managed identity, or use -ManagedIdentity, which doesn't "
                + "not read it."
            : "Leave -ClientId, -IdentityResourceId and -IdentityObjectId out.";

    /// <summary>Whether a text can be sent as a header value: printable ASCII, spaces and tabs.</summary>
    public static bool FitsHeader(string value) => value.All(letter => letter is (>= ' ' and <= '~') or '\t');

    private static bool HasArcAgent() =>
        File.Exists(Path.DirectorySeparatorChar == '\\'
            ? Environment.ExpandEnvironmentVariables(@"%ProgramFiles%\AzureConnectedMachineAgent\himds.exe")
            : "/opt/azcmagent/bin/himds");
}
