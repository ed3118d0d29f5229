using System.Text;
using System.Text.Json;
using MonitorToken.Engine.Processes;

namespace MonitorToken.Engine.AccessCheck;

/// <summary>
/// The Azure Resource Manager of one cloud, called as one identity: where a rule is, and which permissions Azure RBAC
/// grants the identity on a resource.
/// </summary>
internal sealed class ResourceManagerClient(Uri manager, string token, ICallerContext caller)
{
    private const string AuthorizationVersion = "api-version=2022-04-01";

    /// <summary>
    /// The number of bytes of a response that are read. Chosen: the permissions of hundreds of roles fit into it.
    /// </summary>
    private const int LongestAnswer = 1024 * 1024;

    /// <summary>The number of pages of a list that are read. Chosen.</summary>
    private const int MaxPages = 20;

    private readonly ServiceClient _client = new(manager, LongestAnswer, caller);

    /// <summary>
    /// Finds a data collection rule by its immutable id, which must have been validated: it becomes a part of the
    /// query. Resource Graph lists only what the identity may read.
    /// </summary>
    public async Task<ResourceManagerAnswer> FindRuleAsync(string immutableId, CancellationToken cancellationToken)
    {
        string query = "resources | where type =~ 'microsoft.insights/datacollectionrules' "
            + $"| where properties.immutableId =~ '{immutableId}' | project id";
        string body = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["query"] = query,
            ["options"] = new Dictionary<string, string> { ["resultFormat"] = "objectArray" },
        });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        ServiceAnswer answer = await _client
            .SendAsync(
                HttpMethod.Post,
                At("/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"),
                content,
                token,
                cancellationToken).ConfigureAwait(false);
        return Answer(answer, "data");
    }

    /// <summary>Lists what the identity itself may do on a resource: one block for each role it has.</summary>
    public Task<ResourceManagerAnswer> ListPermissionsAsync(string resourceId, CancellationToken cancellationToken) =>
        ListAsync(
            $"{Escape(resourceId)}/providers/Microsoft.Authorization/permissions?{AuthorizationVersion}",
            cancellationToken);

    /// <summary>
    /// Lists the role assignments of a principal on a resource and above it, including those through a group.
    /// </summary>
    public Task<ResourceManagerAnswer> ListAssignmentsAsync(
        string resourceId, Guid objectId, CancellationToken cancellationToken) =>
        ListAsync(
            $"{Escape(resourceId)}/providers/Microsoft.Authorization/roleAssignments?{AuthorizationVersion}"
                + $"&$filter=assignedTo('{objectId}')",
            cancellationToken);

    /// <summary>Gets a role definition; null if there is no usable response.</summary>
    public async Task<JsonElement?> GetRoleDefinitionAsync(string id, CancellationToken cancellationToken)
    {
        ServiceAnswer answer = await GetAsync(At($"{Escape(id)}?{AuthorizationVersion}"), cancellationToken)
            .ConfigureAwait(false);
        return answer.Status == 200 && answer.Body is { } body ? EmbeddedJson.Property(body, "properties") : null;
    }

    private static string Escape(string id) => string.Join("/", id.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Converts a response to the list that it contains; to none if it contains no such list.</summary>
    private static ResourceManagerAnswer Answer(ServiceAnswer answer, string list)
    {
        bool isList = answer.Status == 200 && answer.Body is { } body
            && EmbeddedJson.Property(body, list) is { ValueKind: JsonValueKind.Array };
        return new ResourceManagerAnswer(answer, isList ? [.. RolePermissions.Elements(answer.Body, list)] : null);
    }

    private async Task<ResourceManagerAnswer> ListAsync(string path, CancellationToken cancellationToken)
    {
        var items = new List<JsonElement>();
        Uri? next = At(path);
        for (int page = 0; ; page++)
        {
            ResourceManagerAnswer answer =
                Answer(await GetAsync(next, cancellationToken).ConfigureAwait(false), "value");
            if (answer.Items is null)
                return answer;

            items.AddRange(answer.Items);
            string? link = EmbeddedJson.Text(answer.Service.Body!.Value, "nextLink");
            if (string.IsNullOrEmpty(link))
                return answer with { Items = items };

            // A list that continues on another host, or never ends, is unusable: a missing item could grant the action.
            if (page + 1 == MaxPages || !Uri.TryCreate(link, UriKind.Absolute, out next)
                || next.Scheme != manager.Scheme || next.Authority != manager.Authority)
                return answer with { Items = null };
        }
    }

    private Task<ServiceAnswer> GetAsync(Uri address, CancellationToken cancellationToken) =>
        _client.SendAsync(HttpMethod.Get, address, content: null, token, cancellationToken);

    private Uri At(string path) => new(manager, path);
}

/// <summary>A response of Resource Manager.</summary>
/// <param name="Service">The response.</param>
/// <param name="Items">The list that it has; null if it has none.</param>
internal sealed record ResourceManagerAnswer(ServiceAnswer Service, IReadOnlyList<JsonElement>? Items)
{
    /// <summary>Whether the identity isn't allowed to read the requested items.</summary>
    public bool IsForbidden => Service.Status == 403 || Service.HasDetail("NoValidSubscriptionsInQueryRequest");
}
