# What people wait for, in counts that are the same on every machine. Benchmark.ps1 has the times.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $application = '$p = @{ TenantId = $env:EMULATOR_TENANT_ID; ClientId = $env:EMULATOR_CLIENT_ID; ClientSecret = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force }'
}

Describe 'Importing the module' {
    It 'runs no script: there is none' {
        (Import-Module $env:MONITORTOKEN_MODULE -PassThru -Force).ModuleType | Should -Be 'Binary'
        Get-ChildItem $env:MONITORTOKEN_MODULE -Recurse -Include *.psm1, *.ps1 | Should -BeNullOrEmpty
    }

    It 'works where no script may run' {
        $counts = @(Invoke-FreshPowerShell '
            $state = [initialsessionstate]::CreateDefault2()
            $state.LanguageMode = "NoLanguage"
            $state.ImportPSModule($env:MONITORTOKEN_MODULE)
            $runspace = [runspacefactory]::CreateRunspace($state)
            $runspace.Open()
            $shell = [powershell]::Create($runspace).AddCommand("Get-MonitorResource")
            $shell.Invoke().Count')
        [int] $counts[-1] | Should -BeGreaterThan 0
    }

    It 'loads two assemblies of the module' {
        Invoke-FreshPowerShell '
            Import-Module $env:MONITORTOKEN_MODULE
            [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { -not $_.IsDynamic -and $_.Location.StartsWith((Get-Item $env:MONITORTOKEN_MODULE).FullName) } | ForEach-Object { $_.GetName().Name } | Sort-Object' |
            Should -Be 'MonitorToken', 'MonitorToken.PowerShell'
    }
}

Describe 'The first token' {
    BeforeEach { Clear-Emulator }

    It 'takes one request, though its connection is begun before it is needed' {
        Invoke-FreshPowerShell "Import-Module `$env:MONITORTOKEN_MODULE; $application; (Get-MonitorToken LogAnalytics @p).CredentialName" |
            Select-Object -Last 1 | Should -Be 'ClientSecret'
        $requests = @(Get-Request)
        $requests | Should -HaveCount 1
        $requests[0].method | Should -Be 'POST'
    }

    It 'connects to nobody whom it does not ask: the default chain, where a managed identity answers' {
        # What is refused by the proxy is recorded there. The second at the end is for a connection on the side.
        Add-Fault @{ match = @{ listener = 'proxy' }; status = 403 }
        Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; (Get-MonitorToken LogAnalytics -Include Environment, WorkloadIdentity, ManagedIdentity).CredentialName; Start-Sleep 1' |
            Select-Object -Last 1 | Should -Be 'ManagedIdentity'
        Get-Request | Where-Object method -eq 'CONNECT' | Should -BeNullOrEmpty
    }

    It 'loads nothing that it does not need' {
        Invoke-FreshPowerShell "Import-Module `$env:MONITORTOKEN_MODULE; $application; `$null = Get-MonitorToken LogAnalytics @p
            [System.Runtime.Loader.AssemblyLoadContext]::All.Assemblies | ForEach-Object { `$_.GetName().Name } | Where-Object { `$_ -match '^(Microsoft\.Extensions|Microsoft\.Identity\.Client\.Extensions)' }" |
            Should -BeNullOrEmpty
    }

    It 'has few methods left to compile, where the engine was compiled ahead' {
        if (-not (Test-Path "$env:MONITORTOKEN_MODULE/engine/net$([Environment]::Version.Major).0")) {
            Set-ItResult -Skipped -Because 'dotnet publish src/MonitorToken.Precompiled was not run for this runtime'
        }
        # Neither what an earlier process has noted down nor what is compiled once more counts, nor PowerShell's own part:
        # some PowerShells are not compiled ahead themselves.
        $before = $env:XDG_CACHE_HOME
        $env:XDG_CACHE_HOME, $env:DOTNET_TC_CallCounting = "$TestDrive/cache", 0
        try {
            $ours, $raw = foreach ($call in 'Get-MonitorToken LogAnalytics @p', 'Invoke-RestMethod -Method Post -Uri "https://login.microsoftonline.com/$($p.TenantId)/oauth2/v2.0/token" -Body @{ grant_type = "client_credentials"; client_id = $p.ClientId; client_secret = $env:EMULATOR_CLIENT_SECRET; scope = "https://api.loganalytics.io/.default" }') {
                $counts = @(Invoke-FreshPowerShell "Import-Module `$env:MONITORTOKEN_MODULE; $application; `$before = [Runtime.JitInfo]::GetCompiledMethodCount()
                    `$null = $call
                    [Runtime.JitInfo]::GetCompiledMethodCount() - `$before")
                [int] $counts[-1]
            }
            $raw | Should -BeGreaterThan 0
            # 712 to 738 on a .NET tool that was compiled ahead for the tests, 443 on a PowerShell that was released so. On a
            # busy machine, on which the call takes more than a second, showing progress adds some 80.
            $ours - $raw | Should -BeLessOrEqual 900
        }
        finally { $env:XDG_CACHE_HOME, $env:DOTNET_TC_CallCounting = $before, $null }
    }
}

Describe 'A token from memory' {
    It 'starts no thread and gives none anything to do: <as>' -ForEach @(
        @{ As = 'an application'; Call = 'Get-MonitorToken LogAnalytics @p' }
        @{ As = 'the default chain'; Call = 'Get-MonitorToken LogAnalytics' }
        @{ As = 'a credential'; Call = 'Get-MonitorToken LogAnalytics -Credential $credential' }
    ) {
        Clear-Emulator
        $counts = @(Invoke-FreshPowerShell "Import-Module `$env:MONITORTOKEN_MODULE; $application; `$credential = Get-MonitorTokenCredential @p
            foreach (`$i in 1..20) { `$null = $Call }
            # What the first one has begun comes to its end.
            Start-Sleep -Milliseconds 500
            `$before = [Threading.ThreadPool]::CompletedWorkItemCount
            foreach (`$i in 1..500) { `$null = $Call }
            [Threading.ThreadPool]::CompletedWorkItemCount - `$before")
        [int] $counts[-1] | Should -BeLessThan 25
        @(Get-Request | Where-Object { $_.path -match 'token$' -and $_.statusCode -eq 200 }).Count | Should -Be 1
    }
}
