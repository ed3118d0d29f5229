namespace MonitorToken;

/// <summary>An Azure cloud, named as in Az.Accounts.</summary>
public enum AzureEnvironment
{
    /// <summary>The public cloud; tokens come from <c>https://login.microsoftonline.com</c>.</summary>
    AzureCloud,

    /// <summary>Azure for the US government; tokens come from <c>https://login.microsoftonline.us</c>.</summary>
    AzureUSGovernment,

    /// <summary>Azure operated by 21Vianet in China; tokens come from <c>https://login.chinacloudapi.cn</c>.</summary>
    AzureChinaCloud,
}
