namespace MonitorToken.EntraEmulator;

/// <summary>A person of a tenant.</summary>
public sealed class User
{
    internal User(Tenant tenant, string userPrincipalName)
    {
        Tenant = tenant;
        UserPrincipalName = userPrincipalName;
    }

    public Tenant Tenant { get; }

    public string UserPrincipalName { get; }

    public Guid ObjectId { get; } = Guid.NewGuid();

    internal string DisplayName => UserPrincipalName.Split('@')[0];
}
