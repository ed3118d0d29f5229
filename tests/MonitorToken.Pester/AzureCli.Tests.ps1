BeforeDiscovery {
    $hasAz = [bool] (Get-Command az -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $tenant, $client, $secret = $env:EMULATOR_TENANT_ID, $env:EMULATOR_CLIENT_ID, $env:EMULATOR_CLIENT_SECRET
}

Describe 'The real az' -Skip:(-not $hasAz) {
    BeforeAll {
        az login --service-principal --username $client --password $secret --tenant $tenant --output none
        $LASTEXITCODE | Should -Be 0
    }

    It 'lends its login' {
        $token = Get-MonitorToken LogAnalytics -AzureCli
        $token.CredentialName | Should -Be 'AzureCli'
        $token.Identity | Should -Be $client
        [int] $token.ExpiresIn.TotalMinutes | Should -BeIn (50..61)
        $answer = Invoke-RestMethod -Authentication Bearer -Token $token.Token -Uri 'https://api.loganalytics.io/v1/workspaces/x/query?query=Heartbeat'
        $answer.tables[0].rows.Count | Should -BeGreaterThan 0
    }

    It 'is asked for another subscription' {
        $subscription = az account show --query id --output tsv
        $token = Get-MonitorToken LogAnalytics -AzureCli -Subscription $subscription
        $token.Identity | Should -Be $client
        # It is another place among the tokens, and az says itself that there is no such subscription.
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli -Subscription 'No Such One' }
        $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
        "$thrown" | Should -Match 'No Such One'
        $thrown.ErrorDetails.RecommendedAction | Should -Match '^Check -Subscription\. az account list'
    }

    It 'takes a tenant or a subscription, not both' {
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli -TenantId $tenant -Subscription x }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
    }

    It 'is reached by the chain past a silent metadata address' {
        $metadata = $env:AZURE_POD_IDENTITY_AUTHORITY_HOST
        try {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $env:EMULATOR_SILENT
            (Get-MonitorToken LogAnalytics).CredentialName | Should -Be 'AzureCli'
        }
        finally {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $metadata
        }
    }

    It 'is not asked where a metadata service answers' {
        (Get-MonitorToken ResourceManager).CredentialName | Should -Be 'ManagedIdentity'
    }

    It 'says so when nobody is logged in' {
        $profileFolder = $env:AZURE_CONFIG_DIR
        try {
            $env:AZURE_CONFIG_DIR = Join-Path $TestDrive 'nobody'
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli }
            $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
            "$thrown" | Should -Match 'az login'
        }
        finally {
            $env:AZURE_CONFIG_DIR = $profileFolder
        }
    }
}
