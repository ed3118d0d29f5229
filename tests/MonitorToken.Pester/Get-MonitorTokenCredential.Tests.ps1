BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'Get-MonitorTokenCredential' {
    BeforeEach {
        Clear-Emulator
        $secret = 'canary-' + [guid]::NewGuid().ToString('n')
        $application = New-Application -Secret $secret
    }

    It 'makes no request' {
        $credential = Get-MonitorTokenCredential @application
        $credential | Should -BeOfType MonitorToken.Credential
        $credential.Name, $credential.TenantId, $credential.ClientId | Should -Be 'ClientSecret', $application.TenantId, $application.ClientId
        $credential.Environment | Should -BeOfType string
        $credential.Environment | Should -Be 'AzureCloud'
        $credential.AuthorityHost.Host | Should -Be 'login.microsoftonline.com'
        Get-MonitorTokenCredential | Should -BeOfType MonitorToken.Credential
        Get-MonitorTokenCredential -ManagedIdentity | Should -BeOfType MonitorToken.Credential
        Get-MonitorTokenCredential -AzureCli | Should -BeOfType MonitorToken.Credential
        Get-Request | Should -BeNullOrEmpty
    }

    It 'pipes into Get-MonitorToken, for several resources' {
        $tokens = Get-MonitorTokenCredential @application | Get-MonitorToken LogAnalytics, ResourceManager
        $tokens.ResourceName | Should -Be 'LogAnalytics', 'ResourceManager'
        $tokens.Identity | Select-Object -Unique | Should -Be $application.ClientId
    }

    It 'pipes into Test-MonitorTokenCredential' {
        (Get-MonitorTokenCredential @application | Test-MonitorTokenCredential).Status | Should -Be 'Succeeded'
    }

    It 'knows its cloud, and names are looked up there' {
        $credential = Get-MonitorTokenCredential @application -Environment AzureUSGovernment
        ($credential | Get-MonitorToken LogAnalytics).Resource | Should -BeExactly 'https://api.loganalytics.us'
        (Get-Request).host | Should -BeExactly 'login.microsoftonline.us'
        (Get-ThrownError { Get-MonitorToken LogAnalytics -Credential $credential -Environment AzureCloud }).FullyQualifiedErrorId | Should -Match '^InvalidOption,'
    }

    It 'serves with a private authority' {
        $credential = Get-MonitorTokenCredential @application -AuthorityHost $env:EMULATOR_AUTHORITY -DisableInstanceDiscovery
        $credential.Environment | Should -BeNullOrEmpty
        ($credential | Get-MonitorToken https://api.loganalytics.io).Identity | Should -Be $application.ClientId
        (Get-Request).host | Should -BeExactly 'localhost'
    }

    It 'is not taken for a resource' {
        "$(Get-ThrownError { Get-MonitorTokenCredential @application | Get-MonitorToken })" | Should -Match 'No resource was specified'
        "$(Get-ThrownError { Get-MonitorToken (Get-MonitorTokenCredential @application) })" | Should -Match 'value of -Resource is neither a name nor a URI'
    }

    It 'keeps its authority, and refuses an address of another cloud' {
        $credential = Get-MonitorTokenCredential @application
        (Get-ThrownError { Get-MonitorToken LogAnalytics -Credential $credential -AuthorityHost https://login.private.example }).FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        (Get-ThrownError { Get-MonitorToken -Uri https://api.loganalytics.us/v1 -Credential $credential }).FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'makes a chain of several' {
        $absent = Get-MonitorTokenCredential -AzureDeveloperCli
        $good = Get-MonitorTokenCredential @application
        $path = $env:PATH
        try {
            $env:PATH = ''
            (Get-MonitorToken LogAnalytics -Credential $absent, $good).CredentialName | Should -Be 'ClientSecret'
        }
        finally { $env:PATH = $path }
    }

    It 'remembers when its last token expires' {
        $credential = Get-MonitorTokenCredential @application
        $credential.TokenExpiresOn | Should -BeNullOrEmpty
        $token = $credential | Get-MonitorToken LogAnalytics
        $credential.TokenExpiresOn | Should -Be $token.ExpiresOn
    }

    It 'outlives the SecureString that it was made of' {
        $credential = Get-MonitorTokenCredential @application
        $application.ClientSecret.Dispose()
        ($credential | Get-MonitorToken LogAnalytics).Identity | Should -Be $application.ClientId
    }

    It 'has exactly the properties of the contract, and shows no secret in <how>' -ForEach @(
        @{ How = 'the table'; Render = { $credential | Out-String -Width 9999 } }
        @{ How = 'a list of everything'; Render = { $credential | Format-List * -Force | Out-String -Width 9999 } }
        @{ How = 'a custom view'; Render = { $credential | Format-Custom -Depth 5 | Out-String -Width 9999 } }
        @{ How = 'ConvertTo-Json'; Render = { $credential | ConvertTo-Json -Depth 5 -WarningAction Ignore } }
        @{ How = 'Export-Clixml'; Render = { $credential | Export-Clixml "$TestDrive/credential.xml" -Depth 5; Get-Content "$TestDrive/credential.xml" -Raw } }
        @{ How = 'a string'; Render = { "$credential" } }
    ) {
        $credential = Get-MonitorTokenCredential @application
        $null = $credential | Get-MonitorToken LogAnalytics
        $credential.psobject.Properties.Name | Sort-Object | Should -Be 'AuthorityHost', 'CertificateExpiresOn', 'ClientId', 'Environment', 'Name', 'TenantId', 'TokenExpiresOn'
        $text = (& $render) -join "`n"
        $text | Should -Match 'ClientSecret'
        $text | Should -Not -Match $secret
        $text | Should -Not -Match ([BitConverter]::ToString([Text.Encoding]::Unicode.GetBytes($secret)).Replace('-', ''))
        $text | Should -Not -Match 'eyJ'
    }
}
