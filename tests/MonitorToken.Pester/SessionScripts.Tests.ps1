# What a script or Az.Accounts of the caller's does, and what the caller finds of it; sessions that are not as usual.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $env:STANDIN_AZACCOUNTS_LOG = Join-Path $TestDrive calls.log
    $azAccounts = New-AzAccounts (Join-Path $TestDrive modules)

    # PowerShell's and .NET's words for what happened to a script are no news to whoever wrote it.
    $notOurs = 'running command stopped|preference variable|Exception|pipeline has been stopped|Object reference|BreakException|ContinueException'
}

Describe 'A script of -FederatedTokenScript' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $assertion = (New-EmulatorItem assertions).token
    }

    It 'that <does> has failed, which is said in a sentence and once' -ForEach @(
        @{ Does = 'throws'; Script = { throw 'no vault today' }; Says = 'has failed: no vault today$' }
        @{ Does = 'throws an exception'; Script = { throw [InvalidOperationException]::new('no vault today') }; Says = 'has failed: no vault today$' }
        @{ Does = 'writes an error and stops'; Script = { Write-Error 'no vault today' -ErrorAction Stop }; Says = 'has failed: no vault today$' }
        @{ Does = 'writes an error and returns nothing'; Script = { Write-Error 'no vault today' }; Says = 'has failed: no vault today$' }
        @{ Does = 'fails in a command'; Script = { Get-Item /nowhere/at/all -ErrorAction Stop }; Says = 'has failed: .*/nowhere/at/all' }
        @{ Does = 'fails where $ErrorActionPreference is Stop'; Script = { $ErrorActionPreference = 'Stop'; Get-Item /nowhere/at/all }; Says = 'has failed: .*/nowhere/at/all' }
        @{ Does = 'names a command that is not there'; Script = { Get-NothingAtAll }; Says = 'has failed: .*Get-NothingAtAll' }
        @{ Does = 'divides by zero'; Script = { 1 / $null }; Says = 'has failed: Attempted to divide by zero' }
        @{ Does = 'breaks'; Script = { break }; Says = 'left by a break, continue or exit|returned no token' }
        @{ Does = 'continues'; Script = { continue }; Says = 'left by a break, continue or exit|returned no token' }
        @{ Does = 'breaks to a label'; Script = { break outer }; Says = 'left by a break, continue or exit|returned no token' }
        @{ Does = 'exits'; Script = { exit 3 }; Says = 'left by a break, continue or exit|returned no token' }
        @{ Does = 'returns nothing'; Script = { }; Says = 'returned no token' }
        @{ Does = 'returns null'; Script = { $null }; Says = 'returned no token' }
        @{ Does = 'returns blanks'; Script = { "  `n" }; Says = 'returned no token' }
        @{ Does = 'returns a number'; Script = { 42 }; Says = 'returned no token' }
        @{ Does = 'returns a PSCredential'; Script = { [pscredential]::new('u', (ConvertTo-SecureString 'canary-in-a-credential' -AsPlainText -Force)) }; Says = 'returned no token' }
        @{ Does = 'returns a hashtable'; Script = { @{ token = 'canary-in-a-table' } }; Says = 'returned no token' }
        @{ Does = 'returns an empty SecureString'; Script = { [securestring]::new() }; Says = 'returned no token' }
    ) {
        $Error.Clear()
        # Would a break get out, it would end this loop, and what follows would not be reached.
        $reached = $false
        foreach ($once in 1) {
            try { $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript $script } catch { $thrown = $_ }
            $reached = $true
        }
        $reached | Should -BeTrue
        $thrown.FullyQualifiedErrorId | Should -BeExactly 'AuthenticationFailed,MonitorToken.Commands.GetMonitorTokenCommand'
        "$thrown" | Should -Match $says
        "$thrown" | Should -Not -Match $notOurs
        "$thrown" | Should -Not -Match 'canary'
        "$thrown" | Should -Not -Match '[\r\n]'
        $Error | Should -HaveCount 1
        "$($Error[0])" | Should -Be "$thrown"
        Get-Request | Should -BeNullOrEmpty
    }

    It 'that <does> has done its work' -ForEach @(
        @{ Does = 'returns a string'; Script = { $assertion } }
        @{ Does = 'returns a string with a line break'; Script = { "$assertion`r`n" } }
        @{ Does = 'returns a SecureString'; Script = { ConvertTo-Secret $assertion } }
        @{ Does = 'returns the token last'; Script = { 'Fetching'; 17; $assertion } }
        @{ Does = 'returns early'; Script = { return $assertion; throw 'never' } }
        @{ Does = 'has survived an error of its own'; Script = { try { throw 'first' } catch { $assertion } } }
        @{ Does = 'has loops of its own'; Script = { foreach ($i in 1..3) { if ($i -eq 2) { break } }; $assertion } }
        @{ Does = 'writes an error, but has a token'; Script = { Write-Error 'never mind' -ErrorAction SilentlyContinue; $assertion } }
    ) {
        (Get-MonitorToken LogAnalytics @app -FederatedTokenScript $script).CredentialName | Should -Be 'FederatedToken'
        (Get-Request).form.client_assertion | Should -BeExactly $assertion
    }

    It 'is heard in the caller''s streams: warnings, verbose and information' {
        $caller = Start-Caller 'param($app, $assertion) Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Write-Warning careful; Write-Verbose ''in detail'' -Verbose; Write-Information ''by the way''; Write-Host ''to the host''; $assertion }' $app, $assertion
        try {
            # Its output is no output of the command's.
            Receive-Caller $caller | Should -BeOfType MonitorToken.AccessToken
            $caller.Streams.Warning | Should -Be 'careful'
            "$($caller.Streams.Verbose)" | Should -Be 'in detail'
            "$($caller.Streams.Information)" | Should -Be 'by the way to the host'
            $caller.Streams.Error | Should -BeNullOrEmpty
        }
        finally { $caller.Dispose() }
    }

    It 'sees the variables and functions of the module that it comes from' {
        $vault = New-Module -Name PesterVault {
            $script:assertion = $null
            $script:runs = 0
            function Set-Assertion($Value) { $script:assertion = $Value }
            function Read-Private { $script:runs++; $script:assertion }
            function Get-Runs { $script:runs }
            function Get-TokenScript { { Read-Private } }
            Export-ModuleMember -Function Set-Assertion, Get-TokenScript, Get-Runs
        }
        Set-Assertion $assertion
        (Get-MonitorToken LogAnalytics @app -FederatedTokenScript (Get-TokenScript)).CredentialName | Should -Be 'FederatedToken'
        Get-Runs | Should -Be 1
        Remove-Module $vault
    }

    It 'sees what a closure has closed over, and leaves the caller''s variables alone' {
        $x = 'mine'
        $closed = & { $captured = $assertion; { $x = 'its own'; $captured }.GetNewClosure() }
        $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript $closed
        $null = Get-MonitorToken ResourceManager @app -FederatedTokenScript { $x = 'its own'; (New-EmulatorItem assertions).token }
        $x | Should -Be 'mine'
    }

    It 'may ask for a token itself' {
        $own = New-Application
        $script = { $null = Get-MonitorToken ResourceManager @own; $assertion }
        (Get-MonitorToken LogAnalytics @app -FederatedTokenScript $script).CredentialName | Should -Be 'FederatedToken'
        Get-Request | Should -HaveCount 2
    }

    It 'that fails at renewal costs nothing: the token in memory goes on' {
        $null = Invoke-RestMethod -Method Post -Uri $env:EMULATOR_ADMIN/faults -ContentType application/json -Body (@{ tokenLifetimeSeconds = 100; times = 1 } | ConvertTo-Json)
        $fails = @{ yes = $false }
        $script = { if ($fails.yes) { throw 'no vault today' }; $assertion }.GetNewClosure()
        $first = Get-MonitorToken LogAnalytics @app -FederatedTokenScript $script
        $fails.yes = $true
        # Longer than the token in hand has, so that it has to be renewed; then less, which it still has.
        (Get-ThrownError { Get-MonitorToken LogAnalytics @app -FederatedTokenScript $script -MinimumLifetime 0:30:00 }).FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
        (Get-MonitorToken LogAnalytics @app -FederatedTokenScript $script).GetPlainText() | Should -BeExactly $first.GetPlainText()
    }
}

Describe 'The session''s Az.Accounts' {
    BeforeEach {
        Clear-Emulator
        Remove-Item $env:STANDIN_AZACCOUNTS_LOG -ErrorAction Ignore
        $path = $env:PATH
        # No tool of this machine's takes part.
        $env:PATH = ''
        Import-Module $azAccounts
        $one, $two = 1..2 | ForEach-Object { (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token }
        Connect-AzAccount -Token $one
    }

    AfterEach {
        $env:PATH = $path
        $env:STANDIN_AZACCOUNTS = $null
        Disconnect-AzAccount
        Remove-Module Az.Accounts
    }

    It 'that fails by <how> is quoted alone, and leaves one record in $Error, <with>' -ForEach @(
        @{ How = 'WriteError'; With = 'alone'; Way = @{ AzurePowerShell = $true } }
        @{ How = 'Terminate'; With = 'alone'; Way = @{ AzurePowerShell = $true } }
        @{ How = 'WriteError'; With = 'in a chain'; Way = @{ Include = 'AzurePowerShell', 'AzureDeveloperCli' } }
        @{ How = 'Terminate'; With = 'in a chain'; Way = @{ Include = 'AzurePowerShell', 'AzureDeveloperCli' } }
        @{ How = 'WriteError'; With = 'alone, with -ErrorAction Stop'; Way = @{ AzurePowerShell = $true; ErrorAction = 'Stop' } }
        @{ How = 'WriteError'; With = 'alone, with -ErrorAction SilentlyContinue'; Way = @{ AzurePowerShell = $true; ErrorAction = 'SilentlyContinue' } }
    ) {
        $env:STANDIN_AZACCOUNTS = $how
        foreach ($preference in 'Continue', 'Stop', 'SilentlyContinue') {
            $Error.Clear()
            $thrown = & {
                $ErrorActionPreference = $preference
                try { Get-MonitorToken LogAnalytics @way } catch { $_ }
            } 2>&1
            $thrown | Should -HaveCount 1
            "$thrown" | Should -Match "This session's Get-AzAccessToken gave no token: Run Connect-AzAccount to login\."
            "$thrown" | Should -Not -Match $notOurs
            $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
            $Error | Should -HaveCount 1 -Because $preference
        }
    }

    It 'leaves what was in $Error before, and is not heard where another way of the chain has worked' {
        $env:STANDIN_AZACCOUNTS = 'WriteError'
        $application = New-Application
        $Error.Clear()
        try { throw 'earlier' } catch { $null = $_ }
        $credential = (Get-MonitorTokenCredential -AzurePowerShell), (Get-MonitorTokenCredential @application)
        $output = Get-MonitorToken LogAnalytics -Credential $credential 2>&1 3>&1
        $output.CredentialName | Should -Be 'ClientSecret'
        "$Error" | Should -Be 'earlier'
    }

    It 'counts as of now: after a logout and a new login, even as the same account, nothing from before is returned, <with>' -ForEach @(
        @{ With = 'alone'; Way = @{ AzurePowerShell = $true } }
        @{ With = 'in the default chain'; Way = @{ Exclude = 'ManagedIdentity' } }
    ) {
        1..2 | ForEach-Object { (Get-MonitorToken LogAnalytics @way).GetPlainText() | Should -BeExactly $one }
        Disconnect-AzAccount
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @way }
        "$thrown" | Should -Match 'Run Connect-AzAccount to login'
        Connect-AzAccount -Token $two
        1..2 | ForEach-Object { (Get-MonitorToken LogAnalytics @way).GetPlainText() | Should -BeExactly $two }
        Get-CallCount $env:STANDIN_AZACCOUNTS_LOG | Should -Be 5
    }

    It 'is told from a function of the same name that is somebody else''s' {
        Remove-Module Az.Accounts
        $modulePath = $env:PSModulePath
        try {
            $env:PSModulePath = "$TestDrive/none"
            function global:Get-AzAccessToken { throw 'not me' }
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzurePowerShell }
            "$thrown" | Should -Match 'neither loaded in this session nor installed'
        }
        finally {
            Remove-Item function:Get-AzAccessToken
            $env:PSModulePath = $modulePath
            Import-Module $azAccounts
        }
    }
}

Describe 'A session without PowerShell''s own commands' {
    BeforeAll {
        # As a host that runs only what it has allowed, a constrained endpoint for one.
        function Invoke-Bare([string] $Command, [hashtable] $Parameters) {
            $state = [initialsessionstate]::Create()
            foreach ($cmdlet in (Get-Module MonitorToken).ExportedCmdlets.Values) {
                $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new($cmdlet.Name, $cmdlet.ImplementingType, $null))
            }
            $runspace = [runspacefactory]::CreateRunspace($state)
            $runspace.Open()
            $shell = [powershell]::Create($runspace)
            try { $shell.AddCommand($Command).AddParameters($Parameters).Invoke() }
            finally { $shell.Dispose(); $runspace.Dispose() }
        }
    }

    BeforeEach {
        Clear-Emulator
        $metadata, $path = $env:AZURE_POD_IDENTITY_AUTHORITY_HOST, $env:PATH
    }

    AfterEach {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST, $env:PATH = $metadata, $path
    }

    It 'gets a token by the default chain' {
        (Invoke-Bare Get-MonitorToken @{ Resource = 'LogAnalytics'; ForceRefresh = $true }).CredentialName | Should -Be 'ManagedIdentity'
    }

    It 'goes through the whole chain, past Az.Accounts, which it cannot have' {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $env:EMULATOR_SILENT
        $env:PATH = ''
        $thrown = Get-ThrownError { Invoke-Bare Get-MonitorToken @{ Resource = 'LogAnalytics'; ForceRefresh = $true } }
        "$thrown" | Should -Match 'AzurePowerShell: Az.Accounts is neither loaded'
        "$thrown" | Should -Match 'AzureDeveloperCli: '
        "$thrown" | Should -Not -Match 'not recognized|Get-Module'
    }

    It 'tells which ways work' {
        (Invoke-Bare Test-MonitorTokenCredential @{ Include = 'ManagedIdentity', 'AzurePowerShell' } | Where-Object Status -ne NotTried).Status | Should -Be 'Succeeded', 'Unavailable'
    }
}

Describe 'A session in another language' {
    It 'of <culture> reads the dates of an App Service of 2017' -ForEach @(
        @{ Culture = 'de-DE' }, @{ Culture = 'en-GB' }, @{ Culture = 'tr-TR' }, @{ Culture = 'ar-SA' }, @{ Culture = 'th-TH' }
    ) {
        Clear-Emulator
        $variables = @{ MSI_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT; MSI_SECRET = $env:EMULATOR_MSI_SECRET; STANDIN_CULTURE = $culture; DOTNET_SYSTEM_GLOBALIZATION_INVARIANT = '0' }
        try {
            foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
            $output = Invoke-FreshPowerShell @'
[cultureinfo]::CurrentCulture = [cultureinfo]::CurrentUICulture = [cultureinfo]::DefaultThreadCurrentCulture = $env:STANDIN_CULTURE
# Where it is not the culture's own way to write a date, it would be misread in that one.
([datetime] '2021-05-22').ToString()
Import-Module $env:MONITORTOKEN_MODULE
$token = Get-MonitorToken LogAnalytics -ManagedIdentity -ClientId $env:EMULATOR_USER_IDENTITY_CLIENT_ID
$token.CredentialName
[int] $token.ExpiresIn.TotalHours
[cultureinfo]::CurrentCulture.Name
'@
        }
        finally {
            foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        }
        $output[0] | Should -Not -BeLike '05/22/2021*'
        $output[1] | Should -Be 'ManagedIdentity'
        [int] $output[2] | Should -BeIn (1..24)
        $output[3] | Should -Be $culture
        # It is the service that was asked which writes dates, and no other.
        $request = @(Get-Request)[-1]
        "$($request.path)$($request.query)" | Should -Match '2017-09-01'
    }
}
