# From import to rows: what a first user does.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'A token at the data plane' {
    BeforeAll {
        $script = @'
Import-Module $env:MONITORTOKEN_MODULE
$s = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
$t = Get-MonitorToken -Resource {0} -TenantId $env:EMULATOR_TENANT_ID -ClientId $env:EMULATOR_CLIENT_ID -ClientSecret $s
try {{ (Invoke-RestMethod -Authentication Bearer -Token $t.Token 'https://api.loganalytics.io/v1/workspaces/x/query?query=Heartbeat').tables[0].rows.Count }}
catch {{ [int] $_.Exception.Response.StatusCode }}
'@
    }

    It 'returns rows, in a fresh pwsh with only the module imported' {
        [int] (Invoke-FreshPowerShell ($script -f 'LogAnalytics')) | Should -BeIn (1..100)
    }

    It 'is refused where it is for another audience' {
        Invoke-FreshPowerShell ($script -f 'ResourceManager') | Should -Be 401
    }

    It 'is never one that has expired' {
        Clear-Emulator
        Add-Fault @{ tokenLifetimeSeconds = -60; match = @{ host = 'login.microsoftonline.com' } }
        $application = New-Application
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResponse,'
        $thrown.CategoryInfo.Category | Should -Be 'InvalidResult'
        "$thrown" | Should -Match 'a token that had expired at \d{4}-\d\d-\d\d'
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'clock'
    }
}
