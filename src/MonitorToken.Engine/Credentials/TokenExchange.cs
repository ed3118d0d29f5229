namespace MonitorToken.Engine.Credentials;

/// <summary>
/// Entra's own resource for federated credentials: whoever issues an assertion for an application is asked for one with
/// this audience. It has a name for each cloud (Azure/login #452, terraform-provider-azurerm #28059).
/// </summary>
internal static class TokenExchange
{
    public static string Audience(AzureEnvironment? cloud) => cloud switch
    {
        AzureEnvironment.AzureUSGovernment => "api://AzureADTokenExchangeUSGov",
        AzureEnvironment.AzureChinaCloud => "api://AzureADTokenExchangeChina",
        _ => "api://AzureADTokenExchange",
    };
}
