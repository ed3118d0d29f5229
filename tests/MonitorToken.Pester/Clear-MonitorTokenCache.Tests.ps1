# What is forgotten, and what is not.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'Clear-MonitorTokenCache' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
    }

    Context 'without -Name' {
        It 'forgets the tokens of the process: the next call asks the identity service' {
            $null = Get-MonitorToken LogAnalytics @application
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 1
            Clear-MonitorTokenCache | Should -BeNullOrEmpty
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 2
        }

        It 'changes nothing with -WhatIf, and when the question is answered with no' {
            $null = Get-MonitorToken LogAnalytics @application
            Clear-MonitorTokenCache -WhatIf
            & { $WhatIfPreference = $true; Clear-MonitorTokenCache }
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 1
            # There is nobody to be asked in such a shell, which is no yes either.
            $shell = [powershell]::Create()
            $null = $shell.AddCommand('Import-Module').AddArgument($env:MONITORTOKEN_MODULE).AddStatement().AddCommand('Clear-MonitorTokenCache').AddParameter('Confirm')
            try { $null = $shell.Invoke() } catch { "$_" | Should -Match 'Are you sure' }
            $shell.HadErrors | Should -BeTrue
            $shell.Dispose()
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 1
        }

        It 'does not ask with -Confirm:$false, nor by itself' {
            $null = Get-MonitorToken LogAnalytics @application
            $shell = [powershell]::Create()
            $null = $shell.AddScript('Import-Module $env:MONITORTOKEN_MODULE; $ConfirmPreference = "Medium"; Clear-MonitorTokenCache -Confirm:$false; $ConfirmPreference = "High"; Clear-MonitorTokenCache')
            $null = $shell.Invoke()
            $shell.HadErrors | Should -BeFalse
            $shell.Dispose()
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 2
        }

        It 'forgets for all runspaces, and says with -Verbose how many there were' {
            $null = Get-MonitorToken LogAnalytics, ResourceManager @application
            $shell = [powershell]::Create()
            $null = $shell.AddScript('Import-Module $env:MONITORTOKEN_MODULE; Clear-MonitorTokenCache -Verbose').Invoke()
            $said = @($shell.Streams.Verbose.Message -match '^\d+ tokens cleared')[0]
            $shell.Dispose()
            [int] ($said -replace '\D') | Should -BeGreaterOrEqual 2
            (Clear-MonitorTokenCache -Verbose 4>&1 | Out-String) | Should -Match '0 tokens cleared'
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 3
        }

        It 'forgets a chain''s too, whichever member has answered' {
            $credential = (Get-MonitorTokenCredential @application), (Get-MonitorTokenCredential -AzureDeveloperCli)
            1..2 | ForEach-Object { $null = Get-MonitorToken LogAnalytics -Credential $credential }
            Get-Request | Should -HaveCount 1
            Clear-MonitorTokenCache
            $null = Get-MonitorToken LogAnalytics -Credential $credential
            Get-Request | Should -HaveCount 2
        }

        It 'lets whoever waits for a token at the moment have it, and does not keep it' {
            Add-Fault @{ delayMs = 2000; times = 1 }
            $shell = [powershell]::Create()
            $null = $shell.AddScript('param($application) Import-Module $env:MONITORTOKEN_MODULE; Get-MonitorToken LogAnalytics @application').AddArgument($application)
            $run = $shell.BeginInvoke()
            for ($i = 0; $i -lt 400 -and -not (Get-Request); $i++) { Start-Sleep -Milliseconds 25 }
            Clear-MonitorTokenCache
            $run.AsyncWaitHandle.WaitOne(30000) | Should -BeTrue
            $shell.EndInvoke($run).CredentialName | Should -Be 'ClientSecret'
            $shell.Dispose()
            $null = Get-MonitorToken LogAnalytics @application
            Get-Request | Should -HaveCount 2
        }
    }

    Context 'with a person who has signed in' {
        BeforeEach {
            $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 0 }
        }

        It 'forgets the person too' {
            $shell = [powershell]::Create()
            $null = $shell.AddScript(@'
Import-Module $env:MONITORTOKEN_MODULE
$null = Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -DeviceCode
$null = Get-MonitorToken ResourceManager -TenantId $env:EMULATOR_TENANT_ID -DeviceCode
Clear-MonitorTokenCache
$null = Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -DeviceCode
'@).Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            # What is shown goes to the information stream as well.
            @($shell.Streams.Information -match 'enter the code') | Should -HaveCount 2
            $shell.Dispose()
            @(Get-Request | Where-Object path -like '*/devicecode') | Should -HaveCount 2
        }
    }

    It 'takes names and caches from the pipeline, and nothing else' {
        { 'work' | Clear-MonitorTokenCache -WhatIf } | Should -Not -Throw
        foreach ($other in 5, (Get-Process -Id $PID), [pscustomobject]@{ Name = 'work' }) {
            { $other | Clear-MonitorTokenCache -WhatIf -ErrorAction Stop } | Should -Throw
        }
        (Get-ThrownError { Clear-MonitorTokenCache -Name '../work' -WhatIf }).FullyQualifiedErrorId | Should -Match '^InvalidOption,'
    }

    Context 'with -Name' -Skip:(-not $IsLinux) {
        BeforeEach {
            $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 0 }
            # A home of its own, without a keyring.
            $userHome, $data, $bus = $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS
            $own = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid()))
            $env:HOME = $env:XDG_DATA_HOME = "$own"
            $env:DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'

            function Invoke-SignIn([string[]] $Name, [string] $Before = '') {
                # .NET remembers the home folder that a process has started with.
                Invoke-FreshPowerShell "Import-Module `$env:MONITORTOKEN_MODULE; $Before; foreach (`$name in '$($Name -join "', '")') { (Get-MonitorToken LogAnalytics -TenantId `$env:EMULATOR_TENANT_ID -DeviceCode -TokenCacheName `$name -AllowUnencryptedTokenCache).Identity }"
            }

            function Get-CacheFile([string] $Name) {
                Get-ChildItem $own -Recurse -File -Force | Where-Object Name -Match "^$([regex]::Escape($Name))\."
                Get-ChildItem $own -Recurse -File -Force | Where-Object Name -EQ $Name
            }
        }

        AfterEach {
            $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS = $userHome, $data, $bus
        }

        It 'deletes that cache and who has signed in with it, and no other' {
            @(Invoke-SignIn work, work.too) -match '@' | Should -HaveCount 2
            @(Get-Request | Where-Object path -like '*/devicecode') | Should -HaveCount 2
            # Its tokens, and who it was; the same again for the other, whose name begins like it.
            (Get-CacheFile work).Extension | Should -Contain '.json'
            @(Get-CacheFile work | Where-Object Name -notlike 'work.too*').Count | Should -BeGreaterThan 1
            $others = @(Get-CacheFile work.too).FullName | Sort-Object

            Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; Clear-MonitorTokenCache -Name work -WhatIf; Clear-MonitorTokenCache work -Confirm:$false' | Should -Match 'work'
            Get-CacheFile work | Where-Object Name -notlike 'work.too*' | Should -BeNullOrEmpty
            @(Get-CacheFile work.too).FullName | Sort-Object | Should -Be $others

            Clear-Emulator
            $null = Invoke-SignIn work.too
            Get-Request | Should -BeNullOrEmpty
            $null = Invoke-SignIn work
            @(Get-Request | Where-Object path -like '*/devicecode') | Should -HaveCount 1
        }

        It 'gives nothing of it from memory afterwards, and forgets no other sign-in' {
            $asked = Invoke-FreshPowerShell @'
Import-Module $env:MONITORTOKEN_MODULE
$person = @{ DeviceCode = $true; TenantId = $env:EMULATOR_TENANT_ID }
function Get-Asked([hashtable] $Cache) {
    $output = Get-MonitorToken LogAnalytics @person @Cache -AsPlainText 6>&1 -AllowUnencryptedTokenCache
    [string] [bool] ($output -match 'enter the code')
}
Get-Asked @{}; Get-Asked @{ TokenCacheName = 'left' }; Get-Asked @{ TokenCacheName = 'kept' }
Clear-MonitorTokenCache -Name Left
Get-Asked @{}; Get-Asked @{ TokenCacheName = 'left' }; Get-Asked @{ TokenCacheName = 'kept' }
'@ | Where-Object { $_ -in 'True', 'False' }
            $asked | Should -Be 'True', 'True', 'True', 'False', 'True', 'False'
        }

        It 'keeps it with -WhatIf' {
            $null = Invoke-SignIn kept
            $files = @(Get-CacheFile kept).FullName
            Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; Clear-MonitorTokenCache -Name kept -WhatIf' | Should -Match "'kept'"
            @(Get-CacheFile kept).FullName | Should -Be $files
        }

        It 'deletes a damaged one, of which an error has told, so that one can sign in again' {
            $null = Invoke-SignIn damaged
            foreach ($file in Get-CacheFile damaged | Where-Object Name -notlike '*.lockfile') { [IO.File]::WriteAllText($file.FullName, 'damaged') }
            $id, $action = Invoke-FreshPowerShell @'
Import-Module $env:MONITORTOKEN_MODULE
try { Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -DeviceCode -TokenCacheName damaged -AllowUnencryptedTokenCache }
catch { $_.FullyQualifiedErrorId; $_.ErrorDetails.RecommendedAction }
'@ | Where-Object { $_ -notmatch 'devicelogin' }
            $id | Should -Match '^TokenCacheUnavailable,'
            $action | Should -Match 'Clear-MonitorTokenCache -Name damaged'
            @(Invoke-SignIn damaged 'Clear-MonitorTokenCache -Name damaged')[-1] | Should -Match '@'
        }

        It 'says with -Verbose that there was none of that name, and is no error' {
            $output = Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; Clear-MonitorTokenCache -Name nobody -Verbose; "$? $($Error.Count)"'
            "$output" | Should -Match "The token cache 'nobody' had no files"
            @($output)[-1] | Should -Be 'True 0'
        }

        It 'says so when a file of it cannot be deleted' {
            $null = Invoke-SignIn stuck
            $file = Get-CacheFile stuck | Where-Object Extension -ne '.json' | Select-Object -First 1
            # A folder in the place of the cache, which is no file to be deleted.
            Remove-Item $file.FullName
            $null = New-Item -ItemType Directory $file.FullName
            $id, $message = Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; try { Clear-MonitorTokenCache -Name stuck } catch { $_.FullyQualifiedErrorId; "$_" }'
            $id | Should -BeExactly 'TokenCacheUnavailable,MonitorToken.Commands.ClearMonitorTokenCacheCommand'
            $message | Should -Match "'stuck' couldn't be deleted"
        }
    }

    It 'takes no name that is none: <name>' -ForEach @(
        @{ Name = '../elsewhere' }, @{ Name = '*' }, @{ Name = 'two words' }, @{ Name = '.hidden' }, @{ Name = 'x.nocae' }, @{ Name = 'X.CAE' }, @{ Name = 'NUL' }, @{ Name = 'com1.x' }, @{ Name = 'L' * 245 }
    ) {
        $thrown = Get-ThrownError { Clear-MonitorTokenCache -Name $name }
        $thrown.FullyQualifiedErrorId | Should -BeExactly 'InvalidOption,MonitorToken.Commands.ClearMonitorTokenCacheCommand'
        $thrown.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $thrown.TargetObject | Should -Be $name
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'letters, digits'
    }
}
