# Whose token it is follows from what the caller says: never from a property that comes through the pipeline, and never
# from a switch that is $false.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $application = New-Application
    $credential = Get-MonitorTokenCredential @application
    Export-Clixml -InputObject $credential -Path "$TestDrive/credential.xml"

    # Nobody was asked for a token: neither Entra nor the metadata service, which would answer here.
    function Assert-NobodyAsked { Get-Request | Should -BeNullOrEmpty }
}

Describe 'What comes through the pipeline' {
    BeforeEach { Clear-Emulator; Clear-MonitorTokenCache }

    It 'as <what> is refused with a sentence by <command>, and the default chain does not answer' -ForEach @(
        foreach ($command in 'Get-MonitorToken', 'Test-MonitorTokenCredential', 'Get-MonitorTokenCredential') {
            @{ Command = $command; What = 'a credential from CLIXML'; Make = { Import-Clixml "$TestDrive/credential.xml" }; Id = 'InvalidCredential'; Says = 'was a credential before' }
            @{ Command = $command; What = 'a credential from JSON'; Make = { $credential | ConvertTo-Json | ConvertFrom-Json }; Id = 'InvalidCredential'; Says = 'was a credential before' }
            @{ Command = $command; What = 'a credential from a job'; Make = { Start-Job { $using:credential } | Receive-Job -Wait -AutoRemoveJob }; Id = 'InvalidCredential'; Says = 'was a credential before' }
            @{ Command = $command; What = 'the properties of a credential'; Make = { $credential | Select-Object * }; Id = 'InvalidCredential'; Says = 'was a credential before' }
            @{ Command = $command; What = 'a credential of a private authority from CLIXML'; Make = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-MonitorTokenCredential @application -AuthorityHost https://login.private.example))) }; Id = 'InvalidCredential'; Says = 'was a credential before' }
            @{ Command = $command; What = 'a token'; Make = { Get-MonitorToken LogAnalytics @application }; Id = 'InvalidOption'; Says = 'A token is neither a resource nor a credential' }
            @{ Command = $command; What = 'a token from CLIXML'; Make = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-MonitorToken LogAnalytics @application))) }; Id = 'InvalidOption'; Says = 'A token is neither a resource nor a credential' }
            @{ Command = $command; What = 'a token from JSON'; Make = { Get-MonitorToken LogAnalytics @application | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json }; Id = 'InvalidOption'; Says = 'the identity to sign in as is never read from a property' }
            @{ Command = $command; What = 'a context of Az.Accounts'; Make = { [pscustomobject] @{ Name = 'work'; Account = 'a@b.example'; Environment = 'AzureCloud'; Subscription = 's'; Tenant = 't' } }; Id = 'InvalidOption'; Says = 'the identity to sign in as is never read from a property' }
            @{ Command = $command; What = 'a row with Environment'; Make = { [pscustomobject] @{ Name = 'vm1'; Environment = 'AzureCloud' } }; Id = 'InvalidOption'; Says = 'a property Environment' }
            @{ Command = $command; What = 'a row with an Environment that is empty'; Make = { 'Resource,Environment', 'LogAnalytics,' | ConvertFrom-Csv }; Id = 'InvalidOption'; Says = 'a property Environment' }
            @{ Command = $command; What = 'a row with a tenant and an application'; Make = { 'Resource,TenantId,ClientId,ClientSecret', 'LogAnalytics,t,c,s3cret-value' | ConvertFrom-Csv }; Id = 'InvalidOption'; Says = 'a property TenantId' }
            @{ Command = $command; What = 'a row with an application''s id'; Make = { 'Resource,ApplicationId', 'LogAnalytics,c' | ConvertFrom-Csv }; Id = 'InvalidOption'; Says = 'a property ApplicationId' }
            @{ Command = $command; What = 'a resource of Get-MonitorResource that was selected'; Make = { Get-MonitorResource LogAnalytics | Select-Object Name, Environment }; Id = 'InvalidOption'; Says = 'a property Environment' }
            @{ Command = $command; What = 'a hashtable'; Make = { @{ Resource = 'LogAnalytics' } }; Id = 'InvalidOption'; Says = ', not a Hashtable' }
            @{ Command = $command; What = 'a folder'; Make = { Get-Item $TestDrive }; Id = 'InvalidOption'; Says = ', not a DirectoryInfo' }
        }
    ) {
        $thing = & $make
        $thing | Should -Not -BeNullOrEmpty
        $asks = if ($command -eq 'Get-MonitorToken') { @{ Resource = 'LogAnalytics' }, @{ Uri = 'https://api.loganalytics.io/v1' }, @{ Scope = 'https://api.loganalytics.io/.default' }, @{} } else { , @{} }
        Clear-Emulator
        Clear-MonitorTokenCache
        foreach ($ask in $asks) {
            $thrown = Get-ThrownError { $thing | & $command @ask }
            $thrown.FullyQualifiedErrorId | Should -Match "^$id,"
            "$thrown" | Should -Match $says
            $thrown.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            "$thrown $($thrown.ErrorDetails.RecommendedAction)" | Should -Not -Match 's3cret-value'
        }
        Assert-NobodyAsked
    }

    It 'is refused where the way of signing in was given, too' {
        foreach ($thing in (Import-Clixml "$TestDrive/credential.xml"), [pscustomobject] @{ Resource = 'LogAnalytics'; TenantId = 't' }) {
            (Get-ThrownError { $thing | Get-MonitorToken @application }).FullyQualifiedErrorId | Should -Match '^Invalid(Credential|Option),'
            (Get-ThrownError { $thing | Get-MonitorToken -ManagedIdentity }).FullyQualifiedErrorId | Should -Match '^Invalid(Credential|Option),'
        }
        Assert-NobodyAsked
    }

    It 'is refused as $null, which a variable is that was never set' {
        foreach ($command in { $null | Get-MonitorToken LogAnalytics }, { $null | Get-MonitorToken LogAnalytics -ManagedIdentity }, { $null | Test-MonitorTokenCredential }) {
            $Error.Clear()
            $output = try { & $command 2>&1 } catch { $_ }
            $output | Should -HaveCount 1
            $output | Should -BeOfType System.Management.Automation.ErrorRecord
        }
        Assert-NobodyAsked
    }

    It 'as a credential serves <ask>' -ForEach @(
        @{ Ask = '-Resource'; With = @{ Resource = 'LogAnalytics' } }
        @{ Ask = '-Uri'; With = @{ Uri = 'https://api.loganalytics.io/v1/workspaces/x/query' } }
        @{ Ask = '-Scope'; With = @{ Scope = 'https://api.loganalytics.io/.default' } }
    ) {
        $other = Get-MonitorTokenCredential -ManagedIdentity
        $tokens = $credential, $other, $credential | Get-MonitorToken @with
        $tokens.CredentialName | Should -Be 'ClientSecret', 'ManagedIdentity', 'ClientSecret'
        $tokens.Resource | Select-Object -Unique | Should -BeExactly 'https://api.loganalytics.io'
        (, @($credential, $other) | Get-MonitorToken @with).CredentialName | Should -Be 'ClientSecret'
        (Get-MonitorToken -InputObject $credential @with).CredentialName | Should -Be 'ClientSecret'
    }

    It 'as a credential is not mixed with another way of signing in: <given>' -ForEach @(
        @{ Given = '-ManagedIdentity'; With = @{ ManagedIdentity = $true } }
        @{ Given = '-TenantId'; With = @{ TenantId = 'contoso.example' } }
        @{ Given = '-ClientId'; With = @{ ClientId = 'x' } }
        @{ Given = '-Include'; With = @{ Include = 'ManagedIdentity' } }
        @{ Given = '-Credential'; With = @{ Credential = 'here' } }
    ) {
        if ($with.Credential) { $with.Credential = $credential }
        $thrown = Get-ThrownError { $credential | Get-MonitorToken LogAnalytics @with }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        "$thrown" | Should -Match "credential came through the pipeline, and $given was also specified"
        Assert-NobodyAsked
    }

    It 'as <what> is what is asked for' -ForEach @(
        @{ What = 'names'; Make = { 'Logs', 'ARM' }; Resource = 'https://api.loganalytics.io', 'https://management.azure.com' }
        @{ What = 'an address'; Make = { 'https://api.loganalytics.io' }; Resource = 'https://api.loganalytics.io' }
        @{ What = 'a Uri, to the letter'; Make = { [uri] 'https://api.loganalytics.io' }; Resource = 'https://api.loganalytics.io' }
        @{ What = 'rows with Resource'; Make = { 'Resource', 'Logs', 'ARM' | ConvertFrom-Csv }; Resource = 'https://api.loganalytics.io', 'https://management.azure.com' }
        @{ What = 'rows with Resource and columns of no importance'; Make = { 'Owner,Resource,Cost', 'me,Logs,1', 'you,ARM,2' | ConvertFrom-Csv }; Resource = 'https://api.loganalytics.io', 'https://management.azure.com' }
        @{ What = 'lines of a file'; Make = { Set-Content "$TestDrive/names" 'Logs'; Get-Content "$TestDrive/names" }; Resource = 'https://api.loganalytics.io' }
        @{ What = 'a resource of the public cloud'; Make = { Get-MonitorResource LogAnalytics }; Resource = 'https://api.loganalytics.io' }
        @{ What = 'a resource of the government''s cloud'; Make = { Get-MonitorResource LogAnalytics -Environment AzureUSGovernment }; Resource = 'https://api.loganalytics.us'; Login = 'login.microsoftonline.us' }
        @{ What = 'a resource of the cloud in China'; Make = { Get-MonitorResource LogAnalytics -Environment AzureChinaCloud }; Resource = 'https://api.loganalytics.azure.cn'; Login = 'login.chinacloudapi.cn' }
    ) {
        $things = & $make
        ($things | Get-MonitorToken @application).Resource | Should -BeExactly $resource
        if ($login) { (Get-Request).host | Select-Object -Unique | Should -BeExactly $login }
        if (-not $login) { ($things | Get-MonitorToken -Credential $credential).Resource | Should -BeExactly $resource }
    }

    It 'can be turned into names by a script that is given as -Resource' {
        ([pscustomobject] @{ Kind = 'Analytics' } | Get-MonitorToken @application -Resource { "Log$($_.Kind)" }).ResourceName | Should -Be 'LogAnalytics'
    }

    It 'brings no second resource' {
        (Get-ThrownError { 'Logs' | Get-MonitorToken ARM @application }).FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        (Get-ThrownError { 'Logs' | Get-MonitorToken @application -Uri https://api.loganalytics.io/v1 }).FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        "$(Get-ThrownError { Get-MonitorResource Logs | Get-MonitorToken @application -Environment AzureUSGovernment })" | Should -Match 'belongs to AzureCloud, but -Environment is AzureUSGovernment'
        Assert-NobodyAsked
    }
}

Describe 'A switch that is $false' {
    BeforeAll {
        $switches = 'FromEnvironment', 'ManagedIdentity', 'WorkloadIdentity', 'GitHubActions', 'AzurePipelines', 'AzureCli', 'AzureDeveloperCli', 'VisualStudio', 'AzurePowerShell', 'Interactive', 'DeviceCode', 'Silent'
    }

    BeforeEach { Clear-Emulator; Clear-MonitorTokenCache }

    AfterEach { $env:AZURE_TOKEN_CREDENTIALS = $null }

    It 'is every switch that says as whom' {
        # A new one is to be told of here.
        $sets = (Get-Command Get-MonitorTokenCredential).ParameterSets
        $mandatory = $sets.Parameters | Where-Object { $_.IsMandatory -and $_.ParameterType -eq [switch] }
        $mandatory.Name | Sort-Object -Unique | Should -Be ($switches | Sort-Object)
    }

    It 'counts as left out: -<_>:$false' -ForEach 'FromEnvironment', 'ManagedIdentity', 'WorkloadIdentity', 'GitHubActions', 'AzurePipelines', 'AzureCli', 'AzureDeveloperCli', 'VisualStudio', 'AzurePowerShell', 'Interactive', 'DeviceCode', 'Silent' {
        $off = @{ $_ = $false }
        (Get-MonitorTokenCredential @off).Name | Should -Be 'Default'
        # The default chain answers, as the variable says: what was switched off plays no part.
        $env:AZURE_TOKEN_CREDENTIALS = 'AzureCliCredential'
        "$(Get-ThrownError { Get-MonitorToken LogAnalytics @off })" | Should -Match '1\. AzureCli: '
        $env:AZURE_TOKEN_CREDENTIALS = 'ManagedIdentityCredential'
        (Get-MonitorToken LogAnalytics @off).CredentialName | Should -Be 'ManagedIdentity'
        (Test-MonitorTokenCredential @off | Where-Object Status -ne NotTried).CredentialName | Should -Be 'ManagedIdentity'
        ($credential | Get-MonitorToken LogAnalytics @off).CredentialName | Should -Be 'ClientSecret'
    }

    It 'leaves to the default chain what that one knows' {
        $identity = $env:EMULATOR_USER_IDENTITY_CLIENT_ID
        (Get-MonitorToken LogAnalytics -ManagedIdentity:$false -ClientId $identity).Identity | Should -Be (Get-MonitorToken LogAnalytics -ManagedIdentity -ClientId $identity).Identity
        foreach ($way in 'GitHubActions', 'AzurePipelines') {
            $off = @{ $way = $false }
            (Get-MonitorTokenCredential @off -TenantId contoso.example -ClientId $identity).Name | Should -Be 'Default'
        }
    }

    It 'leaves nothing else unused in silence: -<way>:$false -<parameter>' -ForEach @(
        @{ Way = 'ManagedIdentity'; Parameter = 'IdentityResourceId' }
        @{ Way = 'ManagedIdentity'; Parameter = 'IdentityObjectId' }
        @{ Way = 'WorkloadIdentity'; Parameter = 'TokenFilePath' }
        @{ Way = 'AzureCli'; Parameter = 'Subscription' }
        @{ Way = 'AzurePipelines'; Parameter = 'ServiceConnectionId' }
        @{ Way = 'AzurePipelines'; Parameter = 'SystemAccessToken' }
        @{ Way = 'Interactive'; Parameter = 'LoginHint' }
        @{ Way = 'Interactive'; Parameter = 'TokenCacheName' }
        @{ Way = 'DeviceCode'; Parameter = 'TokenCacheName' }
        @{ Way = 'Silent'; Parameter = 'TokenCacheName' }
        @{ Way = 'Silent'; Parameter = 'LoginHint' }
    ) {
        $given = @{ $way = $false; $parameter = if ($parameter -eq 'SystemAccessToken') { ConvertTo-Secret x } else { 'x' } }
        foreach ($command in 'Get-MonitorTokenCredential', 'Test-MonitorTokenCredential') {
            $thrown = Get-ThrownError { & $command @given }
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
            "$thrown" | Should -BeExactly "-$parameter belongs to -$way, which is `$false."
        }
        Assert-NobodyAsked
    }

    It 'counts as left out among the outputs and beside a secret' {
        $token = Get-MonitorToken LogAnalytics @application -UseV1Endpoint:$false -AsHeader:$false -AsSecureString:$false -AsPlainText:$false -AsRestResponse:$false -ForceRefresh:$false -DisableInstanceDiscovery:$false
        $token | Should -BeOfType MonitorToken.AccessToken
        (Get-Request).path | Should -Match '/v2\.0/'
        Get-MonitorToken LogAnalytics @application -AsHeader:$false -AsPlainText | Should -BeOfType string
        (Get-MonitorToken LogAnalytics -Credential $credential -DisableInstanceDiscovery:$false).CredentialName | Should -Be 'ClientSecret'
    }

    It 'lets a way that is wanted say what it lacks' -ForEach @(
        @{ With = @{ GitHubActions = $true }; Lacks = 'TenantId' }
        @{ With = @{ GitHubActions = $true; TenantId = 't' }; Lacks = 'ClientId' }
        @{ With = @{ AzurePipelines = $true; TenantId = 't'; ClientId = 'c' }; Lacks = 'ServiceConnectionId' }
    ) {
        $thrown = Get-ThrownError { Get-MonitorTokenCredential @with }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        "$thrown" | Should -Match "was specified without -$lacks\."
    }
}

Describe 'A value of the wrong type' {
    It 'is not printed by the error' -ForEach @(
        foreach ($parameter in 'ClientSecret', 'FederatedToken', 'UserAssertion', 'CertificatePassword', 'SystemAccessToken') {
            @{ Parameter = $parameter; What = 'an object'; Make = { [pscustomobject] @{ Secret = 's3cret-value' } }; Says = 'is of type PSCustomObject, which isn''t a secret'; Id = 'InvalidCredential' }
            @{ Parameter = $parameter; What = 'a table'; Make = { @{ Secret = 's3cret-value' } }; Says = 'is of type Hashtable, which isn''t a secret'; Id = 'InvalidCredential' }
            @{ Parameter = $parameter; What = 'two lines'; Make = { 's3cret-value', 'another' }; Says = 'is of type Object\[\], which isn''t a secret'; Id = 'InvalidCredential' }
            @{ Parameter = $parameter; What = 'characters'; Make = { , 's3cret-value'.ToCharArray() }; Says = 'is of type Char\[\], which isn''t a secret'; Id = 'InvalidCredential' }
            @{ Parameter = $parameter; What = 'a PSCredential'; Make = { [pscredential]::new('s3cret-value', (ConvertTo-Secret 's3cret-value')) }; Says = 'is of type PSCredential, which isn''t a secret'; Id = 'InvalidCredential' }
            @{ Parameter = $parameter; What = 'a text that is too long'; Make = { 's3cret-value' * 10000 }; Says = 'at most 65536 characters'; Id = 'InvalidCredential' }
        }
        foreach ($parameter in 'ServicePrincipal', 'Certificate', 'TenantId', 'ClientId', 'FederatedCredential') {
            @{ Parameter = $parameter; What = 'an object'; Make = { [pscustomobject] @{ Secret = 's3cret-value' } }; Says = 'A PSCustomObject was specified instead of a '; Id = 'ParameterArgumentTransformationError' }
            @{ Parameter = $parameter; What = 'a table'; Make = { @{ Secret = 's3cret-value' } }; Says = 'A Hashtable was specified instead of a '; Id = 'ParameterArgumentTransformationError' }
        }
    ) {
        $given = @{ TenantId = 't' }
        if ($parameter -ne 'ServicePrincipal') { $given.ClientId = 'c' }
        switch ($parameter) {
            UserAssertion { $given.ClientSecret = ConvertTo-Secret x }
            CertificatePassword { $given.CertificatePath = '/app.pfx' }
            SystemAccessToken { $given.AzurePipelines = $true; $given.ServiceConnectionId = 's' }
        }
        $given[$parameter] = & $make
        foreach ($command in 'Get-MonitorTokenCredential', 'Get-MonitorToken') {
            $Error.Clear()
            $streams = & { try { & $command @given -Verbose -Debug } catch { $_ | Format-List * -Force; Get-Error $_ } } *>&1 | Out-String -Width 9999
            "$streams" | Should -Match $says -Because "-$parameter was given $what"
            "$streams $($Error | Format-List * -Force | Out-String -Width 9999)" | Should -Not -Match 's3cret'
            (Get-ThrownError { & $command @given }).FullyQualifiedErrorId | Should -Match "^$id,"
        }
    }
}
