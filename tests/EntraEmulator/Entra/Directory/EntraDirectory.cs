using System.Collections.Concurrent;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// What Entra would know: tenants, users, app registrations, managed identities and resources. It starts with one of
/// each
/// (two identities), all with random ids, so that nothing can pass by a remembered value.
/// </summary>
public sealed class EntraDirectory
{
    /// <summary>
    /// The app of the Azure CLI, which Azure.Identity also uses to sign developers in. Every tenant knows it.
    /// </summary>
    public const string AzureCliClientId = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

    /// <summary>The resource group that everything is in.</summary>
    public const string ResourceGroup = "emulated";

    private readonly ConcurrentDictionary<Guid, Tenant> _tenants = new();
    private readonly ConcurrentDictionary<string, App> _apps = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, Resource> _resources = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ManagedIdentity> _userIdentities = new();
    private readonly ConcurrentQueue<User> _users = new();
    private readonly App _azureCli;

    internal EntraDirectory(OidcIssuers issuers)
    {
        Tenant = AddTenant("contoso.onmicrosoft.com", displayName: "Contoso");
        App = AddApp();
        foreach (OidcIssuer issuer in issuers.All)
            App.AddFederatedCredential(issuer.Url, issuer.Subject);
        _azureCli = new App(Tenant, AzureCliClientId) { IsPublicClient = true };
        User = AddUser($"adele@{Tenant.Domain}");
        SystemIdentity = new ManagedIdentity(Tenant, ResourcePath("Microsoft.Compute/virtualMachines/emulated"));
        UserIdentity = AddUserIdentity();
        foreach (Resource resource in Resource.WellKnown)
            AddResource(resource);
    }

    /// <summary>The tenant that was there from the start.</summary>
    public Tenant Tenant { get; }

    /// <summary>The app that was there from the start.</summary>
    public App App { get; }

    /// <summary>The user who was there from the start.</summary>
    public User User { get; }

    /// <summary>The subscription that ARM lists.</summary>
    public Guid SubscriptionId { get; } = Guid.NewGuid();

    public ManagedIdentity SystemIdentity { get; }

    /// <summary>The user-assigned identity that was there from the start.</summary>
    public ManagedIdentity UserIdentity { get; }

    public IReadOnlyCollection<Tenant> Tenants => [.. _tenants.Values];

    public IReadOnlyCollection<App> Apps => [.. _apps.Values];

    public IReadOnlyCollection<User> Users => [.. _users];

    public IReadOnlyCollection<ManagedIdentity> UserIdentities => [.. _userIdentities];

    public IReadOnlyCollection<Resource> Resources => [.. _resources.Values];

    /// <summary>Adds a tenant; its display name is the first part of its domain unless given.</summary>
    public Tenant AddTenant(string? domain = null, Guid? id = null, string? displayName = null)
    {
        Guid tenantId = id ?? Guid.NewGuid();
        domain ??= $"t{tenantId:N}.onmicrosoft.com";
        return _tenants[tenantId] = new Tenant(tenantId, domain, displayName ?? domain.Split('.')[0]);
    }

    /// <summary>Registers an app with one secret of its own.</summary>
    public App AddApp(Tenant? tenant = null, string? clientId = null, string? secret = null)
    {
        var app = new App(tenant ?? Tenant, clientId ?? Guid.NewGuid().ToString());
        app.AddSecret(secret);
        return _apps[app.ClientId] = app;
    }

    public User AddUser(string? userPrincipalName = null, Tenant? tenant = null)
    {
        tenant ??= Tenant;
        var user = new User(tenant, userPrincipalName ?? $"user{_users.Count + 1}@{tenant.Domain}");
        _users.Enqueue(user);
        return user;
    }

    public ManagedIdentity AddUserIdentity()
    {
        string name = $"id-{_userIdentities.Count + 1}";
        var identity = new ManagedIdentity(
            Tenant, ResourcePath($"Microsoft.ManagedIdentity/userAssignedIdentities/{name}"));
        _userIdentities.Enqueue(identity);
        return identity;
    }

    /// <summary>Finds a user-assigned identity by its client id.</summary>
    public ManagedIdentity? FindUserIdentity(string clientId) =>
        _userIdentities.FirstOrDefault(
            identity => clientId.Equals($"{identity.ClientId}", StringComparison.OrdinalIgnoreCase));

    public Resource AddResource(Resource resource) => _resources[Resource.Key(resource.Audience)] = resource;

    /// <summary>Finds a tenant by its id or its domain.</summary>
    public Tenant? FindTenant(string idOrDomain) => Guid.TryParse(idOrDomain, out Guid id)
        ? _tenants.GetValueOrDefault(id)
        : _tenants.Values.FirstOrDefault(
            tenant => tenant.Domain.Equals(idOrDomain, StringComparison.OrdinalIgnoreCase));

    public App? FindApp(string clientId) =>
        clientId.Equals(AzureCliClientId, StringComparison.OrdinalIgnoreCase)
            ? _azureCli
            : _apps.GetValueOrDefault(clientId);

    /// <summary>Finds a user by object id or name.</summary>
    public User? FindUser(string idOrName) => _users.FirstOrDefault(user =>
        user.ObjectId.ToString() == idOrName
            || user.UserPrincipalName.Equals(idOrName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Finds a resource that the authorities of a cloud (null: any) know.</summary>
    public Resource? FindResource(string audience, Cloud? cloud = null) =>
        _resources.TryGetValue(Resource.Key(audience), out Resource? resource)
            && (cloud is null || resource.Cloud is null || resource.Cloud == cloud)
            ? resource
            : null;

    /// <summary>The app as a tenant (null: any) knows it, or Entra's reason why it does not.</summary>
    internal App AppOf(Tenant? tenant, string clientId) =>
        FindApp(clientId) is { } app && (tenant is null || app == _azureCli || app.ObjectIdIn(tenant) is not null)
            ? app
            : throw new EntraException(Refusals.UnknownApp(clientId, (tenant ?? Tenant).DisplayName));

    /// <summary>The users of a tenant; null for those of all.</summary>
    internal IEnumerable<User> UsersOf(Tenant? tenant) => _users.Where(user => tenant is null || user.Tenant == tenant);

    private string ResourcePath(string path) =>
        $"/subscriptions/{SubscriptionId}/resourcegroups/{ResourceGroup}/providers/{path}";
}
