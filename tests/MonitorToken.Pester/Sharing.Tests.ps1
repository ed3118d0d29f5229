# What runspaces of one process share: a person's sign-in, a credential; and what they must not: each other's lives.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $signIn = 'param($hint) Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -DeviceCode'

    function Get-Code($Caller) {
        $shown = "$($Caller.Streams.Information)"
        if ($shown -match 'enter the code (\w+)') { $Matches[1] }
    }
}

Describe 'Runspaces that share a sign-in' {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        $null = New-EmulatorItem device-codes/settings @{ interval = 1 }
        $callers = @()
    }

    AfterEach {
        foreach ($caller in $callers) { $caller.Dispose() }
    }

    It 'both see the code, and one entry serves both' {
        $callers += Start-Caller $signIn
        Wait-Until { Get-Code $callers[0] }
        $callers += Start-Caller $signIn
        Wait-Until { Get-Code $callers[1] }
        $code = Get-Code $callers[0]
        Get-Code $callers[1] | Should -BeExactly $code
        $null = New-EmulatorItem "device-codes/$code" @{ approve = $true }
        foreach ($caller in $callers) { (Receive-Caller $caller).CredentialName | Should -Be 'DeviceCode' }
        @(Get-Request | Where-Object path -like '*/devicecode') | Should -HaveCount 1
    }

    It 'lose nothing when the first leaves: the code that the second sees still counts' {
        $callers += Start-Caller $signIn
        Wait-Until { Get-Code $callers[0] }
        $callers += Start-Caller $signIn
        Wait-Until { Get-Code $callers[1] }
        Stop-Caller $callers[0]
        $null = New-EmulatorItem "device-codes/$(Get-Code $callers[1])" @{ approve = $true }
        (Receive-Caller $callers[1]).CredentialName | Should -Be 'DeviceCode'
        @(Get-Request | Where-Object path -like '*/devicecode') | Should -HaveCount 1
    }

    It 'is not shown a code that counts no more' {
        $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 1 }
        $callers += Start-Caller $signIn
        $null = Receive-Caller $callers[0]
        $callers += Start-Caller "$signIn -ForceRefresh"
        (Receive-Caller $callers[1]).CredentialName | Should -Be 'DeviceCode'
        Get-Code $callers[0] | Should -Not -BeNullOrEmpty
        Get-Code $callers[1] | Should -BeNullOrEmpty
    }

    It 'is not kept alive by the sign-in that it has begun' {
        $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 1 }
        # In a function of its own, so that no local variable keeps it.
        function Invoke-Once([string] $Script) {
            $caller = Start-Caller $Script
            $null = Receive-Caller $caller
            $runspace = $caller.Runspace
            $weak = [WeakReference]::new($runspace)
            $caller.Dispose()
            $runspace.Dispose()
            $weak
        }
        # What PowerShell itself keeps of a runspace is seen with one that has signed in nobody.
        $control = Invoke-Once 'Get-MonitorResource LogAnalytics'
        $weak = Invoke-Once $signIn
        for ($i = 0; $i -lt 40 -and ($weak.IsAlive -or $control.IsAlive); $i++) {
            [GC]::Collect(); [GC]::WaitForPendingFinalizers(); Start-Sleep -Milliseconds 100
        }
        if ($control.IsAlive) { Set-ItResult -Skipped -Because 'PowerShell keeps this runspace itself'; return }
        $weak.IsAlive | Should -BeFalse
        # And the person is still signed in.
        Clear-Emulator
        $null = Get-MonitorToken ResourceManager -TenantId $env:EMULATOR_TENANT_ID -DeviceCode
        @(Get-Request | Where-Object path -like '*/devicecode') | Should -BeNullOrEmpty
    }
}

Describe 'Runspaces that share a credential' {
    It 'read whole times of it, whoever renews' {
        Clear-Emulator
        $application = New-Application
        $credential = Get-MonitorTokenCredential @application
        $module = $env:MONITORTOKEN_MODULE
        $seen = 1..16 | ForEach-Object -ThrottleLimit 16 -Parallel {
            Import-Module $using:module
            $shared = $using:credential
            foreach ($i in 1..20) {
                $null = $shared | Get-MonitorToken LogAnalytics -ForceRefresh:($i % 5 -eq 0)
                $shared.TokenExpiresOn
            }
        }
        $seen | Should -HaveCount 320
        $now = [DateTimeOffset]::UtcNow
        foreach ($time in $seen) {
            $time.Offset | Should -Be ([TimeSpan]::Zero)
            ($time - $now).TotalMinutes -gt 50 -and ($time - $now).TotalMinutes -lt 61 | Should -BeTrue
        }
    }
}
