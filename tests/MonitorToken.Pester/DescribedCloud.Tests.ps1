# A cloud that nobody has heard of, and that its Resource Manager describes. A description is kept for the process, so
# that each test of reading one has a process of its own.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $rm = 'https://management.fabrikam.example'
    $workspace = 'https://api.loganalytics.fabrikam.example/v1/workspaces/0/query?query=print%201'

    function Get-AskedHost { (Get-Request).host | Select-Object -Unique }

    function Get-Description([hashtable] $Change = @{}, [hashtable] $Authentication = @{}) {
        $description = @{
            name = 'EvilCloud'; resourceManager = $rm; logAnalyticsResourceId = 'https://api.loganalytics.fabrikam.example'
            authentication = @{ loginEndpoint = 'https://login.fabrikam.example/'; audiences = @($rm) }
        }
        foreach ($name in $Authentication.Keys) { $description.authentication[$name] = $Authentication[$name] }
        foreach ($name in $Change.Keys) { $description[$name] = $Change[$name] }
        $description | ConvertTo-Json -Depth 5
    }
}

Describe 'A cloud that describes itself' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
    }

    It 'gives tokens for its names, addresses and scopes, from its own login host' {
        $token = Get-MonitorToken LogAnalytics -ResourceManager $rm @application
        $token.Resource | Should -BeExactly 'https://api.loganalytics.fabrikam.example'
        $token.ResourceName | Should -Be 'LogAnalytics'
        (Get-MonitorToken -Uri $workspace -ResourceManager $rm @application -ForceRefresh).Resource | Should -Be $token.Resource
        (Get-MonitorToken -Scope "$($token.Resource)/.default" -ResourceManager $rm @application -ForceRefresh).Scopes | Should -Be "$($token.Resource)/.default"
        (Get-MonitorToken ARM -ResourceManager $rm @application -UseV1Endpoint).Resource | Should -BeExactly $rm
        Get-AskedHost | Sort-Object | Should -Be 'login.fabrikam.example', 'management.fabrikam.example'
        @(Get-Request | Where-Object path -EQ '/metadata/endpoints').Count | Should -BeLessOrEqual 1

        $header = Get-MonitorToken LogAnalytics -ResourceManager $rm @application -AsHeader
        (Invoke-RestMethod $workspace -Headers $header).tables[0].rows.Count | Should -BeGreaterThan 0
    }

    It 'is the cloud of an address of its own, once it is described' {
        $null = Get-MonitorResource -ResourceManager $rm
        (Get-MonitorToken -Uri $workspace @application).Resource | Should -Be 'https://api.loganalytics.fabrikam.example'
        (Get-MonitorToken Logs -Environment FabrikamCloud @application -ForceRefresh).Resource | Should -Be 'https://api.loganalytics.fabrikam.example'
        Get-AskedHost | Should -Not -Contain 'login.microsoftonline.com'
    }

    It 'has a credential' {
        $credential = Get-MonitorTokenCredential -ResourceManager $rm @application
        $credential.AuthorityHost | Should -Be 'https://login.fabrikam.example/'
        "$($credential.Environment)" | Should -Be 'FabrikamCloud'
        ($credential | Get-MonitorToken LogAnalytics).Resource | Should -Be 'https://api.loganalytics.fabrikam.example'
        ($credential | Get-MonitorToken -Uri $workspace -ForceRefresh).Resource | Should -Be 'https://api.loganalytics.fabrikam.example'
        (Get-ThrownError { $credential | Get-MonitorToken -Uri 'https://api.loganalytics.io/v1' }).FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        (Get-ThrownError { Get-MonitorToken Prometheus -Credential $credential }).Exception.Message | Should -Be 'No audience is known for Prometheus in FabrikamCloud.'
    }

    It 'has chains, and the credential of an application that another identity signs in for' {
        $credential = Get-MonitorTokenCredential -ResourceManager $rm @application
        $chain = Get-MonitorTokenCredential -Credential (Get-MonitorTokenCredential -FromEnvironment -ResourceManager $rm), $credential
        ($chain | Get-MonitorToken LogAnalytics -ErrorAction SilentlyContinue -ErrorVariable problem).Resource | Should -Be 'https://api.loganalytics.fabrikam.example'
    }

    It 'is tested, with the call of an address' {
        $test = Test-MonitorTokenCredential -ResourceManager $rm @application
        $test.Status | Should -Be 'Succeeded'
        $test.Resource | Should -BeExactly $rm
        $test = Test-MonitorTokenCredential -Uri $workspace -ResourceManager $rm @application
        $test.Status, $test.StatusCode | Should -Be 'Succeeded', 200
    }

    It 'lists its resources, which the pipeline takes' {
        $resources = Get-MonitorResource -ResourceManager $rm
        $resources.Name | Should -Be (Get-MonitorResource).Name
        ($resources | Where-Object Audience).Name | Should -Be 'ResourceManager', 'LogAnalytics', 'ApplicationInsights'
        $resources.Environment | Select-Object -Unique | Should -Be 'FabrikamCloud'
        ($resources | Where-Object Name -EQ LogAnalytics).Endpoint | Should -Be 'https://api.loganalytics.fabrikam.example'
        ($resources | Where-Object Audience | Get-MonitorToken @application).Resource | Should -Be @($resources.Audience | Where-Object { $_ })
        $resources | Out-String -Width 80 | Should -Match 'FabrikamCloud'
    }

    It 'completes the names of clouds and resources' {
        (TabExpansion2 'Get-MonitorToken -Environment Azure').CompletionMatches.CompletionText | Should -Contain 'AzureChinaCloud'
        $null = Get-MonitorResource -ResourceManager $rm
        (TabExpansion2 'Get-MonitorToken -Environment Fab').CompletionMatches.CompletionText | Should -Be 'FabrikamCloud'
        (TabExpansion2 'Get-MonitorToken -Environment FabrikamCloud -Resource ').CompletionMatches.CompletionText | Should -Be 'ResourceManager', 'LogAnalytics', 'ApplicationInsights'
        (TabExpansion2 'Get-MonitorToken -Uri https://api.loganalytics.fab').CompletionMatches.ListItemText | Should -Be 'https://api.loganalytics.fabrikam.example'
        $error.Clear()
    }

    It 'is given by one parameter: <with>' -ForEach @(
        @{ With = 'Environment'; Script = { Get-MonitorToken ARM -ResourceManager $rm -Environment AzureCloud @application } }
        @{ With = 'AuthorityHost'; Script = { Get-MonitorTokenCredential -ResourceManager $rm -AuthorityHost https://login.microsoftonline.com @application } }
        @{ With = 'Environment'; Script = { Get-MonitorResource -ResourceManager $rm -Environment AzureCloud } }
        @{ With = 'Environment'; Script = { Test-MonitorTokenCredential -ResourceManager $rm -Environment AzureCloud @application } }
    ) {
        $thrown = Get-ThrownError $script
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        "$thrown" | Should -Match "-$with"
        Get-Request | Should -BeNullOrEmpty
    }
}

Describe 'A known cloud' {
    It 'has a name: <_>' -ForEach 'AzureBleuCloud', 'AzureGermanyCloud', 'USNat', 'USSec' {
        Clear-Emulator
        $application = New-Application
        $resource = Get-MonitorResource ARM -Environment $_
        (Get-MonitorToken ARM -Environment $_ @application).Resource | Should -BeExactly $resource.Audience
        Get-AskedHost | Should -Be (Get-MonitorTokenCredential -AzureCli -Environment $_).AuthorityHost.Host
        $thrown = Get-ThrownError { Get-MonitorToken Prometheus -Environment $_ @application }
        $thrown.ErrorDetails.RecommendedAction | Should -Match '-ResourceManager https://management\.'
    }

    It 'must have one' {
        $thrown = Get-ThrownError { Get-MonitorToken ARM -Environment Nowhere }
        $thrown.FullyQualifiedErrorId | Should -Match '^CannotConvertArgumentNoMessage,'
        "$thrown" | Should -Match "There's no cloud named 'Nowhere'\. Specify one of AzureCloud, AzureUSGovernment, AzureChinaCloud, "
    }
}

Describe 'A description that is not to be trusted' {
    It 'leads nothing anywhere: <name>' -ForEach @(
        @{ Name = 'a login host elsewhere'; Id = 'InvalidAuthority'; Body = { Get-Description -Authentication @{ loginEndpoint = 'https://login.evil.example/' } } }
        @{ Name = 'a look-alike'; Id = 'InvalidAuthority'; Body = { Get-Description -Authentication @{ loginEndpoint = 'https://login.evilfabrikam.example/' } } }
        @{ Name = 'plain http'; Id = 'InvalidAuthority'; Body = { Get-Description -Authentication @{ loginEndpoint = 'http://login.fabrikam.example/' } } }
        @{ Name = 'the audience of another service'; Id = 'InvalidAuthority'; Body = { Get-Description @{ logAnalyticsResourceId = 'https://vault.azure.net' } } }
        @{ Name = 'a web page'; Id = 'InvalidResponse'; Body = { '<html>Sign in</html>' } }
        @{ Name = 'without a login host'; Id = 'InvalidResponse'; Body = { '{}' } }
        @{ Name = 'a redirection'; Id = 'InvalidResponse'; Fault = @{ status = 302; headers = @{ Location = 'https://evil.example/' } } }
        @{ Name = 'too large'; Id = 'InvalidResponse'; Fault = @{ body = ' '; bodySize = 2097152 } }
        @{ Name = 'none in time'; Id = 'Timeout'; Fault = @{ hang = $true } }
    ) {
        Clear-Emulator
        $fault = if ($fault) { $fault.Clone() } else { @{ status = 200; body = & $body } }
        $domain = "x$(New-Guid)".Substring(0, 9) + '.fabrikam.example'
        if ($fault.body) { $fault.body = $fault.body -replace '(?<![\w])((management|login|api\.loganalytics)\.)fabrikam\.example', "`$1$domain" }
        Add-Fault ($fault + @{ match = @{ host = "management.$domain" } })
        $application = New-Application -Secret 'secret-of-the-described-cloud'
        $at = @{ ResourceManager = "https://management.$domain" }
        $scripts = @{
            Token      = { Get-MonitorToken LogAnalytics -TimeoutSec 1 @at @application }
            Test       = { Test-MonitorTokenCredential LogAnalytics -TimeoutSec 1 @at @application }
            Credential = { Get-MonitorTokenCredential @at @application }
            Resource   = { Get-MonitorResource @at }
        }
        foreach ($command in $scripts.Keys) {
            if ($id -eq 'Timeout' -and $command -in 'Credential', 'Resource') { continue }
            $thrown = Get-ThrownError $scripts[$command]
            $thrown.FullyQualifiedErrorId | Should -Match "^$id,"
            $thrown.ErrorDetails.RecommendedAction | Should -Match '-ResourceManager'
        }

        Get-AskedHost | Should -Be "management.$domain"
        Get-Request | ConvertTo-Json -Depth 6 | Should -Not -Match 'secret-of-the-described-cloud'
    }

    It 'is not asked for at an address that is no host' {
        Clear-Emulator
        foreach ($address in 'http://management.fabrikam.example', 'https://management.fabrikam.example/metadata', 'management.fabrikam.example') {
            $thrown = Get-ThrownError { Get-MonitorResource -ResourceManager $address }
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidAuthority,'
        }

        Get-Request | Should -BeNullOrEmpty
    }

    It 'is no more waited for after Ctrl+C' {
        Clear-Emulator
        Add-Fault @{ hang = $true; match = @{ host = 'management.slow.fabrikam.example' } }
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module $env:MONITORTOKEN_MODULE; Get-MonitorResource -ResourceManager https://management.slow.fabrikam.example")
            $running = $shell.BeginInvoke()
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            while (-not (Get-Request | Where-Object host -EQ 'management.slow.fabrikam.example') -and $clock.Elapsed.TotalSeconds -lt 30) { Start-Sleep -Milliseconds 50 }
            $clock.Restart()
            $shell.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 5
            $running.IsCompleted | Should -BeTrue
        }
        finally { $shell.Dispose() }
    }
}
