# An application without a secret: it trusts a managed identity, whose token is its assertion.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $issuer = "https://login.microsoftonline.com/$env:EMULATOR_TENANT_ID/v2.0"

    function Add-Trust([string] $Application, [string] $Subject, [hashtable] $More = @{}) {
        $null = New-EmulatorItem "apps/$Application/federated-credentials" (@{ issuer = $issuer; subject = $Subject } + $More)
    }

    # What was asked, without the look whether there is a metadata service at all.
    function Get-Asked {
        Get-Request | Where-Object { $_.path -notlike '/metadata/*' -or $_.headers.Metadata }
    }
}

Describe 'A -FederatedCredential that is a managed identity' {
    BeforeEach {
        Clear-Emulator
        $identity = New-EmulatorItem identities
        $registered = New-EmulatorItem apps
        $customer = New-EmulatorItem tenants
        $null = New-EmulatorItem "apps/$($registered.clientId)/tenants" @{ tenant = $customer.id }
        Add-Trust $registered.clientId $identity.objectId
        $trusted = Get-MonitorTokenCredential -ManagedIdentity -ClientId $identity.clientId
        $app = @{ TenantId = $customer.id; ClientId = $registered.clientId; FederatedCredential = $trusted }
    }

    It 'asks the metadata service and then Entra of the other tenant, and sends nothing else' {
        $token = Get-MonitorToken LogAnalytics @app
        $token.CredentialName, $token.Identity, $token.TenantId | Should -Be 'FederatedToken', $registered.clientId, $customer.id
        $asked = @(Get-Asked)
        $asked | Should -HaveCount 2
        $asked[0].path, $asked[0].query.resource, $asked[0].query.client_id | Should -Be '/metadata/identity/oauth2/token', 'api://AzureADTokenExchange', $identity.clientId
        $asked[1].method, $asked[1].path, $asked[1].form.scope | Should -Be 'POST', "/$($customer.id)/oauth2/v2.0/token", 'https://api.loganalytics.io/.default'
        $assertion = ConvertFrom-MonitorToken $asked[1].form.client_assertion
        $assertion.ObjectId, $assertion.Issuer, $assertion.Audience | Should -Be $identity.objectId, $issuer, 'fb60f99c-7a34-4190-8149-302f77469936'
    }

    It 'is asked anew for each request, and not for a token from memory, nor by another object that says the same' {
        $null = Get-MonitorToken LogAnalytics @app
        $app.FederatedCredential = Get-MonitorTokenCredential -ManagedIdentity -ClientId $identity.clientId
        Clear-Emulator
        $null = Get-MonitorToken LogAnalytics @app
        Get-Request | Should -BeNullOrEmpty
        $null = Get-MonitorToken LogAnalytics @app -ForceRefresh
        $null = Get-MonitorToken ResourceManager @app
        (Get-Asked).path | Should -Be '/metadata/identity/oauth2/token', "/$($customer.id)/oauth2/v2.0/token", '/metadata/identity/oauth2/token', "/$($customer.id)/oauth2/v2.0/token"
    }

    It 'never gets another identity''s token' {
        $first = Get-MonitorToken LogAnalytics @app
        $app.FederatedCredential = Get-MonitorTokenCredential -ManagedIdentity -ClientId (New-EmulatorItem identities).clientId
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app }
        $thrown.Exception.ErrorCode | Should -Be 'AADSTS700213'
        $first.IsExpired | Should -BeFalse
    }

    It 'is refused by Entra where the application trusts another subject, and is told how to mend it' {
        $other = New-EmulatorItem apps
        Add-Trust $other.clientId $identity.clientId
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -ClientId $other.clientId -FederatedCredential $trusted }
        $thrown.FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
        $thrown.Exception.ErrorCode, $thrown.Exception.CredentialName | Should -Be 'AADSTS700213', 'FederatedToken'
        "$thrown" | Should -Match $identity.objectId
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'with this subject'
        $none = New-EmulatorItem apps
        (Get-ThrownError { Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -ClientId $none.clientId -FederatedCredential $trusted }).Exception.ErrorCode | Should -Be 'AADSTS70025'
    }

    It 'is refused where the application is registered in another tenant than the identity' {
        $theirs = New-EmulatorItem apps @{ tenant = $customer.id }
        Add-Trust $theirs.clientId $identity.objectId
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -TenantId $customer.id -ClientId $theirs.clientId -FederatedCredential $trusted }
        $thrown.Exception.ErrorCode | Should -Be 'AADSTS700236'
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'multitenant'
    }

    It 'that is not there says so itself, and which of the two it was' {
        $app.FederatedCredential = Get-MonitorTokenCredential -ManagedIdentity -ClientId ([guid]::NewGuid())
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app }
        $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
        "$thrown" | Should -Match '^FederatedToken didn''t get an assertion from ManagedIdentity: .*isn''t assigned'
        $thrown.Exception.CredentialName | Should -Be 'ManagedIdentity'
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'Assign the identity'
        (Get-Request).path | Should -Not -Contain "/$($customer.id)/oauth2/v2.0/token"
    }

    It 'that is throttled tells until when' {
        Add-Fault @{ match = @{ resource = 'api://AzureADTokenExchange' }; status = 429; headers = @{ 'Retry-After' = '3600' } }
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app -TimeoutSec 30 }
        $thrown.FullyQualifiedErrorId | Should -Match '^Throttled,'
        "$thrown" | Should -Match 'an assertion from ManagedIdentity'
        [int] ($thrown.Exception.RetryAfter - [DateTimeOffset]::UtcNow).TotalMinutes | Should -BeIn 59, 60
    }

    It 'that does not answer is given up at -TimeoutSec, and at Ctrl+C' {
        Add-Fault @{ match = @{ resource = 'api://AzureADTokenExchange' }; hang = $true }
        (Get-ThrownError { Get-MonitorToken LogAnalytics @app -TimeoutSec 2 }).FullyQualifiedErrorId | Should -Match '^Timeout,'
        Clear-Emulator
        Add-Fault @{ match = @{ resource = 'api://AzureADTokenExchange' }; hang = $true }
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($module, $app) Import-Module $module; Get-MonitorToken LogAnalytics @app').AddArgument($env:MONITORTOKEN_MODULE).AddArgument($app).BeginInvoke()
        for ($i = 0; $i -lt 200 -and -not (Get-Asked); $i++) { Start-Sleep -Milliseconds 50 }
        Get-Asked | Should -Not -BeNullOrEmpty
        $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }

    It 'is asked in the name that the exchange has in <Environment>' -ForEach @(
        @{ Environment = 'AzureUSGovernment'; Audience = 'api://AzureADTokenExchangeUSGov' }
        @{ Environment = 'AzureChinaCloud'; Audience = 'api://AzureADTokenExchangeChina' }
    ) {
        Add-Trust $registered.clientId $identity.objectId @{ audience = $audience }
        (Get-MonitorToken LogAnalytics @app -Environment $environment).Identity | Should -Be $registered.clientId
        (Get-Asked)[0].query.resource | Should -Be $audience
    }

    It 'is tested as the application that it makes' {
        $row = Test-MonitorTokenCredential @app
        $row.CredentialName, $row.Status, $row.Identity, $row.IdentityType | Should -Be 'FederatedToken', 'Succeeded', $registered.clientId, 'ServicePrincipal'
        $app.FederatedCredential = Get-MonitorTokenCredential -ManagedIdentity -ClientId ([guid]::NewGuid())
        $row = Get-MonitorTokenCredential @app | Test-MonitorTokenCredential
        $row.Status | Should -Be 'Unavailable'
        $row.Reason | Should -Match 'an assertion from ManagedIdentity'
    }

    It 'may be one of a chain' {
        $chain = Get-MonitorTokenCredential -Credential (Get-MonitorTokenCredential -WorkloadIdentity), $trusted
        $app.FederatedCredential = $chain
        (Get-MonitorToken LogAnalytics @app).Identity | Should -Be $registered.clientId
        $app.FederatedCredential = Get-MonitorTokenCredential -Include WorkloadIdentity, ManagedIdentity -ClientId $identity.clientId
        (Get-MonitorToken LogAnalytics @app).Identity | Should -Be $registered.clientId
        $app.FederatedCredential = Get-MonitorTokenCredential -Credential (Get-MonitorTokenCredential -WorkloadIdentity), (Get-MonitorTokenCredential -ManagedIdentity -ClientId ([guid]::NewGuid()))
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app }
        "$thrown" | Should -Match "(?s)^FederatedToken didn't get an assertion from Chain: None .*\n  1. WorkloadIdentity: .*\n  2. ManagedIdentity: "
    }

    It 'may be one that a workload elsewhere signs in as, by a federation of its own' {
        $workload = New-EmulatorItem apps @{ identityResourceId = '/subscriptions/0/providers/Microsoft.ManagedIdentity/userAssignedIdentities/build' }
        $null = New-EmulatorItem "apps/$($workload.clientId)/federated-credentials"
        Add-Trust $registered.clientId $workload.objectId
        $app.FederatedCredential = Get-MonitorTokenCredential -TenantId $env:EMULATOR_TENANT_ID -ClientId $workload.clientId -FederatedTokenScript { (New-EmulatorItem assertions).token }
        (Get-MonitorToken LogAnalytics @app).Identity | Should -Be $registered.clientId
        (Get-Request | Where-Object method -eq POST).form.client_id | Should -Be $workload.clientId, $registered.clientId
    }

    It 'may not be an ordinary application, as Entra says' {
        $ordinary = New-Application
        $objectId = ((Invoke-RestMethod $env:EMULATOR_ADMIN/directory).apps | Where-Object clientId -eq $ordinary.ClientId).objectId
        Add-Trust $registered.clientId $objectId
        $app.FederatedCredential = Get-MonitorTokenCredential @ordinary
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app }
        $thrown.Exception.ErrorCode, $thrown.Exception.CredentialName | Should -Be 'AADSTS700226', 'FederatedToken'
    }

    It 'may not sign in a person: <Name>' -ForEach @(
        @{ Name = 'DeviceCode'; Given = { Get-MonitorTokenCredential -DeviceCode } }
        @{ Name = 'AzureCli'; Given = { Get-MonitorTokenCredential -AzureCli } }
        @{ Name = 'AzurePowerShell'; Given = { Get-MonitorTokenCredential -AzurePowerShell } }
        @{ Name = 'Default'; Given = { Get-MonitorTokenCredential } }
        @{ Name = 'Chain'; Given = { Get-MonitorTokenCredential -Credential (Get-MonitorTokenCredential -ManagedIdentity), (Get-MonitorTokenCredential -Interactive) } }
    ) {
        $app.FederatedCredential = & $given
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCredential,'
        "$thrown" | Should -Match "^$name can't be an application's federated credential"
        $thrown.ErrorDetails.RecommendedAction | Should -Match '-Include WorkloadIdentity, ManagedIdentity'
        Get-Request | Should -BeNullOrEmpty
    }
}
