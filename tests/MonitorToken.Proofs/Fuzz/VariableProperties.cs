using MonitorToken.Engine.Credentials;
using MonitorToken.EntraEmulator;
using MonitorToken.Proofs.Faults;
using static MonitorToken.TokenError;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>Variables of the process with anything in them.</summary>
internal static class VariableProperties
{
    /// <summary>The members of the default chain, as the contract has them.</summary>
    private static readonly string[] Members =
    [
        "Environment", "WorkloadIdentity", "ManagedIdentity", "VisualStudio", "AzureCli", "AzurePowerShell",
        "AzureDeveloperCli",
    ];

    private static readonly string[] OfAnApplication =
    [
        "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
    ];

    private static readonly string[] OfAHost =
    [
        "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "MSI_ENDPOINT", "MSI_SECRET",
        "IMDS_ENDPOINT", "DEFAULT_IDENTITY_CLIENT_ID", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    ];

    /// <summary>No address but this machine's may be looked for.</summary>
    private static readonly string[] Nowhere =
        ["nonsense", "/x", "mailto:x@y.example", "file:///etc/host", "https://", "http:/x", "urn:x", ":", "http://["];

    public static IReadOnlyList<Property> Of(Emulator emulator) =>
    [
        Property.Of(
            "AZURE_TOKEN_CREDENTIALS chooses as documented, or is refused", 6_000, Choice, Chosen),
        Property.Of("AZURE_AUTHORITY_HOST is an https address, or is refused", 3_000, AuthorityHost, AuthorityOf),
        Property.OfTasks(
            "The variables of an application sign it in, or end in a documented failure",
            200,
            draw => Values(draw, OfAnApplication, () => OfApplication(draw, emulator)),
            values => SignInAsync("Environment", values),
            Show,
            sideBySide: 1),
        Property.OfTasks(
            "The variables of a host lead to a token, or end in a documented failure",
            60,
            draw => Values(draw, OfAHost, () => OfHost(draw, emulator)),
            values => SignInAsync("ManagedIdentity", values),
            Show,
            sideBySide: 1),
    ];

    private static string Choice(Draw draw) => WithoutNull(draw.Below(4) switch
    {
        0 => OddText.Of(draw),
        1 => OddText.Spoil(draw, draw.One("dev", "prod", draw.One(Members), draw.One(Members) + "Credential")),
        _ => draw.One(" ", "", "\t")
            + draw.One("dev", "PROD", draw.One(Members), draw.One(Members).ToUpperInvariant() + "Credential"),
    });

    /// <summary>By the contract and Azure.Identity's page on the variable, and by nothing of the module's.</summary>
    private static string[]? Expected(string value) => value.Trim() switch
    {
        "" => Members,
        var one when one.Equals("prod", StringComparison.OrdinalIgnoreCase) => Members[..3],
        var one when one.Equals("dev", StringComparison.OrdinalIgnoreCase) => Members[3..],
        var one => Members.Where(member =>
            member.Equals(one, StringComparison.OrdinalIgnoreCase)
            || (member + "Credential").Equals(one, StringComparison.OrdinalIgnoreCase)).ToArray() is { Length: 1 } named
                ? named
                : null,
    };

    private static string? Chosen(string value)
    {
        using IDisposable setting = Enter([("AZURE_TOKEN_CREDENTIALS", value)]);
        return Judged.Try(
            () =>
            {
                var chain = (ChainedCredential)CredentialCatalog.Create(Options("Default"));
                string[] names = [.. chain.Members.Select(member => member.Credential.Name)];
                return Expected(value)?.SequenceEqual(names) == true ? null : $"it chooses {string.Join(", ", names)}";
            },
            value,
            [],
            Expected(value) is null ? [InvalidOption] : []);
    }

    private static string AuthorityHost(Draw draw) => WithoutNull(
        draw.OneIn(3)
            ? Addresses.Any(draw)
            : OddText.Spoil(draw, draw.One("https://login.microsoftonline.us", "https://x.example")));

    private static string? AuthorityOf(string value)
    {
        using IDisposable setting = Enter([("AZURE_AUTHORITY_HOST", value)]);
        return Judged.Try(
            () =>
            {
                var authority = Authority.FromProcess();
                return authority.Host.Scheme == "https" ? null : $"{authority.Host} would be asked";
            },
            value,
            [],
            InvalidAuthority);
    }

    private static (string Name, string? Value)[] Values(Draw draw, string[] names, Func<Func<string, string?>> good)
    {
        Func<string, string?> of = good();
        return [.. names.Select(name => (name, of(name) is { } value ? WithoutNull(value) : null))];
    }

    private static Func<string, string?> OfApplication(Draw draw, Emulator emulator)
    {
        App app = emulator.Directory.AddApp();
        return name => draw.Below(8) switch
        {
            0 => null,
            1 => OddText.Of(draw),
            2 => OddText.Spoil(draw, Good(name)),
            _ => name.Contains("CERTIFICATE", StringComparison.Ordinal) && draw.OneIn(2) ? null : Good(name),
        };

        string Good(string name) => name switch
        {
            "AZURE_TENANT_ID" => emulator.Directory.Tenant.Id.ToString(),
            "AZURE_CLIENT_ID" => app.ClientId,
            "AZURE_CLIENT_SECRET" => app.Secret,
            "AZURE_CLIENT_CERTIFICATE_PATH" => "/nonexistent/app.pem",
            _ => "true",
        };
    }

    private static Func<string, string?> OfHost(Draw draw, Emulator emulator)
    {
        string metadata = emulator.Environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"];
        return name =>
        {
            bool isAddress = name.EndsWith("ENDPOINT", StringComparison.Ordinal)
                || name.EndsWith("HOST", StringComparison.Ordinal);
            string value = draw.Below(3) switch
            {
                0 when isAddress => draw.One(Nowhere),
                1 => OddText.Spoil(draw, isAddress ? metadata + "/msi/token" : "secret"),
                _ => isAddress
                    ? metadata + draw.One("", "/", "/MSI/token", "/metadata/identity/oauth2/token", "/x?y#z")
                    : OddText.Of(draw),
            };
            if (isAddress && !StaysHere(value, metadata))
                value = draw.One(Nowhere);
            // Without this one the address of Azure's own metadata service would be asked.
            return name == "AZURE_POD_IDENTITY_AUTHORITY_HOST" ? (value.Length == 0 ? metadata : value)
                : draw.OneIn(2) ? null
                : value;
        };
    }

    private static bool StaysHere(string value, string metadata) =>
        !Uri.TryCreate(value, UriKind.Absolute, out Uri? address)
        || address.Scheme is not ("http" or "https" or "ftp" or "ws" or "wss")
        || address.Authority == new Uri(metadata).Authority;

    private static async Task<string?> SignInAsync(string name, (string Name, string? Value)[] values)
    {
        using IDisposable setting = Enter(values);
        var caller = new RecordingCaller();
        TokenRequest request = TokenRequest.ForResource("https://api.loganalytics.io", null) with
        {
            ForceRefresh = true,
            Timeout = TimeSpan.FromSeconds(30),
        };
        string input = string.Concat(values.Select(one => one.Value));
        string[] secrets = [.. values.Where(one => one.Name == "AZURE_CLIENT_SECRET" && one.Value?.Length > 12)
            .Select(one => one.Value!)];
        return await Judged.TryAsync(
            async () =>
            {
                AccessToken token = await CredentialCatalog.Create(Options(name))
                    .GetTokenAsync(request, caller, default);
                return Accepted.WrongTime(token.ExpiresOn);
            },
            input,
            secrets,
            [.. AnswerProperties.Documented, InvalidCertificate, InvalidCredential, InvalidOption])
            ?? caller.Warnings.Concat(caller.Verboses).Select(said => Judged.Wrong(said, secrets))
                .FirstOrDefault(wrong => wrong is not null);
    }

    private static CredentialOptions Options(string name) =>
        new() { Name = name, Authority = Authority.For(AzureEnvironment.AzureCloud) };

    private static IDisposable Enter((string Name, string? Value)[] values) => new Setting(_ => values).Enter(null!);

    /// <summary>No variable can hold one.</summary>
    private static string WithoutNull(string value) => value.Replace("\0", string.Empty, StringComparison.Ordinal);

    private static string Show((string Name, string? Value)[] values) =>
        string.Join("\n", values.Where(one => one.Value is not null).Select(one => $"{one.Name}={one.Value}"));
}
