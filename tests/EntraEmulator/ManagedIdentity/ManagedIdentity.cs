namespace MonitorToken.EntraEmulator;

/// <summary>An identity that Azure gives to a machine or an app.</summary>
public sealed class ManagedIdentity
{
    internal ManagedIdentity(Tenant tenant, string resourceId)
    {
        Tenant = tenant;
        ResourceId = resourceId;
    }

    public Tenant Tenant { get; }

    public Guid ClientId { get; } = Guid.NewGuid();

    public Guid ObjectId { get; } = Guid.NewGuid();

    /// <summary>The ARM path: of the identity if user-assigned, of the machine if system-assigned.</summary>
    public string ResourceId { get; }

    /// <summary>How long its tokens live from the moment they are given out; Azure gives these for a day.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromSeconds(86399);
}
