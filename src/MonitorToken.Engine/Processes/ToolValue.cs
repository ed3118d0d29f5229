namespace MonitorToken.Engine.Processes;

/// <summary>What the caller has said, for a tool's command line.</summary>
internal static class ToolValue
{
    public static string Resource(string resource, string tool) =>
        ToolArgument.IsValue(resource)
            ? resource
            : throw new TokenException(
                TokenError.InvalidResource,
                $"{tool} cannot be asked for '{resource}': it has characters in it that no command line may have.",
                "Sign in another way, or give the resource without anything but letters, digits and -._:/~@+=,().");

    public static string Tenant(string tenant) =>
        ToolArgument.IsValue(tenant)
            ? tenant
            : throw new TokenException(
                TokenError.InvalidTenant,
                $"'{tenant}' is not a tenant.",
                "Give the tenant's id (a GUID) or one of its domain names, such as contoso.onmicrosoft.com.");

    public static string Subscription(string subscription) =>
        ToolArgument.IsValue(subscription)
            ? subscription
            : throw new TokenException(
                TokenError.InvalidOption,
                $"The subscription '{subscription}' has characters in it that no command line may have.",
                "Give the subscription's id (a GUID) in place of its name.");
}
