using System.Net;
using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Reads how a cloud describes itself, at its Resource Manager, as az cloud register does. The request carries nothing
/// secret; but the response says where secrets go from then on, so it must not lead the login, or a token, to a host
/// that neither is known nor belongs to the Resource Manager that the caller named.
/// </summary>
internal sealed class CloudMetadata
{
    private const string PathAndQuery = "/metadata/endpoints?api-version=2022-09-01";

    /// <summary>Each tenant's own applications have audiences in these domains, such as Azure Stack Hub's.</summary>
    private static readonly string[] TenantDomains =
        [".onmicrosoft.com", ".onmicrosoft.us", ".partner.onmschina.cn"];

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly Uri _resourceManager;
    private readonly AzureEnvironment? _known;
    private readonly string? _domain;

    private CloudMetadata(Uri resourceManager)
    {
        _resourceManager = resourceManager;
        _known = AzureEnvironment.OfResourceManager(resourceManager);
        _domain = DomainOf(resourceManager);
    }

    /// <summary>
    /// The cloud of a Resource Manager. Sends no request if the module knows all about that cloud, or the cloud has
    /// described itself in this process already.
    /// </summary>
    /// <exception cref="TokenException">
    /// The URI isn't that of a Resource Manager, it can't be reached in time, or its response isn't trusted.
    /// </exception>
    public static async Task<AzureEnvironment> ReadAsync(
        Uri resourceManager, TimeSpan limit, ICallerContext caller, CancellationToken cancellationToken)
    {
        CheckAddress(resourceManager);
        if (AzureEnvironment.OfResourceManager(resourceManager) is { } known
            && ResourceCatalog.In(known).Any(resource => resource is { Name: "MetricsBatch", Audience: not null }))
            return known;
        if (AzureEnvironment.DescribedBy(resourceManager) is { } described)
            return described;

        byte[] answer = await AskAsync(resourceManager, limit, caller, cancellationToken).ConfigureAwait(false);
        return new CloudMetadata(resourceManager).Read(answer);
    }

    private static void CheckAddress(Uri address)
    {
        if (!address.IsAbsoluteUri || !(address.Scheme == Uri.UriSchemeHttps || IsLoopbackHttp(address))
            || address.PathAndQuery.Length > 1 || address.Fragment.Length > 0 || address.UserInfo.Length > 0
            || (address.Scheme == Uri.UriSchemeHttps && !ResourceCatalog.HasPlainHost(address.OriginalString)))
            throw new TokenException(
                TokenError.InvalidAuthority,
                $"The Resource Manager '{ResourceCatalog.Redacted(address.OriginalString)}' isn't an https URI "
                    + "without a path.",
                "Specify only the scheme and host, such as https://management.azure.com.");
    }

    private static bool IsLoopbackHttp(Uri address) => address.Scheme == Uri.UriSchemeHttp && address.IsLoopback;

    private static async Task<byte[]> AskAsync(
        Uri resourceManager, TimeSpan limit, ICallerContext caller, CancellationToken cancellationToken)
    {
        string host = resourceManager.Host;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        var allowed = HostAllowListHandler.ForService("-ResourceManager", resourceManager);
        var handler = new ResponseBufferHandler("-ResourceManager", new RequestLogHandler(caller, allowed));
        using var client = new HttpMessageInvoker(handler, disposeHandler: false);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(resourceManager, PathAndQuery));
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, deadline.Token)
                .UnlessCanceled(deadline.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK)
                return await BufferOf(response).ConfigureAwait(false);

            int status = (int)response.StatusCode;
            throw status is 408 or 429 or >= 500
                ? new TokenException(
                    TokenError.AuthorityUnreachable,
                    $"{host} didn't describe its cloud: it returned HTTP {status}.",
                    "Try again later.")
                : Invalid(host, $"returned HTTP {status}");
        }
        catch (TokenException exception) when (exception.Error == TokenError.InvalidResponse)
        {
            throw exception.CredentialName is null ? exception : Invalid(host, "returned more than a megabyte");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TokenException(
                TokenError.Timeout,
                $"{host} didn't describe its cloud within {limit.TotalSeconds:0.#} seconds.",
                "Check the URI of -ResourceManager, the network and the proxy (HTTPS_PROXY).");
        }
        catch (Exception exception) when (
            exception is not TokenException && !cancellationToken.IsCancellationRequested)
        {
            throw new TokenException(
                TokenError.AuthorityUnreachable,
                $"{host} didn't describe its cloud, because it couldn't be reached: "
                    + ConnectionErrors.Describe([.. TokenErrors.Unwrap(exception)]),
                "Check the URI of -ResourceManager, the network and the proxy (HTTPS_PROXY).");
        }
    }

    private static Task<byte[]> BufferOf(HttpResponseMessage response) => response.Content.ReadAsByteArrayAsync();

    private AzureEnvironment Read(byte[] answer)
    {
        JsonElement cloud = Cloud(answer);
        if (EmbeddedJson.Property(cloud, "authentication") is not { ValueKind: JsonValueKind.Object } authentication
            || EmbeddedJson.Text(authentication, "loginEndpoint") is not { Length: > 0 } loginEndpoint)
            throw Invalid(_resourceManager.Host, "returned JSON without a login endpoint");

        Authority login = Login(loginEndpoint);
        var audiences = new Dictionary<string, string>(StringComparer.Ordinal);
        if (ResourceManagerAudience(authentication) is { } own)
            audiences["ResourceManager"] = own;
        if (EmbeddedJson.Text(cloud, "logAnalyticsResourceId") is { Length: > 0 } logAnalytics)
            audiences["LogAnalytics"] = Own(logAnalytics);
        if (EmbeddedJson.Text(cloud, "appInsightsResourceId") is { Length: > 0 } appInsights)
            audiences["ApplicationInsights"] = Own(appInsights);

        string? name = EmbeddedJson.Text(cloud, "name");
        bool isPlain = name is { Length: > 0 and <= 40 } && name.All(letter =>
            letter is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_');
        return AzureEnvironment.Describe(
            _resourceManager,
            isPlain ? name : null,
            login,
            environment => ResourceCatalog.Describe(environment, _known, audiences, _resourceManager));
    }

    /// <summary>The object that describes the cloud: the document, or one of its list, which may name many.</summary>
    private JsonElement Cloud(byte[] answer)
    {
        ReadOnlyMemory<byte> json = answer;
        if (json.Span.StartsWith(ByteOrderMark))
            json = json.Slice(ByteOrderMark.Length);
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Invalid(_resourceManager.Host, "returned something that isn't JSON");
        }

        if (root.ValueKind == JsonValueKind.Array)
            root = root.EnumerateArray().FirstOrDefault(cloud =>
                Uri.TryCreate(EmbeddedJson.Text(cloud, "resourceManager"), UriKind.Absolute, out Uri? address)
                && IsSameHost(address));
        return root.ValueKind == JsonValueKind.Object
            ? root
            : throw Invalid(_resourceManager.Host, "returned JSON without a description of its own cloud");
    }

    /// <summary>
    /// The authority. AD FS has a path, which is a tenant; there's no other.
    /// </summary>
    private Authority Login(string address)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? login)
            && login.Scheme == Uri.UriSchemeHttps && login.UserInfo.Length == 0
            && ResourceCatalog.HasPlainHost(address)
            && login.PathAndQuery.Trim('/') is "" or "adfs" && login.Fragment.Length == 0)
        {
            var authority = Authority.For(new Uri(login.GetLeftPart(UriPartial.Authority)));
            if (_known is not null ? authority.Environment == _known : authority.IsEntra || IsOwn(login))
                return authority;
        }

        throw new TokenException(
            TokenError.InvalidAuthority,
            $"{_resourceManager.Host} describes a cloud with the authority host "
                + $"'{TextSanitizer.OneLine(ResourceCatalog.Redacted(address))}', which isn't a known authority host "
                + "and doesn't belong to it. Nothing was sent there.",
            "Check the URI of -ResourceManager, and that no proxy responds in its place. For a authority host that you "
                + "trust, specify -AuthorityHost and -DisableInstanceDiscovery.");
    }

    /// <summary>Of several audiences, the one with the host's own name, or otherwise the first.</summary>
    private string? ResourceManagerAudience(JsonElement authentication)
    {
        if (EmbeddedJson.Property(authentication, "audiences") is not { ValueKind: JsonValueKind.Array } list)
            return null;

        string[] audiences =
        [
            .. list.EnumerateArray().Where(audience => audience.ValueKind == JsonValueKind.String)
                .Select(audience => audience.GetString()!),
        ];
        string? chosen = Array.Find(
            audiences, audience => Uri.TryCreate(audience, UriKind.Absolute, out Uri? address) && IsSameHost(address))
            ?? audiences.FirstOrDefault();
        return chosen is null ? null : Own(chosen, mayBeTenants: true);
    }

    /// <summary>
    /// An audience that a token may be requested for, on the word of this Resource Manager: its own, or for itself that of
    /// an application in a tenant. Otherwise a token for another service would be called its own.
    /// </summary>
    private string Own(string audience, bool mayBeTenants = false) =>
        Uri.TryCreate(audience, UriKind.Absolute, out Uri? address)
            && address.Scheme == Uri.UriSchemeHttps
            && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0
            && ResourceCatalog.HasPlainHost(audience)
            && !audience.Any(letter => letter is <= ' ' or > '~')
            && (_known is not null || IsOwn(address) || (mayBeTenants && IsOfTenant(address)))
            ? audience
            : throw new TokenException(
                TokenError.InvalidAuthority,
                $"{_resourceManager.Host} describes a cloud with the audience "
                    + $"'{TextSanitizer.OneLine(ResourceCatalog.Redacted(audience))}', which doesn't belong to it.",
                "Check the URI of -ResourceManager, and that no proxy responds in its place.");

    /// <summary>
    /// Whether an audience is that of a Resource Manager that is an application in a tenant, as in Azure Stack Hub. Any
    /// other application's audience could belong to anybody.
    /// </summary>
    private static bool IsOfTenant(Uri address) =>
        (address.Host.StartsWith("management.", StringComparison.OrdinalIgnoreCase)
            || address.Host.StartsWith("adminmanagement.", StringComparison.OrdinalIgnoreCase))
        && Array.Exists(
            TenantDomains, domain => address.Host.EndsWith(domain, StringComparison.OrdinalIgnoreCase));

    private bool IsSameHost(Uri address) =>
        string.Equals(address.Host, _resourceManager.Host, StringComparison.OrdinalIgnoreCase);

    private bool IsOwn(Uri address) =>
        IsSameHost(address)
        || (_domain is not null && address.Host.EndsWith("." + _domain, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The domain that a Resource Manager shares with the other hosts of its cloud: what follows "management." in its
    /// name. Null where that may be a domain under which anybody can register a name: one of a single label, and one
    /// such as co.uk or com.au.
    /// </summary>
    internal static string? DomainOf(Uri resourceManager)
    {
        string[] labels = resourceManager.Host.Split('.');
        bool isShared = labels.Length < 3
            || (labels.Length == 3 && labels[2].Length == 2 && labels[1].Length <= 3);
        return resourceManager.HostNameType == UriHostNameType.Dns && !isShared
            && labels[0].ToUpperInvariant() is "MANAGEMENT" or "ADMINMANAGEMENT"
            ? resourceManager.Host.Substring(labels[0].Length + 1)
            : null;
    }

    private static TokenException Invalid(string host, string what) => new(
        TokenError.InvalidResponse,
        $"{host} didn't describe its cloud: it {what}.",
        $"Check the URI of -ResourceManager, such as https://management.azure.com, and what its {PathAndQuery} "
            + "returns.");
}
