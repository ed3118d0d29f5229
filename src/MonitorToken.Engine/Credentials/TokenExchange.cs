namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Entra's resource for federated credentials: the audience that an assertion for an application must have. Each cloud
/// has its own (Azure/login #452, terraform-provider-azurerm #28059).
/// </summary>
internal static class TokenExchange
{
    public static string Audience(AzureEnvironment? cloud) =>
        cloud?.TokenExchangeAudience ?? AzureEnvironment.AzureCloud.TokenExchangeAudience!;
}
