# A deadline and Ctrl+C hold whatever is being waited for: a script, the session's Az.Accounts, a tool. Each hangs for
# ten minutes, far longer than these tests wait.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $env:STANDIN_AZACCOUNTS_LOG = $env:WAITING_LOG = Join-Path $TestDrive calls.log
    $compiled = New-AzAccounts (New-LibraryFolder)

    $folder = New-Item -ItemType Directory -Path (Join-Path $TestDrive script/Az.Accounts)
    Set-Content "$folder/Az.Accounts.psm1" @'
function Get-AzAccessToken {
    [CmdletBinding()] param([string] $ResourceUrl, [string] $TenantId, [switch] $AsSecureString)
    Add-Content $env:STANDIN_AZACCOUNTS_LOG $ResourceUrl
    if ($env:STANDIN_AZACCOUNTS -eq 'Hang') { Start-Sleep 600 }
    [pscustomobject]@{ Token = ConvertTo-SecureString $env:STANDIN_TOKEN -AsPlainText -Force; ExpiresOn = [DateTimeOffset]::UtcNow.AddHours(1) }
}
'@
    New-ModuleManifest -Path "$folder/Az.Accounts.psd1" -RootModule Az.Accounts.psm1 -ModuleVersion 4.0.2 -FunctionsToExport Get-AzAccessToken
    $scripted = "$folder/Az.Accounts.psd1"

    # Its code runs before the command is called: to know the parameters, PowerShell has to ask for the dynamic ones.
    $folder = New-Item -ItemType Directory -Path (Join-Path $TestDrive dynamic/Az.Accounts)
    Set-Content "$folder/Az.Accounts.psm1" @'
function Get-AzAccessToken {
    [CmdletBinding()] param([string] $ResourceUrl, [string] $TenantId, [switch] $AsSecureString)
    dynamicparam { if ($env:STANDIN_AZACCOUNTS -eq 'Hang') { Add-Content $env:STANDIN_AZACCOUNTS_LOG parameters; Start-Sleep 600 } }
    end {
        Add-Content $env:STANDIN_AZACCOUNTS_LOG $ResourceUrl
        [pscustomobject]@{ Token = ConvertTo-SecureString $env:STANDIN_TOKEN -AsPlainText -Force; ExpiresOn = [DateTimeOffset]::UtcNow.AddHours(1) }
    }
}
'@
    New-ModuleManifest -Path "$folder/Az.Accounts.psd1" -RootModule Az.Accounts.psm1 -ModuleVersion 4.0.2 -FunctionsToExport Get-AzAccessToken
    $dynamic = "$folder/Az.Accounts.psd1"

    # The first token of a process takes a busy machine longer than the second that is waited for below.
    $first = New-Application
    $null = Get-MonitorToken LogAnalytics @first

    # A process that has ended, but that nobody has taken notice of yet, is none any more.
    function Test-Process([int] $Id) { [bool] (ps -o stat= -p $Id | Where-Object { $_ -notlike 'Z*' }) }
}

Describe 'What hangs' {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        Remove-Item $env:WAITING_LOG -ErrorAction Ignore
        $env:STANDIN_AZACCOUNTS = 'Hang'
        $path = $env:PATH
        $env:STANDIN_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
        $application = New-Application
        $env:WAITING_TENANT, $env:WAITING_CLIENT = $application.TenantId, $application.ClientId
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($application.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $env:WAITING_ASSERTION = (New-EmulatorItem assertions).token
    }

    AfterEach {
        if ($caller) { $caller.Dispose() }
        $env:STANDIN_AZACCOUNTS = $env:STANDIN_TOKEN = $null
        $env:PATH = $path
    }

    Context '<what>' -ForEach @(
        @{
            What = 'a script of the caller''s'
            Hang = 'param($module, $more) $script = { Add-Content $env:WAITING_LOG hang; Start-Sleep 600 }; Get-MonitorToken LogAnalytics -TenantId $env:WAITING_TENANT -ClientId $env:WAITING_CLIENT -FederatedTokenScript $script @more'
            Go   = 'Get-MonitorToken LogAnalytics -TenantId $env:WAITING_TENANT -ClientId $env:WAITING_CLIENT -FederatedTokenScript { $env:WAITING_ASSERTION }'
        }
        @{
            What = 'the session''s Az.Accounts, compiled'
            Module = 'compiled'
            Hang = 'param($module, $more) Import-Module $module; Connect-AzAccount -Token $env:STANDIN_TOKEN; Get-MonitorToken LogAnalytics -AzurePowerShell @more'
            Go   = '$env:STANDIN_AZACCOUNTS = $null; Get-MonitorToken LogAnalytics -AzurePowerShell'
        }
        @{
            What = 'the session''s Az.Accounts, as a script'
            Module = 'scripted'
            Hang = 'param($module, $more) Import-Module $module; Get-MonitorToken LogAnalytics -AzurePowerShell @more'
            Go   = '$env:STANDIN_AZACCOUNTS = $null; Get-MonitorToken LogAnalytics -AzurePowerShell'
        }
        @{
            What = 'the parameters of the session''s Az.Accounts'
            Module = 'dynamic'
            Hang = 'param($module, $more) Import-Module $module; Get-MonitorToken LogAnalytics -AzurePowerShell @more'
            Go   = '$env:STANDIN_AZACCOUNTS = $null; Get-MonitorToken LogAnalytics -AzurePowerShell'
        }
    ) {
        BeforeEach {
            $which = switch ($module) { compiled { $compiled } scripted { $scripted } dynamic { $dynamic } default { '' } }
        }

        It 'does not outlast -TimeoutSec, and the pipeline goes on' {
            $caller = Start-Caller "$hang; 1..3 | ForEach-Object { `$_ }; `$($go).CredentialName" $which, @{ TimeoutSec = 1; ErrorAction = 'Continue' }
            Receive-Caller $caller | Should -Be 1, 2, 3, $(if ($module) { 'AzurePowerShell' } else { 'FederatedToken' })
            @($caller.Streams.Error)[0].FullyQualifiedErrorId | Should -BeExactly 'Timeout,MonitorToken.Commands.GetMonitorTokenCommand'
            @($caller.Streams.Error)[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
            $caller.Streams.Error | Should -HaveCount 1
            # It is the script that has hung, not somebody before it.
            Get-CallCount $env:WAITING_LOG | Should -Be $(if ($module) { 2 } else { 1 })
        }

        It 'is left at Ctrl+C, and the runspace goes on' {
            $caller = Start-Caller $hang $which, @{}
            Wait-Until { Get-CallCount $env:WAITING_LOG }
            Stop-Caller $caller
            $caller.Streams.Error | Should -BeNullOrEmpty
            $caller.Commands.Clear()
            ($caller.AddScript("`$($go).CredentialName").Invoke()) | Should -Be $(if ($module) { 'AzurePowerShell' } else { 'FederatedToken' })
        }
    }

    It 'is not begun after the deadline, which nothing would stop it at' {
        $env:STANDIN_AZACCOUNTS = 'HangAfterDeadline'
        $caller = Start-Caller 'param($module) Import-Module $module; Connect-AzAccount -Token $env:STANDIN_TOKEN; Get-MonitorToken LogAnalytics -AzurePowerShell -TimeoutSec 1' (, $compiled)
        $null = Receive-Caller $caller
        @($caller.Streams.Error)[0].FullyQualifiedErrorId | Should -BeExactly 'Timeout,MonitorToken.Commands.GetMonitorTokenCommand'
        Get-CallCount $env:WAITING_LOG | Should -Be 0
    }

    It 'is ended with the program that it has started: <leave>' -Skip:(-not $IsLinux) -ForEach @(@{ Leave = '-TimeoutSec' }, @{ Leave = 'Ctrl+C' }) {
        $ask = 'param($more) Get-MonitorToken LogAnalytics -TenantId $env:WAITING_TENANT -ClientId $env:WAITING_CLIENT -FederatedTokenScript { sh -c ''echo $$ > "$WAITING_LOG"; exec sleep 600'' } @more'
        if ($leave -eq 'Ctrl+C') {
            $caller = Start-Caller $ask (, @{})
            Wait-Until { Get-CallCount $env:WAITING_LOG }
            Stop-Caller $caller
        }
        else {
            $caller = Start-Caller $ask (, @{ TimeoutSec = 2 })
            $null = Receive-Caller $caller
            $caller.Streams.Error[0].FullyQualifiedErrorId | Should -Match '^Timeout,'
        }
        $id = [int] (Get-Content $env:WAITING_LOG)
        Wait-Until { -not (Test-Process $id) }
    }
}

# Two that wait for the member's own deadline, as nobody has said another: side by side, since that is 15 seconds.
Describe 'A member of a chain that hangs' -Skip:(-not $IsLinux) {
    BeforeAll {
        Clear-MonitorTokenCache
        $env:STANDIN_AZACCOUNTS = 'Hang'
        $env:STANDIN_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
        $null = New-Item -ItemType Directory "$TestDrive/chain-bin"
        Set-Content "$TestDrive/chain-bin/azd" "#!/bin/sh`necho '{`"token`":`"$env:STANDIN_TOKEN`",`"expiresOn`":`"$([DateTime]::UtcNow.AddHours(1).ToString('yyyy-MM-ddTHH:mm:ssZ'))`"}'"
        chmod +x "$TestDrive/chain-bin/azd"
        $path = $env:PATH
        $env:PATH = "$TestDrive/chain-bin" + [IO.Path]::PathSeparator + $env:PATH
        Remove-Item $env:WAITING_LOG -ErrorAction Ignore
        # Neither joins the other: what they ask for is not the same.
        $callers = foreach ($one in @{ Resource = 'LogAnalytics'; From = $compiled }, @{ Resource = 'ResourceManager'; From = $scripted }) {
            Start-Caller 'param($module, $resource) Import-Module $module; Get-MonitorToken $resource -Include AzurePowerShell, AzureDeveloperCli -Verbose' $one.From, $one.Resource
        }
    }

    AfterAll {
        foreach ($caller in $callers) { $caller.Dispose() }
        $env:PATH = $path
        $env:STANDIN_AZACCOUNTS = $env:STANDIN_TOKEN = $null
    }

    It 'does not keep it from the next one: the session''s Az.Accounts, <what>' -ForEach @(
        @{ What = 'compiled'; Number = 0; Asked = 'https://api.loganalytics.io' }
        @{ What = 'as a script'; Number = 1; Asked = 'https://management.azure.com' }
    ) {
        (Receive-Caller $callers[$number]).CredentialName | Should -Be 'AzureDeveloperCli'
        # A little of it goes by on a busy machine before the member is asked.
        "$($callers[$number].Streams.Verbose.Message)" | Should -Match 'AzurePowerShell didn''t get a token within 1[45](\.\d)? seconds'
        @(Get-Content $env:WAITING_LOG | Where-Object { $_ -like "$asked*" }) | Should -HaveCount 1
    }
}

Describe 'An az that hangs' -Skip:(-not $IsLinux) {
    BeforeEach {
        Clear-MonitorTokenCache
        Remove-Item $env:WAITING_LOG -ErrorAction Ignore
        $path = $env:PATH
        $folder = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid()))
        # As when it has begun to upload its telemetry; the child even leaves the group.
        Set-Content "$folder/az" @'
#!/bin/sh
setsid sleep 600 &
away=$!
sleep 600 &
echo "$$ $away $!" > "$WAITING_LOG.tmp"
mv "$WAITING_LOG.tmp" "$WAITING_LOG"
sleep 600
'@
        chmod +x "$folder/az"
        $env:PATH = "$folder" + [IO.Path]::PathSeparator + $env:PATH
        $ask = 'param($more) Get-MonitorToken LogAnalytics @more'

        function Wait-Az {
            Wait-Until { Test-Path $env:WAITING_LOG }
            $ids = [int[]] (-split (Get-Content $env:WAITING_LOG))
            $ids | Should -HaveCount 3
            $ids
        }
    }

    AfterEach {
        if ($caller) { $caller.Dispose() }
        $env:PATH = $path
        # What a test that has failed has left.
        foreach ($id in $ids | Where-Object { Test-Process $_ }) { Stop-Process -Id $id }
    }

    It 'is gone after -TimeoutSec, with what it has started: <with>' -ForEach @(
        @{ With = '-AzureCli'; More = @{ AzureCli = $true; TimeoutSec = 2 } }
        @{ With = 'the chain'; More = @{ Include = 'AzureCli', 'AzureDeveloperCli'; TimeoutSec = 2 } }
    ) {
        $caller = Start-Caller $ask (, $more)
        $ids = Wait-Az
        $null = Receive-Caller $caller
        $caller.Streams.Error[0].FullyQualifiedErrorId | Should -Match '^Timeout,'
        Wait-Until { -not ($ids | Where-Object { Test-Process $_ }) }
    }

    It 'is gone after Ctrl+C, with what it has started: <with>' -ForEach @(
        @{ With = '-AzureCli'; More = @{ AzureCli = $true } }
        @{ With = 'the chain'; More = @{ Include = 'AzureCli', 'AzureDeveloperCli' } }
    ) {
        $caller = Start-Caller $ask (, $more)
        $ids = Wait-Az
        $ids | ForEach-Object { Test-Process $_ | Should -BeTrue }
        Stop-Caller $caller
        Wait-Until { -not ($ids | Where-Object { Test-Process $_ }) }
    }
}
