# MSAL opens the browser with xdg-open. A stand-in for that takes the address down; then either a real headless browser
# goes there and clicks, or an HTTP client does what a browser would.
BeforeDiscovery {
    $hasBrowser = [bool] ((Get-Command chromium -CommandType Application -ErrorAction Ignore) -and (Get-Command chromedriver -CommandType Application -ErrorAction Ignore))
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    New-XdgOpen $TestDrive

    function Start-SignIn([string] $Arguments) {
        Remove-Item $env:OPENED_ADDRESS -ErrorAction Ignore
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Import-Module `$env:MONITORTOKEN_MODULE; Get-MonitorToken LogAnalytics -Interactive -TenantId `$env:EMULATOR_TENANT_ID $Arguments")
        @{ Shell = $shell; Run = $shell.BeginInvoke() }
    }

    function Wait-Address {
        for ($i = 0; $i -lt 400 -and -not (Test-Path $env:OPENED_ADDRESS); $i++) { Start-Sleep -Milliseconds 50 }
        (Get-Content $env:OPENED_ADDRESS -Raw).Trim()
    }

    function Receive-SignIn($SignIn) {
        $SignIn.Run.AsyncWaitHandle.WaitOne(20000) | Should -BeTrue
        try { $SignIn.Shell.EndInvoke($SignIn.Run) }
        finally { $SignIn.Shell.Dispose() }
    }

    # W3C WebDriver, as chromedriver speaks it.
    function Invoke-Driver([string] $Method, [string] $Path, [hashtable] $Body) {
        $arguments = if ($Body) { @{ Body = $Body | ConvertTo-Json -Depth 8; ContentType = 'application/json' } } else { @{} }
        (Invoke-RestMethod -Method $Method -Uri "http://127.0.0.1:$driverPort$Path" @arguments).value
    }

    function Invoke-Browser([string] $Address, [string] $Button, $SignIn) {
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start(); $driverPort = $listener.LocalEndpoint.Port; $listener.Stop()
        $driver = Start-Process chromedriver -ArgumentList "--port=$driverPort" -PassThru -RedirectStandardOutput "$TestDrive/driver.log"
        try {
            for ($i = 0; $i -lt 100; $i++) {
                try { if ((Invoke-Driver GET /status).ready) { break } } catch { Start-Sleep -Milliseconds 100 }
            }
            $session = (Invoke-Driver POST /session @{ capabilities = @{ alwaysMatch = @{
                            acceptInsecureCerts   = $true
                            proxy                 = @{ proxyType = 'manual'; sslProxy = $env:HTTPS_PROXY.Replace('http://', ''); httpProxy = $env:HTTPS_PROXY.Replace('http://', '') }
                            'goog:chromeOptions' = @{ args = @(
                                    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'
                                    '--disable-background-networking', '--disable-component-update', '--disable-sync', "--user-data-dir=$TestDrive/browser") }
                        } } }).sessionId
            try {
                $null = Invoke-Driver POST "/session/$session/url" @{ url = $Address }
                $element = (Invoke-Driver POST "/session/$session/element" @{ using = 'css selector'; value = "#$Button" }).psobject.Properties.Value
                $null = Invoke-Driver POST "/session/$session/element/$element/click" @{}
                # What comes back goes on to localhost by itself; until then the browser must stay.
                $null = $SignIn.Run.AsyncWaitHandle.WaitOne(20000)
            }
            finally { $null = Invoke-Driver DELETE "/session/$session" }
        }
        finally { Stop-Process -Id $driver.Id }
    }
}

Describe 'Get-MonitorToken -Interactive' -Skip:(-not $IsLinux) {
    BeforeEach {
        Clear-Emulator
        $path = $env:PATH
        $env:PATH = "$TestDrive" + [IO.Path]::PathSeparator + $env:PATH
        # MSAL asks first whether there is a desktop.
        $display = $env:DISPLAY
        $env:DISPLAY = ':0'
    }

    AfterEach {
        $env:PATH, $env:DISPLAY = $path, $display
    }

    It 'signs in with a code and PKCE, and stays signed in for further resources' {
        $signIn = Start-SignIn '; Get-MonitorToken ResourceManager -Interactive -TenantId $env:EMULATOR_TENANT_ID; Get-MonitorToken LogAnalytics -Interactive -TenantId $env:EMULATOR_TENANT_ID -ForceRefresh'
        $address = Wait-Address
        $address | Should -Match '^https://login\.microsoftonline\.com/.*code_challenge=.*code_challenge_method=S256'
        $null = Send-Decision $address accept
        $tokens = Receive-SignIn $signIn
        $tokens.CredentialName | Select-Object -Unique | Should -Be 'Interactive'
        $tokens.ResourceName | Should -Be 'LogAnalytics', 'ResourceManager', 'LogAnalytics'
        $tokens[0].Identity | Should -Match '@'
        (Get-Request | Where-Object path -like '*/token').form.grant_type | Should -Be 'authorization_code', 'refresh_token', 'refresh_token'
        (Get-Request | Where-Object path -like '*/token')[0].form.code_verifier | Should -Not -BeNullOrEmpty
    }

    It 'offers the user of -LoginHint, and returns to -RedirectUri' {
        $port = Get-Random -Minimum 20000 -Maximum 30000
        $signIn = Start-SignIn "-LoginHint somebody@contoso.onmicrosoft.com -RedirectUri http://localhost:$port"
        $address = Wait-Address
        $address | Should -Match 'login_hint=somebody(%40|@)contoso'
        $address | Should -Match ([regex]::Escape([uri]::EscapeDataString("http://localhost:$port")))
        $null = Send-Decision $address accept
        (Receive-SignIn $signIn).CredentialName | Should -Be 'Interactive'
    }

    It 'remembers the person by name of a cache for the next process' {
        $userHome, $data, $bus = $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS
        try {
            # A home of its own, without a keyring.
            $env:HOME = $env:XDG_DATA_HOME = "$TestDrive"
            $env:DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'
            $script = 'Import-Module $env:MONITORTOKEN_MODULE; (Get-MonitorToken LogAnalytics -Interactive -TenantId $env:EMULATOR_TENANT_ID -TokenCacheName pester -AllowUnencryptedTokenCache).Identity'
            Remove-Item $env:OPENED_ADDRESS -ErrorAction Ignore
            $job = Start-ThreadJob { Import-Module "$using:PSScriptRoot/Emulator.psm1"; Invoke-FreshPowerShell $using:script }
            $null = Send-Decision (Wait-Address) accept
            $first = $job | Receive-Job -Wait -AutoRemoveJob
            $first | Should -Match '@'
            Remove-Item $env:OPENED_ADDRESS
            Invoke-FreshPowerShell $script | Should -Be $first
            $env:OPENED_ADDRESS | Should -Not -Exist
            if (-not $IsWindows) { (Get-Item "$TestDrive/MonitorToken/*.json").UnixMode | Should -Be '-rw-------' }
        }
        finally {
            $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS = $userHome, $data, $bus
        }
    }

    It 'says so when the person declines' {
        $signIn = Start-SignIn '-ClientId 04b07795-8ddb-461a-bbee-02f9e1bf7b46 -LoginHint decline@contoso.onmicrosoft.com'
        $null = Send-Decision (Wait-Address) cancel
        $signIn.Run.AsyncWaitHandle.WaitOne(20000) | Should -BeTrue
        $problem = $signIn.Shell.Streams.Error[0]
        Receive-SignIn $signIn | Should -BeNullOrEmpty
        $problem.FullyQualifiedErrorId | Should -BeExactly 'AuthenticationFailed,MonitorToken.Commands.GetMonitorTokenCommand'
        "$problem" | Should -Match 'declined'
    }

    It 'ends at Ctrl+C while the browser is open' {
        $signIn = Start-SignIn '-LoginHint stop@contoso.onmicrosoft.com'
        $null = Wait-Address
        $signIn.Shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
        $signIn.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $signIn.Shell.Dispose()
    }

    It 'is completed in a real browser' -Skip:(-not $hasBrowser) {
        $signIn = Start-SignIn '-LoginHint browser@contoso.onmicrosoft.com'
        Invoke-Browser (Wait-Address) accept $signIn
        (Receive-SignIn $signIn).CredentialName | Should -Be 'Interactive'
    }
}
