# Arguments that people pass without thinking: each works, or gets a sentence that says what to do.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $application = New-Application
    $without = $application.Clone()
    $without.Remove('ClientSecret')
}

Describe 'A secret' {
    It 'given as <name> is refused with a sentence, before anything is sent' -ForEach @(
        @{ Name = 'an array'; Value = { , @('first line', 'second line') }; Says = 'is a Object\[\], which is not a secret' }
        @{ Name = 'a list'; Value = { , [System.Collections.Generic.List[string]] @('one') }; Says = 'which is not a secret' }
        @{ Name = 'characters'; Value = { , 'canary-s3cret'.ToCharArray() }; Says = 'is a Char\[\], which is not a secret' }
        @{ Name = 'a PSCredential'; Value = { [pscredential]::new('app', (ConvertTo-Secret 'canary-s3cret')) }; Says = 'is a PSCredential, which is not a secret' }
        @{ Name = 'a text with a line break'; Value = { "canary-s3cret`n" }; Says = 'begins or ends with white space' }
        @{ Name = 'a SecureString with a line break'; Value = { ConvertTo-Secret "canary-s3cret`r`n" }; Says = 'begins or ends with white space' }
        @{ Name = 'text of ConvertFrom-SecureString'; Value = { ConvertTo-Secret 'canary-s3cret' | ConvertFrom-SecureString }; Says = 'ConvertFrom-SecureString returns' }
        @{ Name = 'data of DPAPI'; Value = { '01000000d08c9ddf0115d1118c7a00c04fc297eb010000004a5b6c7d' }; Says = 'ConvertFrom-SecureString returns' }
    ) {
        Clear-Emulator
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @without -ClientSecret (& $value) -WarningAction SilentlyContinue }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCredential,'
        "$thrown" | Should -Match $says
        $advice = $thrown.ErrorDetails.RecommendedAction
        if ($name -match 'array|list|characters|PSCredential') { $advice | Should -Match '-ServicePrincipal' }
        "$thrown $advice" | Should -Not -Match 'canary|first line'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'of any other parameter is refused alike: -<parameter>' -ForEach @(
        @{ Parameter = 'UserAssertion'; With = { $application } }
        @{ Parameter = 'FederatedToken'; With = { $without } }
        @{ Parameter = 'SystemAccessToken'; With = { $without + @{ AzurePipelines = $true; ServiceConnectionId = [guid]::NewGuid() } } }
    ) {
        Clear-Emulator
        $given = @{ $parameter = ConvertTo-Secret "canary-s3cret`n" } + (& $with)
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @given }
        "$thrown" | Should -Match 'begins or ends with white space'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'of the environment is refused alike: <variable>' -ForEach @{ Variable = 'AZURE_CLIENT_SECRET' }, @{ Variable = 'AZURE_CLIENT_ID' } {
        Clear-Emulator
        try {
            $env:AZURE_TENANT_ID = $application.TenantId
            $env:AZURE_CLIENT_ID = $application.ClientId
            $env:AZURE_CLIENT_SECRET = 'canary-s3cret'
            Set-Item env:$variable "$(Get-Content env:$variable)`n"
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -FromEnvironment }
            "$thrown" | Should -Match "The value of $variable begins or ends with white space"
            "$thrown" | Should -Not -Match 'canary'
            Get-Request | Should -BeNullOrEmpty
        }
        finally { Remove-Item env:AZURE_TENANT_ID, env:AZURE_CLIENT_ID, env:AZURE_CLIENT_SECRET }
    }
}

Describe 'An id' {
    It 'with a line break is refused before anything is sent: -<parameter>' -ForEach @(
        @{ Parameter = 'ClientId'; Id = 'InvalidCredential' }
        @{ Parameter = 'TenantId'; Id = 'InvalidTenant' }
    ) {
        Clear-Emulator
        $given = $application.Clone()
        $given[$parameter] += "`n"
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @given }
        $thrown.FullyQualifiedErrorId | Should -Match "^$id,"
        "$thrown" | Should -Match 'begins or ends with white space'
        Get-Request | Should -BeNullOrEmpty
    }
}

Describe 'A resource' {
    It 'that is the address of an endpoint leads to -Uri, before anything is sent: <address>' -ForEach @(
        @{ Address = 'https://api.loganalytics.io/v1/workspaces/x/query' }
        @{ Address = 'https://westeurope.monitoring.azure.com' }
        @{ Address = 'https://management.azure.com/subscriptions?api-version=2022-12-01' }
        @{ Address = 'https://rule-x1y2.westeurope-1.ingest.monitor.azure.com/' }
    ) {
        Clear-Emulator
        foreach ($thrown in (Get-ThrownError { Get-MonitorToken $address @application }), (Get-ThrownError { $address | Get-MonitorToken @application })) {
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
            "$thrown" | Should -Match 'is the address of an endpoint'
            $thrown.ErrorDetails.RecommendedAction | Should -Match '-Uri'
        }
        Get-Request | Should -BeNullOrEmpty
        (Get-MonitorToken -Uri $address @application).ResourceName | Should -Not -BeNullOrEmpty
    }

    It 'that is an audience is used as it is: <address>' -ForEach @(
        @{ Address = 'https://management.azure.com/' }
        @{ Address = 'https://monitoring.azure.com' }
        @{ Address = 'https://monitoring.azure.com/' }
    ) {
        (Get-MonitorToken $address @application).Resource | Should -BeExactly $address
    }

    It 'may be an application''s id or URI, on both endpoints: <audience>' -ForEach @(
        @{ Audience = 'ce34e7e5-485f-4d76-964f-b3d2b16d1e4f' }
        @{ Audience = 'api://b1b2c3d4-0000-4000-8000-000000000001' }
    ) {
        foreach ($endpoint in @{}, @{ UseV1Endpoint = $true }) {
            Clear-Emulator
            $thrown = try { $null = Get-MonitorToken $audience @application @endpoint } catch { $_ }
            # The emulator may not know the application; what counts is what was asked for.
            if ($thrown) { $thrown.FullyQualifiedErrorId | Should -Match '^ResourceNotFound,' }
            $form = (Get-Request | Where-Object path -match '/token$' | Select-Object -Last 1).form
            if ($endpoint.Count) { $form.resource | Should -BeExactly $audience }
            else { $form.scope | Should -BeExactly "$audience/.default" }
        }
    }
}

Describe 'Names from other modules' {
    It 'are aliases of ours: -<alias>' -ForEach @(
        @{ Alias = 'ApplicationId' }
        @{ Alias = 'AppId' }
    ) {
        $given = @{ TenantId = $application.TenantId; ClientSecret = $application.ClientSecret; $alias = $application.ClientId }
        (Get-MonitorToken -ResourceUrl https://api.loganalytics.io @given -TimeoutSeconds 60).Identity | Should -Be $application.ClientId
        (Get-MonitorToken -Scopes https://api.loganalytics.io/.default @given).Identity | Should -Be $application.ClientId
    }

    It 'the switch -Identity is the managed identity''s' {
        (Get-MonitorToken OperationalInsights -Identity).CredentialName | Should -Be 'ManagedIdentity'
    }
}

Describe 'Get-MonitorResource in a pipeline' {
    It 'takes names: <name>' -ForEach @(
        @{ Name = 'a string'; Script = { 'LogAnalytics' | Get-MonitorResource }; Expected = 'LogAnalytics' }
        @{ Name = 'several'; Script = { 'LogAnalytics', 'Prom*' | Get-MonitorResource }; Expected = 'LogAnalytics', 'Prometheus' }
        @{ Name = 'a column'; Script = { [pscustomobject]@{ Name = 'ARM' } | Get-MonitorResource }; Expected = 'ResourceManager' }
        @{ Name = 'nothing'; Script = { @() | Get-MonitorResource }; Expected = @() }
    ) {
        @(& $script | ForEach-Object Name) | Should -Be $expected
    }

    It 'takes its own objects, with their cloud' {
        (Get-MonitorResource LogAnalytics -Environment AzureChinaCloud | Get-MonitorResource).Audience | Should -Be 'https://api.loganalytics.azure.cn'
    }
}

Describe 'Test-MonitorTokenCredential with several resources' {
    It 'has a row for each, which says which' {
        $rows = Test-MonitorTokenCredential LogAnalytics, ResourceManager @application
        $rows.Resource | Should -Be 'https://api.loganalytics.io', 'https://management.azure.com'
        $rows.Status | Should -Be 'Succeeded', 'Succeeded'
    }
}
