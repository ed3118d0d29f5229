# Each host that gives managed identities, as Azure.Identity knows it, in a process of its own, as it is on such a
# host.
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

Describe 'What the host of a managed identity says' {
    BeforeAll {
        Import-Module $env:MONITORTOKEN_MODULE
        $names = 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER', 'IDENTITY_SERVER_THUMBPRINT', 'AZURE_CLIENT_ID', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'
    }

    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        $before = @{}
        foreach ($name in $names) { $before[$name] = [Environment]::GetEnvironmentVariable($name) }
    }

    AfterEach {
        foreach ($name in $names) { [Environment]::SetEnvironmentVariable($name, $before[$name]) }
        Clear-Emulator
    }

    It 'is waited for where the metadata service is being updated, and nobody else answers' {
        Add-Fault @{ match = @{ path = '/metadata' }; status = 404; times = 1 }
        (Get-MonitorToken LogAnalytics -TimeoutSec 60).CredentialName | Should -BeExactly 'ManagedIdentity'
        # The probe and its retry, then the token.
        @(Get-Request) | Should -HaveCount 3
    }

    It 'is waited for as long as -TimeoutSec allows' {
        Add-Fault @{ match = @{ path = '/metadata' }; delayMs = 2000; times = 1 }
        (Get-MonitorToken LogAnalytics -ManagedIdentity -TimeoutSec 60).CredentialName | Should -BeExactly 'ManagedIdentity'
    }

    It 'is not the metadata service if it is a web page, with HTTP <_>' -ForEach 200, 400, 404, 429, 500, 503 {
        Add-Fault @{ match = @{ path = '/metadata' }; status = $_; body = '<html><title>Access denied</title></html>' }
        $failure = Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity -TimeoutSec 60 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CredentialUnavailable,*'
        "$failure" | Should -BeLike '*a web page*isn''t from Azure''s metadata service*'
        @(Get-Request) | Should -HaveCount 1
    }

    It 'comes from where AZURE_POD_IDENTITY_AUTHORITY_HOST leads now' {
        foreach ($machine in '127.0.0.1', 'localhost', '127.0.0.1') {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $before.AZURE_POD_IDENTITY_AUTHORITY_HOST -replace '127\.0\.0\.1', $machine
            Clear-Emulator
            $null = Get-MonitorToken LogAnalytics -ManagedIdentity -ForceRefresh -TimeoutSec 60
            (Get-Request).host | Select-Object -Unique | Should -BeExactly $machine
        }
    }

    It 'is never asked on Service Fabric by <by>, which has one identity' -ForEach @(
        @{ By = '-ClientId' }, @{ By = '-IdentityObjectId' }, @{ By = '-IdentityResourceId' }, @{ By = 'AZURE_CLIENT_ID' }
    ) {
        $env:IDENTITY_ENDPOINT = $env:EMULATOR_SERVICE_FABRIC_ENDPOINT
        $env:IDENTITY_HEADER = $env:EMULATOR_SERVICE_FABRIC_HEADER
        $env:IDENTITY_SERVER_THUMBPRINT = $env:EMULATOR_SERVICE_FABRIC_THUMBPRINT
        $failure = switch ($by) {
            '-ClientId' { Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity -ClientId (New-Guid) } }
            '-IdentityObjectId' { Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity -IdentityObjectId (New-Guid) } }
            '-IdentityResourceId' { Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity -IdentityResourceId /subscriptions/0 } }
            default {
                $env:AZURE_CLIENT_ID = New-Guid
                Get-ThrownError { Get-MonitorToken LogAnalytics -Include ManagedIdentity }
            }
        }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CredentialUnavailable,*'
        "$failure" | Should -BeLike '*Service Fabric has only its own identity and can''t issue a token for *, so nothing was sent.*'
        if ($by -eq 'AZURE_CLIENT_ID') { "$failure" | Should -BeLike "*$env:AZURE_CLIENT_ID from AZURE_CLIENT_ID*" }
        else { $failure.ErrorDetails.RecommendedAction | Should -BeLike '*-ClientId*' }
        @(Get-Request) | Should -BeNullOrEmpty
    }

    It 'cannot be asked with a header that has a line break in it, which is not shown' {
        $env:IDENTITY_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT
        $env:IDENTITY_HEADER = "canary-header`n"
        $failure = Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CredentialUnavailable,*'
        "$failure" | Should -BeLike '*IDENTITY_HEADER contains a line break*nothing was sent*'
        $failure.ErrorDetails.RecommendedAction | Should -BeLike 'Leave IDENTITY_HEADER as the host sets it*'
        $failure | Format-List * -Force | Out-String | Should -Not -BeLike '*canary*'
        @(Get-Request) | Should -BeNullOrEmpty
    }

    It 'leads to -ClientId where there is no system-assigned identity' {
        $env:IDENTITY_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT
        $env:IDENTITY_HEADER = $env:EMULATOR_MSI_SECRET
        Add-Fault @{ match = @{ path = '/msi' }; status = 400; body = '{"statusCode":400,"message":"Unable to load the proper Managed Identity."}' }
        $failure = Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity }
        $failure.FullyQualifiedErrorId | Should -BeLike 'CredentialUnavailable,*'
        $failure.ErrorDetails.RecommendedAction | Should -BeLike '*-ClientId*'
    }
}
