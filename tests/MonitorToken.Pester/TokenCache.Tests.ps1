# Named caches on disk: what Get-MonitorTokenCache shows of them, and -Silent, which takes tokens from them and never asks.
BeforeDiscovery {
    $isLinuxHere = $IsLinux
}

Describe 'A named cache' -Skip:(-not $isLinuxHere) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Emulator.psm1"
        $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 1 }
        # A home of its own, without a keyring; .NET remembers the one that a process has started with.
        $userHome, $data, $bus = $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS
        $own = New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid()))
        $env:HOME = $env:XDG_DATA_HOME = "$own"
        $env:DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'

        # Runs a script in a fresh process, which returns one object.
        function Invoke-Session([string] $Script) {
            $begin = 'Import-Module $env:MONITORTOKEN_MODULE; $cache = @{ TokenCacheName = "Work"; AllowUnencryptedTokenCache = $true }; $result = [ordered]@{}; '
            $begin += 'function Get-Failure($Script) { try { $null = & $Script } catch { [pscustomobject]@{ Id = "$($_.FullyQualifiedErrorId)"; Message = "$_"; Action = $_.ErrorDetails.RecommendedAction } } }; '
            $output = Invoke-FreshPowerShell ($begin + $Script + '; ConvertTo-Json $result -Depth 5 -Compress')
            @($output)[-1] | ConvertFrom-Json
        }

        $before = Invoke-Session '$result.None = @(Get-MonitorTokenCache).Count; $result.Unknown = Get-Failure { Get-MonitorTokenCache nobody }; $result.Silent = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache }; $result.Files = @(Get-ChildItem $env:HOME -Recurse -File -Filter work*).Count'
        $user = Invoke-Session '$result.Identity = (Get-MonitorToken LogAnalytics -DeviceCode -TenantId $env:EMULATOR_TENANT_ID @cache).Identity'
        Clear-Emulator
        $after = Invoke-Session @'
$result.Cache = Get-MonitorTokenCache
$result.Shown = "$(Get-MonitorTokenCache | Format-List * | Out-String -Width 300)"
$token = Get-MonitorToken LogAnalytics -Silent @cache
$result.Token = $token
$result.Text = $token.GetPlainText()
$result.Requests = @(Invoke-RestMethod $env:EMULATOR_ADMIN/requests | ForEach-Object { $_ } | Where-Object path -match '/token$|devicecode').Count
$result.Other = (Get-MonitorToken Prometheus -Silent @cache).Resource
$result.Piped = (Get-MonitorTokenCredential -Silent @cache | Get-MonitorToken LogAnalytics).Identity
$result.Hint = (Get-MonitorToken LogAnalytics -Silent @cache -LoginHint $token.Identity).Identity
$result.OtherHint = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache -LoginHint nobody@contoso.com }
'@
    }

    AfterAll {
        $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS = $userHome, $data, $bus
    }

    It 'is not there before somebody has signed in, and -Silent makes none' {
        $before.None | Should -Be 0
        $before.Unknown.Id | Should -BeExactly 'TokenCacheUnavailable,MonitorToken.Commands.GetMonitorTokenCacheCommand'
        $before.Silent.Id | Should -Match '^CredentialUnavailable,'
        $before.Silent.Message | Should -Match "No user has signed in with the token cache 'work'"
        $before.Silent.Action | Should -Match '-Interactive -TokenCacheName work'
        $before.Files | Should -Be 0
    }

    It 'is shown with its account, path, protection and dates, and without a token' {
        $after.Cache.Name | Should -BeExactly 'work'
        $after.Cache.Accounts | Should -Be @($user.Identity)
        $after.Cache.Protection | Should -Be ([int] [MonitorToken.TokenCacheProtection]::None)
        $after.Cache.Path | Should -Exist
        ([DateTimeOffset] $after.Cache.LastWrittenOn - [DateTimeOffset]::UtcNow).Duration() | Should -BeLessThan ([timespan]::FromMinutes(5))
        $after.Shown | Should -Match 'Protection *: None'
        $after.Shown | Should -Not -Match 'eyJ'
    }

    It 'gives -Silent its token without asking for one, and others with its refresh token' {
        $after.Token.Identity | Should -Be $user.Identity
        $after.Token.CredentialName | Should -Be 'Silent'
        $after.Text | Should -Match '^eyJ'
        $after.Requests | Should -Be 0
        $after.Other | Should -Be 'https://prometheus.monitor.azure.com'
        $after.Piped | Should -Be $user.Identity
    }

    It 'chooses among accounts by -LoginHint' {
        $after.Hint | Should -Be $user.Identity
        $after.OtherHint.Id | Should -Match '^CredentialUnavailable,'
        $after.OtherHint.Message | Should -Match ([regex]::Escape($user.Identity))

        # The record of a second account, whose tokens are not in the cache.
        $record = Get-ChildItem $own -Recurse -Filter work.*.json | Select-Object -First 1
        $second = Join-Path $record.DirectoryName 'work.second.json'
        try {
            (Get-Content $record -Raw).Replace($user.Identity, 'second@contoso.com') -replace '"homeAccountId":"[^"]*"', '"homeAccountId":"11111111-1111-4111-8111-111111111111.22222222-2222-4222-8222-222222222222"' | Set-Content $second
            $several = Invoke-Session @'
$result.Accounts = (Get-MonitorTokenCache work).Accounts
$result.Several = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache }
$result.First = (Get-MonitorToken LogAnalytics -Silent @cache -LoginHint (Get-MonitorTokenCache work).Accounts.Where({ $_ -ne 'second@contoso.com' })[0]).Identity
$result.Second = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache -LoginHint second@contoso.com }
'@
            $several.Accounts | Should -Contain 'second@contoso.com'
            $several.Several.Id | Should -Match '^InvalidOption,'
            $several.Several.Message | Should -Match 'second@contoso\.com'
            $several.Several.Action | Should -Match '-LoginHint'
            $several.First | Should -Be $user.Identity
            $several.Second.Id | Should -Match '^InteractionRequired,'
        }
        finally { Remove-Item $second }
    }

    It 'has no prompt for -Silent if the sign-in is over: an error says to sign in' {
        Clear-Emulator
        Add-Fault @{ match = @{ path = '^/.*/token$' }; status = 400; body = '{"error":"invalid_grant","error_description":"AADSTS70043: The refresh token has expired or is invalid.","error_codes":[70043],"suberror":"token_expired"}'; times = 20 }
        try {
            $over = Invoke-Session '$result.Failure = Get-Failure { Get-MonitorToken ApplicationInsights -Silent @cache }; $result.Refreshed = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache -ForceRefresh }'
            foreach ($failure in $over.Failure, $over.Refreshed) {
                $failure.Id | Should -Match '^InteractionRequired,'
                $failure.Action | Should -Match '-Interactive -TokenCacheName work'
            }
            Get-Request | Where-Object path -match 'devicecode|authorize' | Should -BeNullOrEmpty
        }
        finally { Clear-Emulator }
    }

    It 'is told with the tenant where one account has signed in to two' {
        $record = Get-ChildItem $own -Recurse -Filter work.*.json | Select-Object -First 1
        $guest = Join-Path $record.DirectoryName 'work.guest.json'
        try {
            (Get-Content $record -Raw) -replace '"tenantId":"[^"]*"', '"tenantId":"33333333-3333-4333-8333-333333333333"' | Set-Content $guest
            $two = Invoke-Session @'
$result.Two = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache }
$result.One = (Get-MonitorToken LogAnalytics -Silent @cache -TenantId $env:EMULATOR_TENANT_ID).TenantId
'@
            $two.Two.Id | Should -Match '^InvalidOption,'
            $two.Two.Action | Should -Match '-TenantId'
            $two.One | Should -Be $env:EMULATOR_TENANT_ID
        }
        finally { Remove-Item $guest }
    }

    It 'is not answered from memory after the account has signed in to another application' {
        $record = Get-ChildItem $own -Recurse -Filter work.*.json | Select-Object -First 1
        $text = Get-Content $record -Raw
        try {
            $other = Invoke-Session @'
$null = Get-MonitorToken LogAnalytics -Silent @cache
$file = Get-ChildItem $env:HOME -Recurse -Filter work.*.json | Select-Object -First 1
(Get-Content $file -Raw) -replace '"clientId":"[^"]*"', '"clientId":"44444444-4444-4444-8444-444444444444"' | Set-Content $file
$result.Failure = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache }
'@
            # Entra knows no such application.
            $other.Failure.Id | Should -Match '^(AuthenticationFailed|InteractionRequired),'
        }
        finally { Set-Content $record $text -NoNewline }
    }

    It 'is not written again by a request that was in progress when it was deleted' {
        Clear-Emulator
        Add-Fault @{ match = @{ path = '^/.*/token$' }; delayMs = 3000; times = 5 }
        try {
            $late = Invoke-Session @'
$job = Start-ThreadJob { Import-Module $using:env:MONITORTOKEN_MODULE; $cache = $using:cache; Get-MonitorToken MetricsBatch -Silent @cache }
for ($i = 0; $i -lt 100 -and -not (@(Invoke-RestMethod $env:EMULATOR_ADMIN/requests | ForEach-Object { $_ } | Where-Object path -match '/token$')); $i++) { Start-Sleep -Milliseconds 100 }
Clear-MonitorTokenCache work
$null = Receive-Job $job -Wait -ErrorAction Ignore
$result.Left = @(Get-ChildItem $env:HOME -Recurse -File -Filter work.* | Where-Object { $_.Name -ne 'work.tokens.lockfile' -and $_.Length -gt 0 }).Count
$null = Get-MonitorToken LogAnalytics -DeviceCode -TenantId $env:EMULATOR_TENANT_ID @cache
'@
            $late.Left | Should -Be 0
        }
        finally { Clear-Emulator }
    }

    It 'with a record that is damaged has no account, and no words of the runtime''s' {
        $record = Get-ChildItem $own -Recurse -Filter work.*.json | Select-Object -First 1
        $text = Get-Content $record -Raw
        try {
            Set-Content $record '{"username":"somebody@contoso.com","authority":"login.microsoftonline.com","version":"1.0"}'
            $damaged = Invoke-Session '$result.Accounts = @((Get-MonitorTokenCache work).Accounts).Count; $result.Failure = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache }'
            $damaged.Accounts | Should -Be 0
            $damaged.Failure.Id | Should -Match '^CredentialUnavailable,'
        }
        finally { Set-Content $record $text -NoNewline }
    }

    It 'is deleted from the pipeline, and an empty pipeline deletes nothing' {
        $cleared = Invoke-Session @'
$null = Get-MonitorToken LogAnalytics -ManagedIdentity
Get-MonitorTokenCache nobody* | Clear-MonitorTokenCache
$result.Kept = (Get-MonitorTokenCache).Name
$result.Memory = "$(Clear-MonitorTokenCache -Verbose 4>&1)"
Get-MonitorTokenCache | Clear-MonitorTokenCache
$result.Left = @(Get-MonitorTokenCache).Count
$result.Silent = Get-Failure { Get-MonitorToken LogAnalytics -Silent @cache }
'@
        $cleared.Kept | Should -Be 'work'
        $cleared.Memory | Should -Match '1 tokens cleared'
        $cleared.Left | Should -Be 0
        $cleared.Silent.Id | Should -Match '^CredentialUnavailable,'
    }
}
