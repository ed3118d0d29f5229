# What a script or Az.Accounts of the caller's does, and what the caller finds of it; sessions that are not as usual.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $env:STANDIN_AZACCOUNTS_LOG = Join-Path $TestDrive calls.log
    $azAccounts = New-AzAccounts (New-LibraryFolder)

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
        @{ Does = 'throws'; Script = { throw 'no vault today' }; Says = 'failed: no vault today$' }
        @{ Does = 'throws an exception'; Script = { throw [InvalidOperationException]::new('no vault today') }; Says = 'failed: no vault today$' }
        @{ Does = 'writes an error and stops'; Script = { Write-Error 'no vault today' -ErrorAction Stop }; Says = 'failed: no vault today$' }
        @{ Does = 'writes an error and returns nothing'; Script = { Write-Error 'no vault today' }; Says = 'failed: no vault today$' }
        @{ Does = 'fails in a command'; Script = { Get-Item /nowhere/at/all -ErrorAction Stop }; Says = 'failed: .*[/\\]nowhere[/\\]at[/\\]all' }
        @{ Does = 'fails where $ErrorActionPreference is Stop'; Script = { $ErrorActionPreference = 'Stop'; Get-Item /nowhere/at/all }; Says = 'failed: .*[/\\]nowhere[/\\]at[/\\]all' }
        @{ Does = 'names a command that is not there'; Script = { Get-NothingAtAll }; Says = 'failed: .*Get-NothingAtAll' }
        @{ Does = 'divides by zero'; Script = { 1 / $null }; Says = 'failed: Attempted to divide by zero' }
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

Describe 'Whose script of -FederatedTokenScript it is' {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        $application = New-Application
        $app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $log = "$TestDrive/$([guid]::NewGuid()).log"
        function Get-RunCount { @(Get-Content $log -ErrorAction Ignore).Count }
        $emulator = "$PSScriptRoot/Emulator.psm1"
    }

    It 'a literal in a loop is one: it runs once, and its token is kept once' {
        $tokens = foreach ($i in 1..20) {
            # Of what changes here the script names nothing that it has not set itself.
            $answer = [pscustomobject] @{ Number = $i }
            Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log x; $answer = New-EmulatorItem assertions; $answer | ForEach-Object { $_.token } }
        }
        $tokens.GetPlainText() | Select-Object -Unique | Should -HaveCount 1
        Get-RunCount | Should -Be 1
        @(Get-Request).Count | Should -Be 1
        @(Clear-MonitorTokenCache -Verbose 4>&1)[-1] | Should -Match '^1 tokens cleared'
    }

    It 'it is another one <when>' -ForEach @(
        @{ When = 'with another value of a variable that it names'; Ask = { foreach ($who in 'a', 'b', 'b') { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log $who; (New-EmulatorItem assertions).token } } } }
        @{ When = 'with another value in a string'; Ask = { foreach ($who in 'a', 'b', 'b') { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log "of $who"; (New-EmulatorItem assertions).token } } } }
        @{ When = 'in a function with another argument'; Ask = { function Get-Own($Who) { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log $Who; (New-EmulatorItem assertions).token } }; Get-Own a; Get-Own b; Get-Own b } }
        @{ When = 'with another value of an environment variable'; Ask = { foreach ($who in 'a', 'b', 'b') { $env:PESTER_WHO = $who; Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log $env:PESTER_WHO; (New-EmulatorItem assertions).token } } } }
        @{ When = 'with another secret'; Ask = { foreach ($who in 'a', 'b', 'b') { $secret = ConvertTo-Secret $who; Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log ([System.Net.NetworkCredential]::new('', $secret).Password); (New-EmulatorItem assertions).token } } } }
        @{ When = 'with another object'; Ask = { $b = [pscustomobject] @{ Who = 'b' }; foreach ($who in [pscustomobject] @{ Who = 'a' }, $b, $b) { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log $who.Who; (New-EmulatorItem assertions).token } } } }
        @{ When = 'with another pipeline object'; Ask = { 'a', 'b', 'b' | ForEach-Object { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Add-Content $log $_; (New-EmulatorItem assertions).token } } } }
        @{ When = 'where only one branch sets a variable'; Ask = { foreach ($who in 'a', 'b', 'b') { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { if ($never) { $who = 'c' }; Add-Content $log $who; (New-EmulatorItem assertions).token } } } }
        @{ When = 'as a closure over something else, whatever it reads it with'; Ask = { $log = $log; $closures = foreach ($who in 'a', 'b') { { Add-Content $log (Get-Variable who -ValueOnly); (New-EmulatorItem assertions).token }.GetNewClosure() }; foreach ($closure in $closures[0], $closures[1], $closures[1]) { Get-MonitorToken LogAnalytics @app -FederatedTokenScript $closure } } }
    ) {
        $tokens = & $ask
        $tokens.GetPlainText() | Select-Object -Unique | Should -HaveCount 2
        $tokens[1].GetPlainText() | Should -BeExactly $tokens[2].GetPlainText()
        Get-RunCount | Should -Be 2
        Get-Content $log | ForEach-Object { $_[-1] } | Should -Be 'a', 'b'
    }

    It 'that keeps something in its own scope stays the same' {
        $script:runs = 0
        foreach ($i in 1..3) { $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript { $script:runs++; (New-EmulatorItem assertions).token } }
        $script:runs | Should -Be 1
    }

    It 'serves many runspaces at once, <what>' -ForEach @(
        @{ What = 'with what it has closed over'; Make = { & { $mine = 'mine'; { if ($mine -ne 'mine') { throw 'mine is missing' }; (New-EmulatorItem assertions).token }.GetNewClosure() } } }
        @{ What = 'with the variables that it names'; Make = { $mine = 'mine'; { if ($mine -ne 'mine') { throw 'mine is missing' }; (New-EmulatorItem assertions).token } } }
        @{ What = 'bound to no session'; Make = { $mine = 'mine'; [scriptblock]::Create('if ($mine -ne "mine") { throw "mine is missing" }; (New-EmulatorItem assertions).token') } }
    ) {
        # Dot-sourced, so that the variables are here; and none of them is there.
        $script = . $make
        $credential = Get-MonitorTokenCredential @app -FederatedTokenScript $script
        $answers = 1..24 | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:emulator
            try { (Get-MonitorToken LogAnalytics -Credential $using:credential -ForceRefresh).CredentialName } catch { "$_" }
        }
        $answers | Select-Object -Unique | Should -Be 'FederatedToken'
        $answers | Should -HaveCount 24
    }

    It 'never runs in a session that is not its own: a copy does, with that session''s commands' {
        # A block of its own, which nested ones would be sent back to the session of the original for.
        $box = @{ Script = { 1 | ForEach-Object { Add-Content $log "$(Get-Here) $([runspace]::DefaultRunspace.Id)" }; (New-EmulatorItem assertions).token } }
        function global:Get-Here { 'home' }
        try {
            $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript $box.Script -ForceRefresh
            $ids = 1, 2 | ForEach-Object -ThrottleLimit 2 -Parallel {
                Import-Module $using:emulator
                function Get-Here { 'there' }
                $app, $box, $log = $using:app, $using:box, $using:log
                $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript $box.Script -ForceRefresh
                [runspace]::DefaultRunspace.Id
            }
        }
        finally { Remove-Item function:Get-Here }
        $lines = Get-Content $log
        $lines[0] | Should -Be "home $([runspace]::DefaultRunspace.Id)"
        $lines[1..9] | ForEach-Object { $_ -split ' ' | Select-Object -First 1 } | Select-Object -Unique | Should -Be 'there'
        $lines[1..9] | ForEach-Object { [int] ($_ -split ' ')[1] } | Should -BeIn $ids
    }

    It 'that lacks a command in another session says where it ran' {
        function Get-MineAlone { 'x' }
        $credential = Get-MonitorTokenCredential @app -FederatedTokenScript { Get-MineAlone }
        $thrown = 1 | ForEach-Object -Parallel {
            Import-Module $env:MONITORTOKEN_MODULE
            try { Get-MonitorToken LogAnalytics -Credential $using:credential } catch { $_ }
        }
        "$thrown" | Should -Match 'failed: .*Get-MineAlone'
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'outside its own runspace'
        (Get-ThrownError { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { Get-NothingAtAll } }).ErrorDetails.RecommendedAction | Should -Not -Match 'its own runspace'
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
            if ($way.ErrorAction -eq 'SilentlyContinue') {
                $thrown | Should -BeNullOrEmpty
                $thrown = $Error[0]
            }
            $thrown | Should -HaveCount 1
            "$thrown" | Should -Match "This session's Get-AzAccessToken didn't return a token: Run Connect-AzAccount to login\."
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
