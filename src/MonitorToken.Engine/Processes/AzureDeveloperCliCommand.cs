namespace MonitorToken.Engine.Processes;

/// <summary>How the Azure Developer CLI is asked for a token.</summary>
internal static class AzureDeveloperCliCommand
{
    /// <summary>Neither a debugger nor news of a later version is waited for.</summary>
    private static readonly Dictionary<string, string?> Environment =
        new() { ["AZD_DEBUG"] = null, ["AZD_SKIP_UPDATE_CHECK"] = "true" };

    /// <summary>Null if there is no <c>azd</c> on PATH.</summary>
    /// <exception cref="TokenException">It cannot be asked for this.</exception>
    public static ToolCommand? For(TokenRequest request, string? tenantId)
    {
        var arguments = new List<string> { "auth", "token", "--output", "json", "--no-prompt" };
        foreach (string scope in request.Scopes)
            arguments.AddRange(["--scope", ToolValue.Resource(scope, "The Azure Developer CLI")]);
        if (tenantId is not null)
            arguments.AddRange(["--tenant-id", ToolValue.Tenant(tenantId)]);

        return ToolPath.Find("azd") is { } program ? new ToolCommand(program, arguments, Environment) : null;
    }
}
