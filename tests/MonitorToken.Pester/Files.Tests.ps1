# Files on a drive that does not answer, as a home folder on a network that is gone. A named pipe that nobody writes to
# stands for one: whoever opens it waits for ever.
BeforeDiscovery {
    $reason = if ($IsWindows) { 'a named pipe is no file there' }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $pipes = (New-Item -ItemType Directory -Path (Join-Path $TestDrive pipes)).FullName
    if (-not $IsWindows) { foreach ($name in 'azureProfile.json', 'certificate.pem') { mkfifo "$pipes/$name" } }
}

Describe 'A file that does not answer' -Skip:([bool] $reason) {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        $env:AZURE_CONFIG_DIR = $pipes
        $application = New-Application
        $env:FILES_TENANT, $env:FILES_CLIENT, $env:FILES_FOLDER = $application.TenantId, $application.ClientId, $pipes
    }

    AfterEach {
        $env:AZURE_CONFIG_DIR = $env:FILES_TENANT = $env:FILES_CLIENT = $env:FILES_FOLDER = $null
        if ($caller) { $caller.Dispose() }
    }

    It 'keeps nobody from a member of the chain whose turn comes before' {
        (Get-MonitorToken LogAnalytics -Include ManagedIdentity, AzureCli -TimeoutSec 60).CredentialName | Should -Be 'ManagedIdentity'
    }

    It 'does not outlast -TimeoutSec: <what>' -ForEach @(
        @{ What = 'the profile of az'; Command = 'Get-MonitorToken LogAnalytics -AzureCli -TimeoutSec 1'; Id = 'Timeout' }
        @{ What = 'the same, in a chain'; Command = 'Get-MonitorToken LogAnalytics -Include AzureCli -TimeoutSec 1'; Id = 'Timeout' }
        @{
            What    = 'a certificate'
            Command = 'Get-MonitorToken LogAnalytics -TenantId $env:FILES_TENANT -ClientId $env:FILES_CLIENT -CertificatePath "$env:FILES_FOLDER/certificate.pem" -TimeoutSec 1'
            Id      = 'Timeout'
        }
        @{
            What    = 'a certificate that is tested'
            Command = 'Test-MonitorTokenCredential -TenantId $env:FILES_TENANT -ClientId $env:FILES_CLIENT -CertificatePath "$env:FILES_FOLDER/certificate.pem" -TimeoutSec 1'
            Id      = 'Timeout'
        }
    ) {
        $caller = Start-Caller "$command; 'went on'"
        Receive-Caller $caller | Should -Be 'went on'
        @($caller.Streams.Error)[0].FullyQualifiedErrorId | Should -BeLike "$id,*"
    }

    It 'is left at Ctrl+C: <what>' -ForEach @(
        @{ What = 'the profile of az'; Command = 'Get-MonitorToken LogAnalytics -AzureCli' }
        @{
            What    = 'a certificate'
            Command = 'Get-MonitorTokenCredential -TenantId $env:FILES_TENANT -ClientId $env:FILES_CLIENT -CertificatePath "$env:FILES_FOLDER/certificate.pem"'
        }
    ) {
        $caller = Start-Caller "'begun'; $command"
        Wait-Until { $caller.InvocationStateInfo.State -eq 'Running' }
        Start-Sleep -Milliseconds 500
        Stop-Caller $caller
    }
}
