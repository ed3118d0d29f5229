# What only Windows has: tools that are batch files, programs of the current folder, jobs of processes, DPAPI, and
# variables without case.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $path = $env:PATH
    $env:TOOL_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
    $env:TOOL_EXPIRY = [DateTimeOffset]::UtcNow.AddMinutes(50).ToUnixTimeSeconds()

    # A batch file that notes its arguments, one run a line, and does what a test wants; first on PATH.
    function New-BatchFile([string] $Name, [string[]] $Lines, [string] $Folder = (Join-Path $TestDrive ([guid]::NewGuid()))) {
        $null = New-Item -ItemType Directory -Path $Folder -Force
        $env:TOOL_LOG = Join-Path $TestDrive "$([guid]::NewGuid()).log"
        Set-Content -LiteralPath "$Folder/$Name" (@('@echo off', 'echo %* >> "%TOOL_LOG%"') + $Lines)
        $env:PATH = "$Folder;$path"
    }
    $answer = 'echo {"accessToken":"%TOOL_TOKEN%","expires_on":%TOOL_EXPIRY%}'
}

Describe 'The Azure CLI, which is a batch file on Windows' -Skip:(-not $IsWindows) {
    BeforeEach { Clear-MonitorTokenCache }
    AfterEach { $env:PATH = $path }

    It 'gives a token by az.cmd' {
        New-BatchFile az.cmd $answer
        $token = Get-MonitorToken LogAnalytics -AzureCli
        $token.CredentialName | Should -Be 'AzureCli'
        $token.GetPlainText() | Should -Be $env:TOOL_TOKEN
        Get-Content $env:TOOL_LOG | Should -Match '^account get-access-token .*https://api\.loganalytics\.io'
    }

    It 'is found in a folder whose name is <name>' -ForEach @(
        @{ Name = 'Program Files (x86)' }, @{ Name = 'R&D' }, @{ Name = 'a^b' }, @{ Name = 'wow!' }, @{ Name = 'Größe 日本' }, @{ Name = "O'Brien, [1]" }
    ) {
        New-BatchFile az.cmd $answer -Folder (Join-Path $TestDrive $name)
        (Get-MonitorToken LogAnalytics -AzureCli).CredentialName | Should -Be 'AzureCli'
    }

    It 'gets a subscription as it was written: <_>' -ForEach 'Contoso (Prod)', 'a,b', 'x=y', 'two words', 'dash-dot._ok' {
        # As cmd.exe splits them, for which a comma and a sign of equality end an argument, too.
        New-BatchFile az.cmd ':next', 'echo [%~1]>> "%TOOL_LOG%"', 'shift', 'if not "%~1"=="" goto next', $answer
        $null = Get-MonitorToken LogAnalytics -AzureCli -Subscription $_
        $arguments = @(Get-Content $env:TOOL_LOG)
        $arguments[$arguments.IndexOf('[--subscription]') + 1] | Should -BeExactly "[$_]"
    }

    It 'never reads a subscription as a command: <_>' -ForEach 'a&echo x', 'a|more', 'a%PATH%', 'a"b', 'a^b', 'a>b', 'a!PATH!', "a`nb" {
        New-BatchFile az.cmd $answer
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli -Subscription $_ }
        "$($thrown.FullyQualifiedErrorId)" | Should -Match '^Invalid'
        Test-Path $env:TOOL_LOG | Should -BeFalse
    }

    It 'is not the az.cmd of the current folder, with <_> on PATH' -ForEach '.', '', '..\here', 'C:' {
        New-BatchFile az.cmd $answer -Folder "$TestDrive/here"
        $env:PATH = "$_;C:\windows\system32"
        $folder = [Environment]::CurrentDirectory
        Push-Location "$TestDrive/here"
        [Environment]::CurrentDirectory = "$TestDrive/here".Replace('/', '\')
        try { (Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli }).FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,' }
        finally {
            [Environment]::CurrentDirectory = $folder
            Pop-Location
        }
        Test-Path $env:TOOL_LOG | Should -BeFalse
    }

    It 'is gone after <leave>, with what it has started' -ForEach @(
        @{ Leave = '-TimeoutSec' }, @{ Leave = 'Ctrl+C' }, @{ Leave = 'the end of PowerShell' }
    ) {
        # The parent of the first exits at once, so that only the job of the tool still leads to it.
        New-BatchFile az.cmd 'start /b cmd /c "start /b ping -n 600 127.0.0.1 >nul"', 'ping -n 600 127.0.0.1 >nul'
        $before = @(Get-Process ping -ErrorAction Ignore).Id
        $script = 'param($more) Get-MonitorToken LogAnalytics -AzureCli @more'
        $more = if ($leave -eq '-TimeoutSec') { @{ TimeoutSec = 8 } } else { @{} }
        if ($leave -eq 'the end of PowerShell') {
            $program = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
            $shell = Start-Process $program -PassThru -NoNewWindow -ArgumentList '-NoProfile', '-NonInteractive', '-Command',
                'Import-Module $env:MONITORTOKEN_MODULE; Get-MonitorToken LogAnalytics -AzureCli'
        }
        else { $caller = Start-Caller $script (, $more) }
        try {
            Wait-Until { @(Get-Process ping -ErrorAction Ignore | Where-Object Id -notin $before).Count -ge 2 }
            if ($leave -eq '-TimeoutSec') {
                $null = Receive-Caller $caller
                $caller.Streams.Error[0].FullyQualifiedErrorId | Should -Match '^Timeout,'
            }
            elseif ($shell) { $shell.Kill() }
            else { Stop-Caller $caller }
            Wait-Until { -not (Get-Process ping -ErrorAction Ignore | Where-Object Id -notin $before) }
        }
        finally {
            if ($shell -and -not $shell.HasExited) { $shell.Kill() }
            ($shell ?? $caller).Dispose()
            Get-Process ping -ErrorAction Ignore | Where-Object Id -notin $before | Stop-Process -Force
        }
    }

    It 'may leave something running, such as an upload of telemetry' {
        $answer = @{ accessToken = 'opaque'; expires_on = [DateTimeOffset]::UtcNow.AddHours(1).ToUnixTimeSeconds() }
        New-BatchFile az.cmd 'start /b ping -n 600 127.0.0.1 >nul 2>&1', "echo $($answer | ConvertTo-Json -Compress)"
        $before = @(Get-Process ping -ErrorAction Ignore).Id
        try {
            (Get-MonitorToken LogAnalytics -AzureCli -ForceRefresh).GetPlainText() | Should -Be 'opaque'
            Get-Process ping -ErrorAction Ignore | Where-Object Id -notin $before | Should -Not -BeNullOrEmpty
        }
        finally { Get-Process ping -ErrorAction Ignore | Where-Object Id -notin $before | Stop-Process -Force }
    }

    It 'says what it said: <what>' -ForEach @(
        @{ What = 'nobody is logged in'; Lines = "echo ERROR: Please run 'az login' to setup account. 1>&2"; Id = 'CredentialUnavailable'; Says = 'az login' }
        @{ What = 'it is not there, after all'; Lines = 'this-is-no-program'; Id = 'CredentialUnavailable'; Says = 'this-is-no-program|az' }
    ) {
        New-BatchFile az.cmd $lines, 'exit /b 1'
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli }
        $thrown.FullyQualifiedErrorId | Should -Match "^$id,"
        "$thrown $($thrown.ErrorDetails.RecommendedAction)" | Should -Match $says
    }
}

Describe 'Other tools of Windows' -Skip:(-not $IsWindows) {
    AfterEach { $env:PATH = $path }

    It 'azd is a batch file as well' {
        Clear-MonitorTokenCache
        $env:TOOL_TIME = [DateTime]::UtcNow.AddMinutes(50).ToString('yyyy-MM-ddTHH:mm:ssZ')
        New-BatchFile azd.cmd 'echo {"token":"%TOOL_TOKEN%","expiresOn":"%TOOL_TIME%"}'
        (Get-MonitorToken LogAnalytics -AzureDeveloperCli).CredentialName | Should -Be 'AzureDeveloperCli'
    }

    It 'Visual Studio is not there, which is said' {
        (Get-ThrownError { Get-MonitorToken LogAnalytics -VisualStudio }).FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
    }
}

Describe 'A cache that DPAPI encrypts' -Skip:(-not $IsWindows) {
    BeforeAll {
        $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 0 }
        $name = "pester-$([guid]::NewGuid())"
        $sign = "Import-Module `$env:MONITORTOKEN_MODULE; (Get-MonitorToken LogAnalytics -TenantId `$env:EMULATOR_TENANT_ID -DeviceCode -TokenCacheName $name).Identity"
    }
    AfterAll { Clear-MonitorTokenCache -Name $name -Confirm:$false }

    It 'is kept by name, and no token in it can be read' {
        Invoke-FreshPowerShell $sign | Select-Object -Last 1 | Should -Match '@'
        $info = Get-MonitorTokenCache -Name $name
        $info.Path | Should -Not -BeNullOrEmpty
        $text = [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes(@($info.Path)[0]))
        $text | Should -Not -Match 'eyJ|refresh|secret'
    }

    It 'serves another process without asking anybody' {
        Clear-Emulator
        Invoke-FreshPowerShell $sign | Select-Object -Last 1 | Should -Match '@'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'stands two processes that renew at once' {
        Clear-Emulator
        $program = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $many = "Import-Module `$env:MONITORTOKEN_MODULE; 1..8 | ForEach-Object { `$null = Get-MonitorToken LogAnalytics -TenantId `$env:EMULATOR_TENANT_ID -DeviceCode -TokenCacheName $name -ForceRefresh }; 'done'"
        $shells = 1..2 | ForEach-Object { Start-ThreadJob { & $using:program -NoProfile -NonInteractive -Command $using:many } }
        $shells | Receive-Job -Wait -AutoRemoveJob | Where-Object { $_ -eq 'done' } | Should -HaveCount 2
        @(Get-Request | Where-Object path -like '*/devicecode') | Should -BeNullOrEmpty
    }
}

Describe 'Variables of Windows, which have no case' -Skip:(-not $IsWindows) {
    It 'name the application, however they are written' {
        $application = New-Application
        try {
            $env:azure_tenant_id, $env:Azure_Client_Id = $application.TenantId, $application.ClientId
            $env:azure_Client_SECRET = [System.Net.NetworkCredential]::new('', $application.ClientSecret).Password
            (Get-MonitorToken LogAnalytics -FromEnvironment).Identity | Should -Be $application.ClientId
        }
        finally { Remove-Item env:azure_tenant_id, env:Azure_Client_Id, env:azure_Client_SECRET }
    }
}
