namespace MonitorToken.Engine.Processes;

/// <summary>How the Azure CLI is asked for a token.</summary>
internal static class AzureCliCommand
{
    /// <summary>It is read as UTF-8, so it shall write that, whatever the session's language is.</summary>
    private static readonly Dictionary<string, string?> Environment = new() { ["PYTHONIOENCODING"] = "utf-8" };

    /// <summary>Null if there is no <c>az</c> on PATH.</summary>
    /// <exception cref="TokenException">It cannot be asked for this.</exception>
    public static ToolCommand? For(TokenRequest request, string? tenantId, string? subscription)
    {
        const string Tool = "The Azure CLI";
        var arguments = new List<string> { "account", "get-access-token", "--output", "json" };
        if (request.IsForResource)
            arguments.AddRange(["--resource", ToolValue.Resource(request.Resource, Tool)]);
        else
            arguments.AddRange(["--scope", .. request.Scopes.Select(scope => ToolValue.Resource(scope, Tool))]);

        if (tenantId is not null && subscription is not null)
            throw new TokenException(
                TokenError.InvalidOption,
                Tool + " takes a tenant or a subscription, not both.",
                "Leave -TenantId out: a subscription belongs to one tenant.");

        if (tenantId is not null)
            arguments.AddRange(["--tenant", ToolValue.Tenant(tenantId)]);
        if (subscription is not null)
            arguments.AddRange(["--subscription", ToolValue.Subscription(subscription)]);

        return ToolPath.Find("az") is { } program ? new ToolCommand(program, arguments, Environment) : null;
    }
}
