# Each host that gives managed identities, as Azure.Identity knows it. A process each: the library remembers the first
# host that it has found.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'A managed identity' {
    It 'signs in on <on>' -ForEach @(
        @{ On = 'a virtual machine'; Variables = @{} }
        @{ On = 'App Service'; Variables = @{ IDENTITY_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_MSI_SECRET } }
        @{ On = 'Azure Automation'; Variables = @{ IDENTITY_ENDPOINT = $env:EMULATOR_AUTOMATION_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_AUTOMATION_HEADER } }
        @{ On = 'Azure Arc'; Variables = @{ IDENTITY_ENDPOINT = $env:EMULATOR_ARC_ENDPOINT; IMDS_ENDPOINT = 'http://localhost' } }
        @{ On = 'Cloud Shell'; Variables = @{ MSI_ENDPOINT = $env:EMULATOR_CLOUD_SHELL_ENDPOINT } }
        @{ On = 'Service Fabric'; Variables = @{ IDENTITY_ENDPOINT = $env:EMULATOR_SERVICE_FABRIC_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_SERVICE_FABRIC_HEADER; IDENTITY_SERVER_THUMBPRINT = $env:EMULATOR_SERVICE_FABRIC_THUMBPRINT } }
        @{ On = 'Machine Learning'; Variables = @{ MSI_ENDPOINT = $env:EMULATOR_MACHINE_LEARNING_ENDPOINT; MSI_SECRET = $env:EMULATOR_MACHINE_LEARNING_SECRET; DEFAULT_IDENTITY_CLIENT_ID = $env:EMULATOR_SYSTEM_IDENTITY_CLIENT_ID } }
    ) {
        if ($on -eq 'Azure Arc' -and -not $env:EMULATOR_ARC_ENDPOINT) {
            Set-ItResult -Skipped -Because 'the folder of Arc''s challenge files cannot be written here'
        }
        Clear-Emulator
        try {
            foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
            Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; (Get-MonitorToken LogAnalytics -ManagedIdentity).CredentialName' | Should -BeExactly 'ManagedIdentity'
        }
        finally {
            foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        }
        # Nobody else was asked on the way, above all not a metadata service that is not there.
        @(Get-Request).path | Select-Object -Unique | Should -HaveCount 1
    }

    # The library asks Entra there, which like any other of its requests goes through the proxy that leads to it.
    It 'is a workload identity in a pod' {
        Clear-Emulator
        $application = New-Application
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($application.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $null = New-EmulatorItem kubernetes-token
        $variables = @{ AZURE_FEDERATED_TOKEN_FILE = $env:EMULATOR_FEDERATED_TOKEN_FILE; AZURE_TENANT_ID = $application.TenantId; AZURE_CLIENT_ID = $application.ClientId }
        try {
            foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
            Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; (Get-MonitorToken LogAnalytics -ManagedIdentity).Identity' | Should -BeExactly $application.ClientId
        }
        finally {
            foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        }
        @(Get-Request).host | Select-Object -Unique | Should -BeExactly 'login.microsoftonline.com'
    }
}
