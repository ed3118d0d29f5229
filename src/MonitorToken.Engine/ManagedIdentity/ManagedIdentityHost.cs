using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// What gives a managed identity its tokens here. It is told by the same variables, in the same order, as MSAL tells
/// it.
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

    /// <summary>App Service, Functions, Container Apps; Automation, whose variables are the same.</summary>
    public static readonly ManagedIdentityHost AppService =
        new("App Service") { EndpointVariable = IdentityEndpoint, SecretVariable = IdentityHeader };

    /// <summary>The first version of that endpoint, which the library takes for Machine Learning's.</summary>
    public static readonly ManagedIdentityHost AppService2017 =
        new("App Service") { EndpointVariable = MsiEndpoint, SecretVariable = MsiSecret };

    public static readonly ManagedIdentityHost Arc =
        new("Azure Arc")
        {
            EndpointVariable = IdentityEndpoint,
            DefaultEndpoint = new Uri("http://localhost:40342"),
            HasOneIdentity = true,
        };

    public static readonly ManagedIdentityHost CloudShell =
        new("Cloud Shell") { EndpointVariable = MsiEndpoint, HasOneIdentity = true };

    /// <summary>A virtual machine, and whatever else has no variables of its own.</summary>
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

    /// <summary>The variables by which hosts make themselves known.</summary>
    public static string[] Variables { get; } =
    [
        IdentityEndpoint, IdentityHeader, Thumbprint, ImdsEndpoint, MsiEndpoint, MsiSecret, DefaultClientId,
        ManagedIdentity.Imds.AddressVariable,
    ];

    /// <summary>The variable that holds the address of the identity endpoint; null where it is a fixed one.</summary>
    public string? EndpointVariable { get; private init; }

    /// <summary>Where the library asks without the variable; null where it does not.</summary>
    public Uri? DefaultEndpoint { get; private init; }

    /// <summary>The variable whose value goes into a header of each request; null where there is none.</summary>
    public string? SecretVariable { get; private init; }

    /// <summary>Whether it gives the identity of its own resource alone, and cannot be asked for another.</summary>
    private bool HasOneIdentity { get; init; }

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
    /// The thumbprint of the host's certificate, where the certificate is known by that alone; null elsewhere.
    /// </summary>
    public static string? ThumbprintIn(CredentialInputs inputs) => inputs[Thumbprint];

    public string? SecretIn(CredentialInputs inputs) => SecretVariable is null ? null : inputs[SecretVariable];

    public Uri? EndpointIn(
        CredentialInputs inputs) => EndpointVariable is null ? null : AddressOf(inputs[EndpointVariable]);

    /// <summary>
    /// Finds what the library could not use, and would report as something else: it takes whatever cannot stand in a
    /// header for an address that is none.
    /// </summary>
    /// <exception cref="TokenException">A variable cannot be used as it is.</exception>
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

    /// <exception cref="TokenException">An identity was named, and there is no choice here.</exception>
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

    /// <summary>What to do where no identity may be named.</summary>
    public static string LeaveOut(CredentialOptions options) =>
        options.ClientIdVariable is { } variable
            ? $"Unset {variable} where it is not meant for a managed identity, or use -ManagedIdentity, which does "
                + "not go by it."
            : "Leave -ClientId, -IdentityResourceId and -IdentityObjectId out.";

    /// <summary>Whether a text can be sent as the value of a header: printable ASCII.</summary>
    public static bool FitsHeader(string value) => value.All(letter => letter is (>= ' ' and <= '~') or '\t');

    /// <summary>An address that can be asked; null for anything else.</summary>
    public static Uri? AddressOf(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
            ? address
            : null;

    private static bool HasArcAgent() =>
        ArcAgents.Any(path => File.Exists(Environment.ExpandEnvironmentVariables(path)));
}
