namespace MonitorToken.EntraEmulator;

/// <summary>
/// The environment in which an unmodified client finds the emulator, and no identity but the emulator's.
/// </summary>
public static class ClientEnvironment
{
    // Case does not matter to Windows, and a variable that only Windows would see must not leak in there.
    private const StringComparison Case = StringComparison.OrdinalIgnoreCase;

    // The one list of variables by which a developer's or a build agent's own identity, cloud or route could leak in.
    private static readonly string[] ForeignPrefixes =
        ["AZURE_", "IDENTITY_", "MSI_", "SYSTEM_", "ACTIONS_ID_TOKEN_", "EMULATOR_"];

    private static readonly string[] ForeignNames =
    [
        "IMDS_ENDPOINT",
        "DEFAULT_IDENTITY_CLIENT_ID",
        "ARM_CLOUD_METADATA_URL",
        "ALL_PROXY",
        "AZD_CONFIG_DIR",
        "SSL_CERT_DIR",
    ];

    /// <summary>Whether a variable says who or where one is, and so must not reach a client of the emulator.</summary>
    public static bool IsForeign(string name) =>
        ForeignPrefixes.Any(prefix => name.StartsWith(prefix, Case))
        || ForeignNames.Any(foreign => name.Equals(foreign, Case));

    /// <summary>
    /// Makes an environment, such as <see cref="System.Diagnostics.ProcessStartInfo.Environment"/>, one of a client of
    /// the emulator.
    /// </summary>
    public static void Apply(Emulator emulator, IDictionary<string, string?> environment)
    {
        foreach (string name in environment.Keys.Where(IsForeign).ToList())
            environment.Remove(name);
        foreach ((string name, string value) in emulator.Environment)
            environment[name] = value;
    }

    internal static Dictionary<string, string> For(Emulator emulator)
    {
        string proxy = Origin(emulator.ProxyAddress);
        string http = Origin(emulator.HttpAddress);
        string ca = emulator.CertificateAuthorityFile;
        EntraDirectory directory = emulator.Directory;
        var environment = new Dictionary<string, string>
        {
            // Tools disagree about the case of these.
            ["HTTPS_PROXY"] = proxy,
            ["https_proxy"] = proxy,
            ["HTTP_PROXY"] = proxy,
            ["http_proxy"] = proxy,
            // A name under .invalid exists nowhere; who asks for one is to find that out without the proxy.
            ["NO_PROXY"] = "localhost,127.0.0.1,.invalid",
            ["no_proxy"] = "localhost,127.0.0.1,.invalid",

            ["SSL_CERT_FILE"] = ca,
            ["REQUESTS_CA_BUNDLE"] = ca,
            ["CURL_CA_BUNDLE"] = ca,
            ["NODE_EXTRA_CA_CERTS"] = ca,

            // In a fresh folder az once asks azure.microsoft.com whether it is online, and no setting prevents it; the
            // proxy
            // says no, which az takes without a word.
            ["AZURE_CONFIG_DIR"] = Path.Combine(emulator.ClientFolder, "azure"),
            ["AZURE_CORE_COLLECT_TELEMETRY"] = "no",
            ["AZURE_CORE_SURVEY_MESSAGE"] = "no",
            ["AZD_CONFIG_DIR"] = Path.Combine(emulator.ClientFolder, "azd"),
            ["POWERSHELL_TELEMETRY_OPTOUT"] = "1",
            ["POWERSHELL_UPDATECHECK"] = "Off",

            // What tests and scripts need to know. None of it goes by the name that clients look for: these would then
            // take
            // themselves for a machine, a pod or a job. A test sets the variable that it is about to one of these.
            ["EMULATOR_ADMIN"] = $"{http}/emulator",
            ["EMULATOR_SILENT"] = Origin(emulator.SilentAddress),
            ["EMULATOR_AUTHORITY"] = Origin(emulator.HttpsAddress),
            ["EMULATOR_TENANT_ID"] = directory.Tenant.Id.ToString(),
            ["EMULATOR_CLIENT_ID"] = directory.App.ClientId,
            ["EMULATOR_CLIENT_SECRET"] = directory.App.Secret,
            ["EMULATOR_USER_OBJECT_ID"] = directory.User.ObjectId.ToString(),
            ["EMULATOR_USER_PRINCIPAL_NAME"] = directory.User.UserPrincipalName,
            ["EMULATOR_SYSTEM_IDENTITY_CLIENT_ID"] = directory.SystemIdentity.ClientId.ToString(),
            ["EMULATOR_SYSTEM_IDENTITY_OBJECT_ID"] = directory.SystemIdentity.ObjectId.ToString(),
            ["EMULATOR_USER_IDENTITY_CLIENT_ID"] = directory.UserIdentity.ClientId.ToString(),
            ["EMULATOR_USER_IDENTITY_OBJECT_ID"] = directory.UserIdentity.ObjectId.ToString(),
            ["EMULATOR_USER_IDENTITY_RESOURCE_ID"] = directory.UserIdentity.ResourceId,

            // App Service: IDENTITY_ENDPOINT and IDENTITY_HEADER.
            ["EMULATOR_MSI_ENDPOINT"] = $"{http}{AppServiceEndpoints.Path}",
            ["EMULATOR_MSI_SECRET"] = emulator.AppServiceSecret,

            // Automation: IDENTITY_ENDPOINT and IDENTITY_HEADER.
            ["EMULATOR_AUTOMATION_ENDPOINT"] = $"{http}{AutomationEndpoints.Path}",
            ["EMULATOR_AUTOMATION_HEADER"] = emulator.AutomationSecret,

            // Cloud Shell: MSI_ENDPOINT alone.
            ["EMULATOR_CLOUD_SHELL_ENDPOINT"] = $"{http}{CloudShellEndpoints.Path}",

            // Service Fabric: IDENTITY_ENDPOINT, IDENTITY_HEADER and IDENTITY_SERVER_THUMBPRINT.
            ["EMULATOR_SERVICE_FABRIC_ENDPOINT"] =
                $"{Origin(emulator.ServiceFabricAddress)}{ServiceFabricEndpoints.Path}",
            ["EMULATOR_SERVICE_FABRIC_HEADER"] = emulator.ServiceFabricSecret,
            ["EMULATOR_SERVICE_FABRIC_THUMBPRINT"] = emulator.ServiceFabricThumbprint,

            // Machine Learning: MSI_ENDPOINT, MSI_SECRET and DEFAULT_IDENTITY_CLIENT_ID, the compute's own identity.
            ["EMULATOR_MACHINE_LEARNING_ENDPOINT"] = $"{http}{MachineLearningEndpoints.Path}",
            ["EMULATOR_MACHINE_LEARNING_SECRET"] = emulator.MachineLearningSecret,
            ["EMULATOR_MACHINE_LEARNING_CLIENT_ID"] = directory.SystemIdentity.ClientId.ToString(),

            // Kubernetes: AZURE_FEDERATED_TOKEN_FILE.
            ["EMULATOR_FEDERATED_TOKEN_FILE"] = emulator.ServiceAccountToken.Path,

            // GitHub Actions: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN.
            ["EMULATOR_GITHUB_URL"] = emulator.GitHub.RequestUrl.ToString(),
            ["EMULATOR_GITHUB_TOKEN"] = emulator.GitHub.RequestToken,

            // Azure Pipelines: SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN.
            ["EMULATOR_PIPELINES_URL"] = emulator.AzurePipelines.RequestUrl.ToString(),
            ["EMULATOR_PIPELINES_TOKEN"] = emulator.AzurePipelines.AccessToken,
            ["EMULATOR_SERVICE_CONNECTION_ID"] = emulator.AzurePipelines.ServiceConnectionId.ToString(),
        };

        // Where the service has its own address, clients must find it there. Elsewhere this is how clients find it that
        // send nothing about a managed identity through a proxy; those that do find it at its own address, and some, such
        // as DefaultAzureCredential for .NET, there alone: see the README.
        if (!emulator.HasMetadataAddress)
            environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = http;

        // Arc: IDENTITY_ENDPOINT, and IMDS_ENDPOINT with any value. Not there for whoever may not write into the
        // agent's folder.
        if (emulator.HasArc)
            environment["EMULATOR_ARC_ENDPOINT"] = $"{http}{ArcEndpoints.Path}";
        return environment;
    }

    // Without the slash that Uri appends: clients append paths of their own.
    private static string Origin(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
