BeforeDiscovery {
    $hasAz = [bool] (Get-Command az -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'Test-MonitorTokenCredential' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $metadata, $config = $env:AZURE_POD_IDENTITY_AUTHORITY_HOST, $env:AZURE_CONFIG_DIR
    }

    AfterEach {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST, $env:AZURE_CONFIG_DIR = $metadata, $config
    }

    It 'tries every member of the chain, not only up to the first that works' {
        $env:AZURE_CONFIG_DIR = "$TestDrive/nobody"
        $rows = Test-MonitorTokenCredential
        $rows | Should -BeOfType MonitorToken.CredentialTest
        $rows.CredentialName | Should -Be 'Environment', 'WorkloadIdentity', 'ManagedIdentity', 'VisualStudio', 'AzureCli', 'AzurePowerShell', 'AzureDeveloperCli'
        $identity = $rows | Where-Object CredentialName -eq ManagedIdentity
        $identity.Status, $identity.IdentityType, $identity.TenantId | Should -Be 'Succeeded', 'ManagedIdentity', $env:EMULATOR_TENANT_ID
        $identity.Identity | Should -Not -BeNullOrEmpty
        $identity.ExpiresOn | Should -BeOfType DateTimeOffset
        $identity.Reason | Should -BeNullOrEmpty
        foreach ($row in $rows | Where-Object CredentialName -ne ManagedIdentity) {
            $row.Status | Should -Be 'Unavailable' -Because $row.CredentialName
            $row.Reason | Should -Not -BeNullOrEmpty
            $row.RecommendedAction | Should -Not -BeNullOrEmpty
            $row.ExpiresOn | Should -BeNullOrEmpty
        }
    }

    It 'names AzureCli where only az is logged in and the metadata address is silent, and tells why not the others' -Skip:(-not $hasAz) {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $env:EMULATOR_SILENT
        az login --service-principal --username $env:EMULATOR_CLIENT_ID --password $env:EMULATOR_CLIENT_SECRET --tenant $env:EMULATOR_TENANT_ID --output none
        $rows = Test-MonitorTokenCredential
        ($rows | Where-Object Status -eq Succeeded).CredentialName | Should -Be 'AzureCli'
        $cli = $rows | Where-Object CredentialName -eq AzureCli
        $cli.Identity, $cli.IdentityType | Should -Be $env:EMULATOR_CLIENT_ID, 'ServicePrincipal'
        ($rows | Where-Object CredentialName -eq ManagedIdentity).Reason | Should -Match 'There''s no managed identity here'
        ($rows | Where-Object CredentialName -eq Environment).Reason | Should -Match 'AZURE_TENANT_ID and AZURE_CLIENT_ID aren''t set'
        ($rows | Where-Object CredentialName -eq WorkloadIdentity).Reason | Should -Match 'This isn''t a pod with workload identity'
        ($rows | Where-Object CredentialName -eq AzurePowerShell).Reason | Should -Match 'Az.Accounts is neither loaded in this session nor installed'
        ($rows | Where-Object CredentialName -eq AzureDeveloperCli).Reason | Should -Match 'azd\) isn''t installed'
    }

    It 'tells what was left out' {
        $rows = Test-MonitorTokenCredential -Include Environment
        ($rows | Where-Object Status -eq NotTried) | Should -HaveCount 6
        ($rows | Where-Object CredentialName -eq AzureCli).Reason | Should -Match '-Include'
    }

    It 'tells a failure from an absence' {
        $application.ClientSecret = ConvertTo-Secret 'wrong'
        $row = Test-MonitorTokenCredential @application
        $row.CredentialName, $row.Status | Should -Be 'ClientSecret', 'Failed'
        $row.Reason | Should -Match 'AADSTS7000215'
    }

    It 'asks the identity service and not its memory, for a resource of yours' {
        $credential = Get-MonitorTokenCredential @application
        $null = $credential | Get-MonitorToken LogAnalytics
        $row = $credential | Test-MonitorTokenCredential -Resource LogAnalytics
        $row.Status | Should -Be 'Succeeded'
        (Get-Request).form.scope | Should -Be 'https://api.loganalytics.io/.default', 'https://api.loganalytics.io/.default'
        (Test-MonitorTokenCredential @application -Resource https://unknown.example).Reason | Should -Match 'AADSTS500011'
    }

    It 'asks in the cloud of the credentials, all of them side by side' {
        $one = Get-MonitorTokenCredential @application -Environment AzureUSGovernment
        $application = New-Application
        $two = Get-MonitorTokenCredential @application -Environment AzureUSGovernment
        ($one, $two | Test-MonitorTokenCredential).Status | Should -Be 'Succeeded', 'Succeeded'
        (Test-MonitorTokenCredential -Credential $one, $two).Status | Should -Be 'Succeeded', 'Succeeded'
        (Get-Request).host | Select-Object -Unique | Should -Be 'login.microsoftonline.us'
        (Get-Request).form.scope | Select-Object -Unique | Should -Be 'https://management.usgovcloudapi.net/.default'
    }

    It 'asks a private authority for what is named, and nothing else' {
        $private = Get-MonitorTokenCredential @application -AuthorityHost $env:EMULATOR_AUTHORITY -DisableInstanceDiscovery
        "$(Get-ThrownError { $private | Test-MonitorTokenCredential })" | Should -Match 'private authority'
        ($private | Test-MonitorTokenCredential https://management.azure.com).Status | Should -Be 'Succeeded'
    }

    It 'ends within its deadline' {
        Add-Fault @{ hang = $true }
        $row = Test-MonitorTokenCredential @application -TimeoutSec 1
        $row.Status | Should -Be 'Failed'
        $row.Reason | Should -Match 'within 1 second'
    }

    It 'reads well in 80 columns' {
        $env:AZURE_CONFIG_DIR = "$TestDrive/nobody"
        $lines = (Test-MonitorTokenCredential | Out-String -Width 80) -split '\r?\n' | Where-Object { $_ }
        # A heading, its line, and a row for each, whose reason is wrapped and not cut.
        $lines.Count | Should -BeGreaterOrEqual 9
        $lines -match '…|\.\.\.' | Should -BeNullOrEmpty
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        $lines -match 'ManagedIdentity +Succeeded' | Should -HaveCount 1
    }
}
