using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>What every host of managed identities does, whatever its request and answer look like.</summary>
internal static class ManagedIdentityTokens
{
    // The documentation and the clients do not agree on these names.
    private static readonly string[] ClientIdNames = ["client_id"];
    private static readonly string[] ObjectIdNames = ["object_id", "principal_id"];
    private static readonly string[] ResourceIdNames = ["mi_res_id", "msi_res_id"];

    /// <summary>
    /// The identity that the query names; the machine's own if it names none; null if it names an unknown one.
    /// </summary>
    public static ManagedIdentity? Find(EntraDirectory directory, IQueryCollection query)
    {
        if (Named(query, ClientIdNames) is { } clientId)
            return directory.FindUserIdentity(clientId);
        if (Named(query, ObjectIdNames) is { } objectId)
            return directory.UserIdentities.FirstOrDefault(identity => Same(objectId, identity.ObjectId.ToString()));
        if (Named(query, ResourceIdNames) is { } resourceId)
            return directory.UserIdentities.FirstOrDefault(identity => Same(resourceId, identity.ResourceId));
        return directory.SystemIdentity;
    }

    /// <param name="identity">Who gets it.</param>
    /// <param name="resource">What it is for.</param>
    /// <param name="asked">The same, as it was asked for.</param>
    /// <param name="fault">Spoils it.</param>
    public static IssuedToken Issue(ManagedIdentity identity, Resource resource, string asked, Fault? fault)
    {
        string audience = resource.AudienceOf(asked);
        return TokenIssuer.Issue(
            new(identity.Tenant, identity.ClientId.ToString(), identity.ObjectId, audience, identity.TokenLifetime)
            {
                Authentication = "2",
                IdentityResourceId = identity.ResourceId,
                IsV2 = resource.TakesV2Tokens,
            },
            fault);
    }

    private static string? Named(IQueryCollection query, string[] names) =>
        names.Select(name => query[name].ToString()).FirstOrDefault(value => value.Length > 0);

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
