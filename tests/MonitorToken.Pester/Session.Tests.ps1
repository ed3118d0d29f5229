# What runs in the caller's own session: scripts, and its Az.Accounts. Deadlines hold, and its words are its own.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $modules = New-LibraryFolder
    $folder = New-Item -ItemType Directory -Path (Join-Path $modules Az.Accounts)
    $env:STANDIN_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
    $env:STANDIN_LOG = Join-Path $TestDrive calls.log
    # Compiled, as the real one is: it writes its errors, and heeds a stop.
    Add-Type -OutputAssembly "$folder/StandIn.dll" -TypeDefinition @'
using System;
using System.IO;
using System.Management.Automation;
using System.Threading;
[Cmdlet(VerbsCommon.Get, "AzAccessToken")]
public class GetAzAccessTokenCommand : PSCmdlet {
    private readonly ManualResetEventSlim _stop = new ManualResetEventSlim();
    [Parameter] public string ResourceUrl { get; set; }
    [Parameter] public string TenantId { get; set; }
    protected override void StopProcessing() { _stop.Set(); }
    protected override void ProcessRecord() {
        File.AppendAllText(Environment.GetEnvironmentVariable("STANDIN_LOG"), "asked\n");
        if (Environment.GetEnvironmentVariable("STANDIN_HANGS") == "1") { _stop.Wait(30000); return; }
        string error = Environment.GetEnvironmentVariable("STANDIN_ERROR");
        if (!string.IsNullOrEmpty(error)) {
            var record = new ErrorRecord(new InvalidOperationException(error), "StandIn", ErrorCategory.AuthenticationError, null);
            if (Environment.GetEnvironmentVariable("STANDIN_THROWS") == "1") ThrowTerminatingError(record);
            WriteError(record);
            return;
        }
        var answer = new PSObject();
        answer.Properties.Add(new PSNoteProperty("Token", Environment.GetEnvironmentVariable("STANDIN_TOKEN")));
        answer.Properties.Add(new PSNoteProperty("ExpiresOn", DateTimeOffset.UtcNow.AddHours(1)));
        WriteObject(answer);
    }
}
'@
    New-ModuleManifest -Path "$folder/Az.Accounts.psd1" -RootModule StandIn.dll -ModuleVersion 5.0.0 -CmdletsToExport Get-AzAccessToken

    # A session in which a script can be left, as with Ctrl+C, when its stand-in was called so many times.
    function Start-Session([string] $Script, [hashtable] $Variables = @{}) {
        $shell = [powershell]::Create()
        foreach ($name in $Variables.Keys) { $shell.Runspace.SessionStateProxy.SetVariable($name, $Variables[$name]) }
        $null = $shell.AddScript("Import-Module `$env:MONITORTOKEN_MODULE`n$Script")
        @{ Shell = $shell; Result = $shell.BeginInvoke() }
    }
    function Wait-Until([scriptblock] $Condition) {
        for ($i = 0; $i -lt 300 -and -not (& $Condition); $i++) { Start-Sleep -Milliseconds 50 }
        & $Condition | Should -BeTrue -Because "$Condition"
    }
    function Get-Call { @(Get-Content $env:STANDIN_LOG -ErrorAction Ignore).Count }
}

AfterAll { $env:STANDIN_TOKEN = $env:STANDIN_LOG = $null }

Describe 'The session''s Az.Accounts' {
    BeforeEach {
        Set-Content $env:STANDIN_LOG $null
        Import-Module "$folder/Az.Accounts.psd1"
    }

    AfterEach {
        $env:STANDIN_HANGS = $env:STANDIN_ERROR = $env:STANDIN_THROWS = $null
        Remove-Module Az.Accounts -ErrorAction Ignore
    }

    It 'gives its token' {
        (Get-MonitorToken LogAnalytics -AzurePowerShell).GetPlainText() | Should -BeExactly $env:STANDIN_TOKEN
    }

    It 'is told in its own words alone, with one record in $Error, where it <how>' -ForEach @(
        @{ How = 'writes an error'; Throws = $null }
        @{ How = 'throws it'; Throws = '1' }
    ) {
        $env:STANDIN_ERROR = 'Your Azure credentials have not been set up.'
        $env:STANDIN_THROWS = $throws
        $global:Error.Clear()
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzurePowerShell }
        "$thrown" | Should -BeExactly 'This session''s Get-AzAccessToken didn''t return a token: Your Azure credentials have not been set up.'
        "$thrown" | Should -Not -Match 'preference variable'
        @($global:Error).Count | Should -Be 1
    }

    It 'cannot keep anybody longer than -TimeoutSec, and the session is usable afterwards' {
        $env:STANDIN_HANGS = '1'
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzurePowerShell -TimeoutSec 1 }
        $thrown.FullyQualifiedErrorId | Should -Match '^Timeout,'
        $env:STANDIN_HANGS = $null
        (Get-MonitorToken LogAnalytics -AzurePowerShell).CredentialName | Should -Be 'AzurePowerShell'
    }

    It 'leaves nothing of the earlier login to whoever logs in afterwards, be it the same account' {
        $first = Get-MonitorToken LogAnalytics -AzurePowerShell
        $before = $env:STANDIN_TOKEN
        try {
            $env:STANDIN_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
            foreach ($second in (Get-MonitorToken LogAnalytics -AzurePowerShell), (Get-MonitorToken LogAnalytics -Include AzurePowerShell)) {
                $second.GetPlainText() | Should -BeExactly $env:STANDIN_TOKEN
                $second.Identity | Should -Be $first.Identity
            }
        }
        finally { $env:STANDIN_TOKEN = $before }
    }
}

Describe 'Two runspaces that ask the same chain' {
    BeforeAll {
        $bin = New-Item -ItemType Directory -Path (Join-Path $TestDrive bin)
        Set-Content "$bin/az" "#!/bin/sh`necho asked >> '$($env:STANDIN_LOG)'`nsleep 2`nexit 1"
        if (-not $IsWindows) { chmod +x "$bin/az" }
    }

    It 'do not need each other: the second goes on when the first <leaves>' -Skip:$IsWindows -ForEach @(
        @{ Leaves = 'is stopped'; More = '' }
        @{ Leaves = 'runs out of time'; More = '-TimeoutSec 1' }
    ) {
        Set-Content $env:STANDIN_LOG $null
        $path, $env:PATH = $env:PATH, "$bin$([IO.Path]::PathSeparator)$env:PATH"
        try {
            $script = "Import-Module '$folder/Az.Accounts.psd1'; Get-MonitorToken LogAnalytics -Include AzureCli, AzurePowerShell"
            $first = Start-Session "$script $more"
            Wait-Until { (Get-Call) -ge 1 }
            $second = Start-Session $script
            Start-Sleep -Milliseconds 300
            if (-not $more) { $null = $first.Shell.BeginStop($null, $null) }
            $token = $second.Shell.EndInvoke($second.Result)
            $token.CredentialName | Should -Be 'AzurePowerShell'
            # az once or twice, Az.Accounts once: nobody asks again and again.
            Get-Call | Should -BeLessOrEqual 4
        }
        finally {
            $env:PATH = $path
            $first.Shell.Dispose()
            $second.Shell.Dispose()
        }
    }
}

Describe 'A hanging az' {
    BeforeAll {
        $bin = New-Item -ItemType Directory -Path (Join-Path $TestDrive hangs)
        Set-Content "$bin/az" "#!/bin/sh`n(sleep 311 &)`necho asked >> '$($env:STANDIN_LOG)'`nsleep 312"
        if (-not $IsWindows) { chmod +x "$bin/az" }
        function Get-Sleeper { @(Get-Process sleep -ErrorAction Ignore | Where-Object CommandLine -match 'sleep 31[12]') }
    }

    BeforeEach {
        Set-Content $env:STANDIN_LOG $null
        $path, $env:PATH = $env:PATH, "$bin$([IO.Path]::PathSeparator)$env:PATH"
    }

    AfterEach { $env:PATH = $path }

    It 'is gone after -TimeoutSec, with all that it has started' -Skip:(-not $IsLinux) {
        (Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli -TimeoutSec 1 }).FullyQualifiedErrorId | Should -Match '^Timeout,'
        Get-Call | Should -Be 1
        Wait-Until { (Get-Sleeper).Count -eq 0 }
    }

    It 'is gone after Ctrl+C, with all that it has started' -Skip:(-not $IsLinux) {
        $session = Start-Session 'Get-MonitorToken LogAnalytics -AzureCli'
        Wait-Until { (Get-Call) -eq 1 }
        Wait-Until { (Get-Sleeper).Count -ge 2 }
        $session.Shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
        Wait-Until { (Get-Sleeper).Count -eq 0 }
        $session.Shell.Dispose()
    }
}

Describe 'A FederatedTokenScript' {
    BeforeAll {
        $application = New-Application
        $as = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
    }

    It 'cannot keep anybody longer than -TimeoutSec' {
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @as -FederatedTokenScript { Start-Sleep 30 } -TimeoutSec 1 }
        $thrown.FullyQualifiedErrorId | Should -Match '^Timeout,'
        1 + 1 | Should -Be 2
    }

    It 'is stopped by Ctrl+C' {
        $session = Start-Session 'Get-MonitorToken LogAnalytics @as -FederatedTokenScript { Set-Content $log started; Start-Sleep 30 }' @{ as = $as; log = "$TestDrive/started" }
        Wait-Until { Test-Path "$TestDrive/started" }
        $session.Shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
        $session.Shell.Dispose()
    }

    It 'that <does> is told in one sentence, with one record in $Error' -ForEach @(
        @{ Does = 'throws'; Script = { throw 'The vault is closed.' }; Says = 'failed: The vault is closed.' }
        @{ Does = 'stops at an error'; Script = { Write-Error 'The vault is closed.' -ErrorAction Stop }; Says = 'failed: The vault is closed.' }
        @{ Does = 'breaks'; Script = { break }; Says = 'failed: it returned no token' }
        @{ Does = 'continues'; Script = { continue }; Says = 'failed: it returned no token' }
        @{ Does = 'exits'; Script = { exit 3 }; Says = 'failed: it returned no token' }
        @{ Does = 'returns nothing'; Script = { }; Says = 'failed: it returned no token' }
        @{ Does = 'returns a number'; Script = { 42 }; Says = 'failed: it returned no token' }
    ) {
        $global:Error.Clear()
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @as -FederatedTokenScript $script }
        $thrown.FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
        "$thrown" | Should -Match ([regex]::Escape($says))
        "$thrown" | Should -Not -Match 'preference variable|Exception'
    }

    It 'keeps its own scope' {
        $module = New-Module { $secret = 'not a token'; function Get-Script { { $secret } } }
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @as -FederatedTokenScript (& $module { Get-Script }) }
        # What it returned went to Entra, which takes it for no assertion.
        $thrown.Exception.ErrorCode | Should -Match '^AADSTS'
    }
}

Describe 'A bare session' {
    It 'has a default chain although it has no command but ours' {
        $state = [initialsessionstate]::Create()
        $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new('Get-MonitorToken', (Get-Command Get-MonitorToken).ImplementingType, $null))
        $state.LanguageMode = 'FullLanguage'
        $runspace = [runspacefactory]::CreateRunspace($state)
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $token = $shell.AddCommand('Get-MonitorToken').AddParameter('Resource', 'LogAnalytics').Invoke()
        $token.CredentialName | Should -Be 'ManagedIdentity'
        $runspace.Dispose()
    }
}

Describe 'A German session' {
    It 'reads the date that the first App Service answers with' {
        $script = @'
[cultureinfo]::CurrentCulture = 'de-DE'
(Get-Date -Day 24 -Month 12 -Year 2026 -Format d)
$env:MSI_ENDPOINT, $env:MSI_SECRET = $env:EMULATOR_MSI_ENDPOINT, $env:EMULATOR_MSI_SECRET
Import-Module $env:MONITORTOKEN_MODULE
$token = Get-MonitorToken LogAnalytics -ManagedIdentity -ClientId $env:EMULATOR_USER_IDENTITY_CLIENT_ID
[int] $token.ExpiresIn.TotalHours
'@
        $date, $hours = Invoke-FreshPowerShell $script
        if ($date -ne '24.12.2026') { Set-ItResult -Skipped -Because 'this machine has no German culture (ICU)' }
        [int] $hours | Should -BeIn (22..24)
        (Get-Request)[-1].query.'api-version' | Should -Be '2017-09-01'
    }
}
