@{
    RootModule           = 'MonitorToken.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = 'b9f2f3de-7c7e-4d0d-9a6f-2f8c9e0f6d51'
    Author               = 'MonitorToken contributors'
    CompanyName          = 'MonitorToken contributors'
    Copyright            = '(c) MonitorToken contributors. MIT License.'
    Description          = 'Microsoft Entra access tokens for the Azure Monitor APIs, by whatever identity the machine, the session or the caller has, without ever printing a secret.'
    PowerShellVersion    = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions = @('Desktop', 'Core')
    CmdletsToExport      = @('Clear-MonitorTokenCache', 'ConvertFrom-MonitorToken', 'Get-MonitorResource', 'Get-MonitorToken', 'Get-MonitorTokenCache', 'Get-MonitorTokenCredential', 'Invoke-MonitorRestMethod', 'Test-MonitorTokenCredential')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('Azure', 'AzureMonitor', 'LogAnalytics', 'Entra', 'Token', 'Authentication', 'ManagedIdentity', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
            Prerelease   = ''
            ProjectUri   = 'https://github.com/MonitorToken/MonitorToken'
            LicenseUri   = 'https://github.com/MonitorToken/MonitorToken/blob/main/LICENSE'
            IconUri      = 'https://raw.githubusercontent.com/MonitorToken/MonitorToken/main/src/MonitorToken.Package/icon.png'
            ReleaseNotes = 'https://github.com/MonitorToken/MonitorToken/blob/main/CHANGELOG.md'
        }
    }
}
