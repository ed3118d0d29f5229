using MonitorToken.EntraEmulator;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Faults;

internal static partial class FaultTable
{
    private const string OnHosts = "Hosts of managed identities";

    private const string MetadataHost = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    /// <summary>A port that nobody listens to.</summary>
    private const string Nowhere = "http://127.0.0.1:1";

    private static IEnumerable<FaultRow> Hosts()
    {
        const string NotAssigned = "the identity isn't assigned here";
        string noName = $"http://{new string('x', 64)}.internal";
        return
        [
            Host("App Service", "the connection is refused", AuthorityUnreachable, emulator =>
                [("IDENTITY_ENDPOINT", Nowhere + "/msi/token"), ("IDENTITY_HEADER", emulator.AppServiceSecret)]),
            Host("App Service of 2017", "the connection is refused", AuthorityUnreachable, emulator =>
                [("MSI_ENDPOINT", Nowhere + "/msi/token"), ("MSI_SECRET", emulator.AppServiceSecret)]),
            Host("Arc", "the connection is refused", AuthorityUnreachable, _ =>
                [("IDENTITY_ENDPOINT", Nowhere + "/metadata/identity/oauth2/token"), ("IMDS_ENDPOINT", Nowhere)]),
            Host(
                "Cloud Shell",
                "the connection is refused",
                AuthorityUnreachable,
                _ => [("MSI_ENDPOINT", Nowhere + "/oauth2/token")]),
            Host("Service Fabric", "the connection is refused", AuthorityUnreachable, emulator =>
            [
                ("IDENTITY_ENDPOINT", "https://127.0.0.1:1/metadata/identity/oauth2/token"),
                ("IDENTITY_HEADER", emulator.ServiceFabricSecret),
                ("IDENTITY_SERVER_THUMBPRINT", emulator.ServiceFabricThumbprint),
            ]),
            Host(
                "IMDS",
                "the connection is refused",
                CredentialUnavailable,
                _ => [(MetadataHost, Nowhere)]),
            Host("IMDS", "nothing responds at its address", CredentialUnavailable, emulator =>
                [(MetadataHost, emulator.Environment["EMULATOR_SILENT"])]),
            Host(
                "IMDS",
                "its address isn't valid",
                CredentialUnavailable,
                _ => [(MetadataHost, "over there")]),
            Host(
                "IMDS",
                "DNS doesn't know the name",
                CredentialUnavailable,
                _ => [(MetadataHost, noName)]),
            Host("App Service", "DNS doesn't know the name", AuthorityUnreachable, emulator =>
                [("IDENTITY_ENDPOINT", noName + "/msi/token"), ("IDENTITY_HEADER", emulator.AppServiceSecret)]),
            Host("App Service", "its endpoint isn't a URI", CredentialUnavailable, emulator =>
                [("IDENTITY_ENDPOINT", "over there"), ("IDENTITY_HEADER", emulator.AppServiceSecret)]),
            Host("App Service of 2017", "its endpoint isn't a URI", CredentialUnavailable, emulator =>
                [("MSI_ENDPOINT", "over there"), ("MSI_SECRET", emulator.AppServiceSecret)]),
            Host(
                "Cloud Shell",
                "its endpoint isn't a URI",
                CredentialUnavailable,
                _ => [("MSI_ENDPOINT", "over there")]),
            Host("App Service", "its header is that of another process", AuthenticationFailed, emulator =>
                [
                    ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_MSI_ENDPOINT"]),
                    ("IDENTITY_HEADER", Said.Canary),
                ]),
            Host("Automation", "its header is that of another process", AuthenticationFailed, emulator =>
                [
                    ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_AUTOMATION_ENDPOINT"]),
                    ("IDENTITY_HEADER", Said.Canary),
                ]),
            Host("Service Fabric", "its header is that of another process", AuthenticationFailed, emulator =>
            [
                ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_SERVICE_FABRIC_ENDPOINT"]),
                ("IDENTITY_HEADER", Said.Canary),
                ("IDENTITY_SERVER_THUMBPRINT", emulator.ServiceFabricThumbprint),
            ]),
            Host("App Service", "its header has a line break", CredentialUnavailable, emulator =>
            [
                ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_MSI_ENDPOINT"]),
                ("IDENTITY_HEADER", Said.Canary + "\n"),
            ]) with
            { Says = "line break" },
            Host("App Service of 2017", "its secret has a line break", CredentialUnavailable, emulator =>
            [
                ("MSI_ENDPOINT", emulator.Environment["EMULATOR_MSI_ENDPOINT"]),
                ("MSI_SECRET", Said.Canary + "\n"),
            ]) with
            { Says = "line break" },
            Host("Service Fabric", "its certificate has another thumbprint", AuthorityUnreachable, emulator =>
            [
                ("IDENTITY_ENDPOINT", emulator.Environment["EMULATOR_SERVICE_FABRIC_ENDPOINT"]),
                ("IDENTITY_HEADER", emulator.ServiceFabricSecret),
                ("IDENTITY_SERVER_THUMBPRINT", new string('0', 40)),
            ]) with
            { Says = "certificate" },
            .. Refusing(NotAssigned, CredentialUnavailable, 400, [Way.Imds], """
                {"error":"invalid_request","error_description":"Identity not found"}
                """),
            .. Refusing(NotAssigned, CredentialUnavailable, 400, [Way.AppService, Way.AppService2017], """
                {"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for this ClientId."}
                """),
            .. Refusing(
                "there's no system-assigned identity",
                CredentialUnavailable,
                400,
                [Way.AppService, Way.Automation],
                """
                {"statusCode":400,"message":"Unable to load the proper Managed Identity."}
                """),
            .. Refusing("there are several identities, none is specified", CredentialUnavailable, 400, [Way.Imds], """
                {"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify"}
                """),
            .. Refusing("the audience isn't on its list", ResourceNotFound, 400, [Way.CloudShell], """
                {"error":{"code":"AudienceNotSupported","message":"Audience x is not a supported MSI token audience."}}
                """),
            .. Refusing("Entra doesn't know the resource", ResourceNotFound, 400, [Way.Imds, Way.Automation], """
                {"error":"invalid_resource","error_description":"AADSTS500011: The resource was not found. Trace ID: 1"}
                """),
            .. Refusing("401 without a challenge", AuthenticationFailed, 401, [Way.Arc], """
                {"error":"unauthorized_client","error_description":"No."}
                """),
            .. By([Way.Arc], OnHosts, "the challenge names no file", InvalidResponse, () => Challenge("Basic")),
            .. By(
                [Way.Arc],
                OnHosts,
                "the challenge names a file in another folder",
                InvalidResponse,
                () => Challenge("Basic realm=/etc/hostname.key")),
            .. By(
                [Way.Arc],
                OnHosts,
                "the challenge names a file that doesn't exist",
                InvalidResponse,
                () => Challenge("Basic realm=/var/opt/azcmagent/tokens/none.key")),
            .. Expiring("the expiry is a date in British format", "\"31/12/2099 23:59:59\""),
            .. Expiring("the expiry is long ago", "\"1500000000\""),
            .. Expiring("two expiries that differ", "\"1500000000\",\"expires_in\":\"86399\""),
        ];
    }

    /// <summary>A host whose variables lead astray; it is put right by others that are right.</summary>
    private static FaultRow Host(
        string host, string fault, TokenError error, Func<Emulator, (string Name, string? Value)[]> variables) => new()
        {
            Chapter = OnHosts,
            Way = $"ManagedIdentity on {host}",
            Fault = fault,
            Error = error,
            Setting = new Setting(variables),
            Options = world =>
            {
                // Back to the metadata service of the emulator; whatever was set makes another key.
                world.OnMend(() =>
                {
                    foreach ((string name, _) in variables(world.Emulator))
                        System.Environment.SetEnvironmentVariable(name, null);
                    System.Environment.SetEnvironmentVariable(MetadataHost, world.Emulator.Environment[MetadataHost]);
                });
                return Way.ManagedIdentity(world);
            },
            Break = _ => { },
        };

    /// <summary>A host that refuses in words of its own.</summary>
    private static IEnumerable<FaultRow> Refusing(
        string fault, TokenError error, int status, Way[] ways, string body) =>
        By(ways, OnHosts, fault, error, () => Bodies.Of(body, status));

    /// <summary>A host that says this of when its token ends.</summary>
    private static IEnumerable<FaultRow> Expiring(string fault, string expiry) => By(
        [Way.Imds, Way.AppService, Way.AppService2017, Way.ServiceFabric],
        OnHosts,
        fault,
        InvalidResponse,
        () => Bodies.Of($$"""{"token_type":"Bearer","access_token":"{{Bodies.Token()}}","expires_on":{{expiry}}}"""));

    private static Fault Challenge(string challenge) => new()
    {
        Status = 401,
        Body = """{"error":"unauthorized_client","error_description":"Missing Basic Authorization header"}""",
        ContentType = "application/json",
        Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = challenge },
    };
}
