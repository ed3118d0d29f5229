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

    It 'is a workload identity in a pod, <with>' -ForEach @(
        @{ With = 'by the variables'; Variables = @{} }
        @{ With = 'by -ClientId'; Variables = @{ AZURE_CLIENT_ID = $null } }
        @{ With = 'whatever else the host may be'; Variables = @{ IDENTITY_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_MSI_SECRET } }
    ) {
        Clear-Emulator
        $application = New-Application
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($application.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $null = New-EmulatorItem kubernetes-token
        $all = @{ AZURE_FEDERATED_TOKEN_FILE = $env:EMULATOR_FEDERATED_TOKEN_FILE; AZURE_TENANT_ID = $application.TenantId; AZURE_CLIENT_ID = $application.ClientId }
        foreach ($name in $variables.Keys) { $all[$name] = $variables[$name] }
        $arguments = if (-not $all.AZURE_CLIENT_ID) { "-ClientId $($application.ClientId)" }
        try {
            foreach ($name in $all.Keys) { [Environment]::SetEnvironmentVariable($name, $all[$name]) }
            $said = Invoke-FreshPowerShell "Import-Module `$env:MONITORTOKEN_MODULE; `$t = Get-MonitorToken LogAnalytics -ManagedIdentity $arguments; `$t.CredentialName, `$t.Identity
                try { Get-MonitorToken LogAnalytics -ManagedIdentity -IdentityObjectId x } catch { `$_.FullyQualifiedErrorId }"
        }
        finally {
            foreach ($name in $all.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        }
        $said | Select-Object -First 2 | Should -BeExactly 'ManagedIdentity', $application.ClientId
        if (-not $arguments) { $said[2] | Should -BeLike 'InvalidOption,*' }
        # Entra alone is asked, once, by way of the proxy.
        $asked = @(Get-Request | Where-Object host -eq 'login.microsoftonline.com')
        "$($asked.method) $($asked.path)" | Should -BeExactly "POST /$($application.TenantId)/oauth2/v2.0/token"
        if (-not $arguments) { @(Get-Request) | Should -HaveCount 1 }
    }
}
