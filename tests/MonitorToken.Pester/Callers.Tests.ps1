# What callers in runspaces of one process do to each other: nothing, whoever of them leaves.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $azAccounts = if ($IsLinux) { New-AzAccounts (New-LibraryFolder) }
    $ask = 'param($azAccounts, $more) Import-Module $azAccounts; Get-MonitorToken LogAnalytics -Include AzureCli, AzurePowerShell @more'

    # Waits for more than a second already, so it has long joined.
    function Wait-Joined($Caller) {
        Wait-Until { $Caller.Streams.Progress.Count -gt 0 } -Because 'joined'
    }
}

Describe 'Callers of one chain' -Skip:(-not $IsLinux) {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        $path, $config = $env:PATH, $env:AZURE_CONFIG_DIR
        $work = Join-Path $TestDrive ([guid]::NewGuid())
        New-AzureCli $work
        $env:PATH = $work + [IO.Path]::PathSeparator + $env:PATH
        $env:AZURE_CONFIG_DIR = "$work/azure"
        $env:STANDIN_AZ_LOG, $env:STANDIN_AZ_GATE, $env:STANDIN_AZACCOUNTS_LOG = "$work/az.log", "$work/gate", "$work/azaccounts.log"
        $token = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
        Import-Module $azAccounts
        Connect-AzAccount -Token $token
        $callers = @()
    }

    AfterEach {
        Set-Content $env:STANDIN_AZ_GATE open
        foreach ($caller in $callers) { $caller.Dispose() }
        $env:PATH, $env:AZURE_CONFIG_DIR = $path, $config
        $env:STANDIN_AZ_LOG = $env:STANDIN_AZ_GATE = $env:STANDIN_AZACCOUNTS_LOG = $env:STANDIN_AZACCOUNTS = $env:STANDIN_TOKEN = $null
        Remove-Module Az.Accounts -ErrorAction Ignore
    }

    It 'get their token from the session, though the first has left <how>' -ForEach @(
        @{ How = 'by Ctrl+C'; First = @{}; Leave = { Stop-Caller $callers[0] } }
        @{ How = 'by a shorter -TimeoutSec'; First = @{ TimeoutSec = 3 }; Leave = { $null = Receive-Caller $callers[0]; "$($callers[0].Streams.Error)" | Should -Match 'within 3 seconds' } }
    ) {
        $callers += Start-Caller $ask $azAccounts, $first
        Wait-Until { Get-CallCount $env:STANDIN_AZ_LOG }
        $callers += Start-Caller $ask $azAccounts, @{ TimeoutSec = 60 }
        Wait-Joined $callers[1]

        . $leave
        Set-Content $env:STANDIN_AZ_GATE open

        (Receive-Caller $callers[1]).GetPlainText() | Should -BeExactly $token
        Get-CallCount $env:STANDIN_AZ_LOG | Should -Be 1
        Get-CallCount $env:STANDIN_AZACCOUNTS_LOG | Should -Be 1
    }

    It 'get az''s token, though the first has left by Ctrl+C, and az is started once' {
        $env:STANDIN_TOKEN = $token
        $callers += Start-Caller $ask $azAccounts, @{}
        Wait-Until { Get-CallCount $env:STANDIN_AZ_LOG }
        $callers += Start-Caller $ask $azAccounts, @{ TimeoutSec = 60 }
        Wait-Joined $callers[1]
        Stop-Caller $callers[0]
        Set-Content $env:STANDIN_AZ_GATE open
        (Receive-Caller $callers[1]).CredentialName | Should -Be 'AzureCli'
        Get-CallCount $env:STANDIN_AZ_LOG | Should -Be 1
        Get-CallCount $env:STANDIN_AZACCOUNTS_LOG | Should -Be 0
    }

    It 'get the error that is theirs, though the first has left' {
        Disconnect-AzAccount
        $callers += Start-Caller $ask $azAccounts, @{}
        Wait-Until { Get-CallCount $env:STANDIN_AZ_LOG }
        $callers += Start-Caller $ask $azAccounts, @{ TimeoutSec = 60 }
        Wait-Joined $callers[1]
        Stop-Caller $callers[0]
        Set-Content $env:STANDIN_AZ_GATE open
        Receive-Caller $callers[1] | Should -BeNullOrEmpty
        $problem = $callers[1].Streams.Error[0]
        $problem.FullyQualifiedErrorId | Should -BeExactly 'CredentialUnavailable,MonitorToken.Commands.GetMonitorTokenCommand'
        "$problem" | Should -Match '(?s)1\. AzureCli: .*az login.*2\. AzurePowerShell: .*Run Connect-AzAccount to login'
        Get-CallCount $env:STANDIN_AZ_LOG | Should -Be 1
        Get-CallCount $env:STANDIN_AZACCOUNTS_LOG | Should -Be 1
    }

    It 'leave nothing behind that goes on asking, when all have left' {
        foreach ($i in 1..2) { $callers += Start-Caller $ask $azAccounts, @{} }
        Wait-Until { Get-CallCount $env:STANDIN_AZ_LOG }
        $callers | ForEach-Object { Wait-Joined $_ }
        $callers | ForEach-Object { Stop-Caller $_ }
        $id = Get-Content $env:STANDIN_AZ_LOG
        Wait-Until { -not (Get-Process -Id $id -ErrorAction Ignore) }
        Set-Content $env:STANDIN_AZ_GATE open
        # The next caller begins anew.
        $callers += Start-Caller $ask $azAccounts, @{}
        (Receive-Caller $callers[2]).GetPlainText() | Should -BeExactly $token
        Get-CallCount $env:STANDIN_AZ_LOG | Should -Be 2
        Get-CallCount $env:STANDIN_AZACCOUNTS_LOG | Should -Be 1
    }
}

Describe 'Callers with one script' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $log = Join-Path $TestDrive "$([guid]::NewGuid()).log"
        $callers = @()
    }

    AfterEach {
        foreach ($caller in $callers) { $caller.Dispose() }
    }

    It 'have it run in the session that is left, once, when the first leaves <how> while it runs' -ForEach @(
        @{ How = 'by Ctrl+C'; TimeoutSec = 60; Leave = { Stop-Caller $callers[0] } }
        @{ How = 'by a shorter -TimeoutSec'; TimeoutSec = 3; Leave = { $null = Receive-Caller $callers[0]; "$($callers[0].Streams.Error)" | Should -Match 'within 3 seconds' } }
    ) {
        # In the first session it hangs for longer than anybody here waits.
        $credential = Get-MonitorTokenCredential @app -FederatedTokenScript ([scriptblock]::Create(@"
Add-Content '$log' ([runspace]::DefaultRunspace.Id)
if (@(Get-Content '$log').Count -eq 1) { Start-Sleep 600 }
'$((New-EmulatorItem assertions).token)'
"@))
        $ask = 'param($credential, $seconds) $credential | Get-MonitorToken LogAnalytics -TimeoutSec $seconds'
        $callers += Start-Caller $ask $credential, $timeoutSec
        Wait-Until { Get-CallCount $log }
        $callers += Start-Caller $ask $credential, 60
        Wait-Until { $callers[1].Streams.Progress.Count -gt 0 }
        . $leave
        (Receive-Caller $callers[1]).CredentialName | Should -Be 'FederatedToken'
        Get-Content $log | Should -Be $callers[0].Runspace.Id, $callers[1].Runspace.Id
        @(Get-Request).Count | Should -Be 1
    }
}
