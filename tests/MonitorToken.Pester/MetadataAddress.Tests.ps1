# The metadata service at its own address, in a network namespace where that is an alias of the loopback interface.
BeforeDiscovery {
    $unshare = { unshare -n sh -c 'ip link set lo up && ip addr add 169.254.169.254/32 dev lo' 2>$null; $LASTEXITCODE -eq 0 }
    $tools = 'unshare', 'ip' | Where-Object { Get-Command $_ -CommandType Application -ErrorAction Ignore }
    $mayUnshare = $IsLinux -and @($tools).Count -eq 2 -and (& $unshare)
    if (-not $mayUnshare) { Write-Warning 'No network namespace may be made here (unshare -n, ip), so 169.254.169.254 is not tested.' }
}

Describe 'Azure''s metadata service at 169.254.169.254' -Skip:(-not $mayUnshare) {
    BeforeAll {
        Import-Module "$PSScriptRoot/Emulator.psm1"
        $client = @'
$env:NO_PROXY = $env:no_proxy = ''
Import-Module $env:MONITORTOKEN_MODULE
$token = Get-MonitorToken LogAnalytics -ManagedIdentity
$chained = Get-MonitorToken ResourceManager
$env:AZURE_REGIONAL_AUTHORITY_NAME = 'TryAutoDetect'
$secret = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
$null = Get-MonitorToken Prometheus -TenantId $env:EMULATOR_TENANT_ID -ClientId $env:EMULATOR_CLIENT_ID -ClientSecret $secret
$requests = Invoke-RestMethod -NoProxy $env:EMULATOR_ADMIN/requests
ConvertTo-Json -Depth 4 @{ As = $token.CredentialName; ChainedAs = $chained.CredentialName; Requests = @($requests | ForEach-Object { $_ } | Select-Object listener, throughProxy, host, path) }
'@
        $file = New-Item (Join-Path $TestDrive client.ps1) -Value $client
        $pwsh = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $library = @(if ((Split-Path $pwsh -LeafBase) -eq 'dotnet') { Join-Path $PSHOME 'pwsh.dll' })
        $answer = unshare -n sh -c 'ip link set lo up && ip addr add 169.254.169.254/32 dev lo && exec "$@"' sh `
            dotnet $env:MONITORTOKEN_EMULATOR exec --metadata-address -- $pwsh @library -NoProfile -NonInteractive -File $file | Out-String | ConvertFrom-Json
    }

    It 'is found there, also by the default chain' {
        $answer.As | Should -Be 'ManagedIdentity'
        $answer.ChainedAs | Should -Be 'ManagedIdentity'
    }

    It 'tells the region that Entra is asked in, and no proxy does' {
        $answer.Requests | Where-Object path -like '/metadata/instance/compute*' | Should -Not -BeNullOrEmpty
        $answer.Requests.host | Should -Contain 'westus2.login.microsoft.com'
    }

    It 'is never asked through the proxy that HTTP_PROXY names, even with NO_PROXY empty' {
        $answer.Requests.host | Should -Contain '169.254.169.254'
        $answer.Requests | Where-Object { $_.host -eq '169.254.169.254' -and ($_.throughProxy -or $_.listener -ne 'http') } | Should -BeNullOrEmpty
    }
}
