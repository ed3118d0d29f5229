using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;

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

    /// <summary>App Service, Functions and Container Apps; also Automation, which sets the same variables.</summary>
    public static readonly ManagedIdentityHost AppService =
        new("App Service") { EndpointVariable = IdentityEndpoint, SecretVariable = IdentityHeader };

    /// <summary>
    /// The 2017 version of that endpoint, which MSAL mistakes for Machine Learning; see
    /// <see cref="ManagedIdentity.AppService2017"/>.
    /// </summary>
    public static readonly ManagedIdentityHost AppService2017 =
        new("App Service") { EndpointVariable = MsiEndpoint, SecretVariable = MsiSecret };

    /// <summary>
    /// A server that is connected with Azure Arc. The default endpoint is that of its agent, as in MSAL.
    /// </summary>
    public static readonly ManagedIdentityHost Arc =
        new("Azure Arc")
        {
            EndpointVariable = IdentityEndpoint,
            DefaultEndpoint = new Uri("http://localhost:40342"),
            HasOneIdentity = true,
        };

    public static readonly ManagedIdentityHost CloudShell =
        new("Cloud Shell") { EndpointVariable = MsiEndpoint, HasOneIdentity = true };

    /// <summary>A virtual machine, and any host that sets no variables.</summary>
    public static readonly ManagedIdentityHost Imds = new("Azure's metadata service");

    public static readonly ManagedIdentityHost MachineLearning =
        new("Machine Learning") { EndpointVariable = MsiEndpoint, SecretVariable = MsiSecret };

    public static readonly ManagedIdentityHost ServiceFabric = new("Service Fabric")
    {
        EndpointVariable = IdentityEndpoint,
        SecretVariable = IdentityHeader,
        HasOneIdentity = true,
    };

    private static readonly string[] ArcAgents =
        [@"%ProgramFiles%\AzureConnectedMachineAgent\himds.exe", "/opt/azcmagent/bin/himds"];

    private readonly string _name;

    private ManagedIdentityHost(string name) => _name = name;

    /// <summary>All variables by which a host is detected.</summary>
    public static string[] Variables { get; } =
    [
        IdentityEndpoint, IdentityHeader, Thumbprint, ImdsEndpoint, MsiEndpoint, MsiSecret, DefaultClientId,
        ManagedIdentity.Imds.AddressVariable,
    ];

    /// <summary>The variable with the address of the endpoint; null if the address is fixed.</summary>
    public string? EndpointVariable { get; private init; }

    /// <summary>The address that MSAL uses if the variable is not set; null for none.</summary>
    public Uri? DefaultEndpoint { get; private init; }

    /// <summary>The variable with the value that each request sends in a header; null for none.</summary>
    public string? SecretVariable { get; private init; }

    /// <summary>Whether the host has one identity only, so that no other can be asked for.</summary>
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

    /// <summary>Returns the value that each request sends in a header; null for none.</summary>
    public string? SecretIn(CredentialInputs inputs) => SecretVariable is null ? null : inputs[SecretVariable];

    /// <summary>Returns the address of the endpoint; null if it is fixed or not valid.</summary>
    public Uri? EndpointIn(
        CredentialInputs inputs) => EndpointVariable is null ? null : AddressOf(inputs[EndpointVariable]);

    /// <summary>
    /// Validates the variables of the host. MSAL reports a value that cannot be sent in a header as an invalid address.
    /// </summary>
    /// <param name="inputs">The environment variables.</param>
    /// <param name="credentialName">The name of the credential, for error messages.</param>
    /// <exception cref="TokenException">A variable is not valid.</exception>
    public void CheckVariables(CredentialInputs inputs, string credentialName)
    {
        if (EndpointVariable is { } variable && inputs[variable] is { } endpoint && AddressOf(endpoint) is null)
            throw TokenErrors.Unavailable(
                credentialName,
                $"There is no managed identity here: {variable} holds '{endpoint}', which is not an absolute address.",
                "Leave the variable to the host, which sets it, or remove it.");

        if (SecretIn(inputs) is { } secret && !FitsHeader(secret))
            throw TokenErrors.Unavailable(
                credentialName,
                $"The managed identity of {_name} cannot be asked for a token: {SecretVariable} holds a line break or "
                    + "another character that cannot be sent in a header, so nothing was sent.",
                $"Leave {SecretVariable} as the host sets it. Where something else has set it since, such as a file "
                    + "that it was read from, take the line break away.");
    }

    /// <summary>Verifies that no identity was named if the host has one only.</summary>
    /// <param name="options">The options with the identity to ask for.</param>
    /// <param name="credentialName">The name of the credential, for error messages.</param>
    /// <exception cref="TokenException">An identity was named.</exception>
    public void CheckIdentity(CredentialOptions options, string credentialName)
    {
        if (!HasOneIdentity
            || (options.ClientId ?? options.IdentityResourceId ?? options.IdentityObjectId) is not { } id)
            return;

        string named = options.ClientIdVariable is { } variable ? $"{id} from {variable}" : "another";
        throw TokenErrors.Unavailable(
            credentialName,
            $"{_name} has one identity of its own and cannot be asked for {named}, so nothing was sent.",
            LeaveOut(options));
    }

    /// <summary>The recommended action if no identity may be named.</summary>
    public static string LeaveOut(CredentialOptions options) =>
        options.ClientIdVariable is { } variable
            ? $"Unset {variable} where it is not meant for a managed identity, or use -ManagedIdentity, which does "
                + "not go by it."
            : "Leave -ClientId, -IdentityResourceId and -IdentityObjectId out.";

    /// <summary>Whether a text can be sent as a header value: printable ASCII, spaces and tabs.</summary>
    public static bool FitsHeader(string value) => value.All(letter => letter is (>= ' ' and <= '~') or '\t');

    /// <summary>Parses an absolute http or https address; null if it is none.</summary>
    public static Uri? AddressOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : null;

    private static bool HasArcAgent() =>
        ArcAgents.Any(path => File.Exists(Environment.ExpandEnvironmentVariables(path)));
}
