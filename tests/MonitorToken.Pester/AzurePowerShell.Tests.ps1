# A module with the commands and output types that Az.Accounts documents stands in for it: the real one needs a cloud.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $modules = Join-Path $TestDrive modules
    $folder = New-Item -ItemType Directory -Path (Join-Path $modules Az.Accounts)
    $env:STANDIN_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
    Set-Content "$folder/Az.Accounts.psm1" @'
$script:account = 'first@contoso.onmicrosoft.com'
function Get-AzContext { [CmdletBinding()] param() [pscustomobject]@{ Account = $script:account; Tenant = 't'; Subscription = 's'; Environment = 'AzureCloud' } }
function Set-StandInAccount { param($Account) $script:account = $Account }
function Get-AzAccessToken {
    [CmdletBinding()]
    param([string] $ResourceUrl, [string] $TenantId, [switch] $AsSecureString)
    Add-Content -Path $env:STANDIN_LOG -Value "$PID $ResourceUrl $TenantId"
    if ($env:STANDIN_ERROR) { throw $env:STANDIN_ERROR }
    $token = if ($AsSecureString -and -not $env:STANDIN_STRING) { ConvertTo-SecureString $env:STANDIN_TOKEN -AsPlainText -Force } else { $env:STANDIN_TOKEN }
    [pscustomobject]@{ Token = $token; ExpiresOn = [DateTimeOffset]::UtcNow.AddHours(1); TenantId = 't'; UserId = $script:account; Type = 'Bearer' }
}
Export-ModuleMember -Function Get-AzContext, Get-AzAccessToken, Set-StandInAccount
'@
    New-ModuleManifest -Path "$folder/Az.Accounts.psd1" -RootModule Az.Accounts.psm1 -ModuleVersion 4.0.2 -FunctionsToExport Get-AzContext, Get-AzAccessToken, Set-StandInAccount
    $env:STANDIN_LOG = Join-Path $TestDrive calls.log
}

Describe 'Get-MonitorToken -AzurePowerShell' {
    BeforeEach {
        Set-Content $env:STANDIN_LOG $null
        $modulePath, $path = $env:PSModulePath, $env:PATH
    }

    AfterEach {
        $env:PSModulePath, $env:PATH = $modulePath, $path
        $env:STANDIN_ERROR = $env:STANDIN_STRING = $null
        Remove-Module Az.Accounts -ErrorAction Ignore
    }

    It 'asks the session''s own Az.Accounts, with no child process' {
        Import-Module "$folder/Az.Accounts.psd1"
        # Whatever would have to be started could not be.
        $env:PATH = ''
        $token = Get-MonitorToken LogAnalytics -AzurePowerShell -TenantId contoso.onmicrosoft.com
        $token.CredentialName | Should -Be 'AzurePowerShell'
        $token.GetPlainText() | Should -BeExactly $env:STANDIN_TOKEN
        Get-Content $env:STANDIN_LOG | Should -Be "$PID https://api.loganalytics.io contoso.onmicrosoft.com"
    }

    It 'takes the string that older versions return' {
        Import-Module "$folder/Az.Accounts.psd1"
        $env:STANDIN_STRING = '1'
        (Get-MonitorToken LogAnalytics -AzurePowerShell -ForceRefresh).GetPlainText() | Should -BeExactly $env:STANDIN_TOKEN
    }

    It 'asks the session each time: only its Az.Accounts knows of a logout' {
        Import-Module "$folder/Az.Accounts.psd1"
        1..2 | ForEach-Object { $null = Get-MonitorToken LogAnalytics -AzurePowerShell -TenantId common }
        Get-Content $env:STANDIN_LOG | Should -HaveCount 2
        $env:STANDIN_ERROR = 'Run Connect-AzAccount to login.'
        { Get-MonitorToken LogAnalytics -AzurePowerShell -TenantId common } | Should -Throw '*Run Connect-AzAccount to login.*'
    }

    It 'is a member of the chain, in the session too' {
        Import-Module "$folder/Az.Accounts.psd1"
        Set-StandInAccount chain@contoso.onmicrosoft.com
        $env:PATH = ''
        (Get-MonitorToken LogAnalytics -Exclude ManagedIdentity).CredentialName | Should -Be 'AzurePowerShell'
        Get-Content $env:STANDIN_LOG | Should -Match "^$PID "
    }

    It 'tells what Az.Accounts says when nobody is logged in' {
        Import-Module "$folder/Az.Accounts.psd1"
        $env:STANDIN_ERROR = 'Run Connect-AzAccount to login.'
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzurePowerShell -ForceRefresh }
        $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
        "$thrown" | Should -Match 'Run Connect-AzAccount'
    }

    It 'lets another PowerShell ask where the session has not loaded it' {
        $env:PSModulePath = $modules + [IO.Path]::PathSeparator + $env:PSModulePath
        $token = Get-MonitorToken LogAnalytics -AzurePowerShell
        $token.GetPlainText() | Should -BeExactly $env:STANDIN_TOKEN
        (Get-Content $env:STANDIN_LOG).Split(' ')[0] | Should -Not -Be $PID
        Get-Module Az.Accounts | Should -BeNullOrEmpty
    }

    It 'lets another PowerShell ask that has it in a folder of its own' -Skip:$IsWindows {
        $data = $env:XDG_DATA_HOME
        try {
            # A session's PSModulePath may lack it: that of Windows PowerShell lacks the folders of PowerShell 7.
            $env:XDG_DATA_HOME = Join-Path $TestDrive data
            $null = New-Item -ItemType Directory -Path "$env:XDG_DATA_HOME/powershell/Modules"
            Copy-Item -Recurse $folder "$env:XDG_DATA_HOME/powershell/Modules/Az.Accounts"
            $env:PSModulePath = Join-Path $PSHOME Modules
            (Get-MonitorToken LogAnalytics -AzurePowerShell -TenantId own.example).GetPlainText() | Should -BeExactly $env:STANDIN_TOKEN
        }
        finally { $env:XDG_DATA_HOME = $data }
        (Get-Content $env:STANDIN_LOG).Split(' ')[0] | Should -Not -Be $PID
    }

    It 'says at once that there is none where it is not installed either' {
        $thrown = Get-ThrownError { Get-MonitorToken ResourceManager -AzurePowerShell }
        "$thrown" | Should -Match 'neither loaded in this session nor installed'
        Get-Content $env:STANDIN_LOG | Should -BeNullOrEmpty
    }
}
