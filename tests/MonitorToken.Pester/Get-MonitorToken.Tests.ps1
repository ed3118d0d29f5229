BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $silent = $env:EMULATOR_SILENT
    $noLogin = Join-Path $TestDrive 'no-login'
}

Describe 'Get-MonitorToken' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $environment = @{}
        foreach ($name in 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_AUTHORITY_HOST', 'AZURE_POD_IDENTITY_AUTHORITY_HOST', 'AZURE_CONFIG_DIR', 'IDENTITY_ENDPOINT', 'IDENTITY_HEADER') {
            $environment[$name] = [Environment]::GetEnvironmentVariable($name)
        }
    }

    AfterEach {
        foreach ($name in $environment.Keys) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
    }

    Context 'What to ask for' {
        It 'takes a name by position and returns a typed object' {
            $token = Get-MonitorToken LogAnalytics @application
            $token | Should -BeOfType MonitorToken.AccessToken
            $token.Resource | Should -BeExactly 'https://api.loganalytics.io'
            $token.ResourceName | Should -BeExactly 'LogAnalytics'
            $token.Token | Should -BeOfType securestring
            $token.ExpiresOn | Should -BeOfType DateTimeOffset
            $token.ExpiresOn.Offset | Should -Be ([TimeSpan]::Zero)
            $token.ExpiresIn | Should -BeOfType TimeSpan
            $token.IsExpired | Should -BeFalse
            $token.TenantId | Should -Be $application.TenantId
            $token.Identity | Should -Be $application.ClientId
            $token.CredentialName | Should -BeExactly 'ClientSecret'
        }

        It 'gives one token for each of several resources' {
            $tokens = Get-MonitorToken LogAnalytics, ResourceManager @application
            $tokens.Resource | Should -Be 'https://api.loganalytics.io', 'https://management.azure.com'
        }

        It 'takes names from the pipeline' {
            ('Logs', 'ARM' | Get-MonitorToken @application).ResourceName | Should -Be 'LogAnalytics', 'ResourceManager'
        }

        It 'takes resources of another cloud from the pipeline, and signs in there' {
            $token = Get-MonitorResource LogAnalytics -Environment AzureUSGovernment | Get-MonitorToken @application
            $token.Resource | Should -BeExactly 'https://api.loganalytics.us'
            (Get-Request).host | Should -BeExactly 'login.microsoftonline.us'
        }

        It 'passes <resource> on byte for byte' -ForEach @(
            @{ Resource = 'https://api.loganalytics.io/' }
            @{ Resource = 'https://monitor.azure.com/' }
            @{ Resource = 'https://management.azure.com' }
        ) {
            (Get-MonitorToken -Resource $resource @application).Resource | Should -BeExactly $resource
            (Get-Request).form.scope | Should -BeExactly "$resource/.default"
        }

        It 'finds resource and cloud of the address to be called' {
            $token = Get-MonitorToken -Uri https://dce-1.usgovvirginia-1.ingest.monitor.azure.us/dataCollectionRules/x @application
            $token.Resource | Should -BeExactly 'https://monitor.azure.us/'
            (Get-Request).host | Should -BeExactly 'login.microsoftonline.us'
        }

        It 'takes raw scopes, for one token' {
            $token = Get-MonitorToken -Scope https://api.loganalytics.io/.default @application
            $token.Scopes | Should -Be 'https://api.loganalytics.io/.default'
            $token.Resource | Should -BeExactly 'https://api.loganalytics.io'
        }

        It 'sends claims' {
            $null = Get-MonitorToken LogAnalytics @application -Claims '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
            (Get-Request).form.claims | Should -Match 'acrs'
        }

        It 'asks the cloud that -Environment names' {
            $token = Get-MonitorToken LogAnalytics @application -Environment AzureChinaCloud
            $token.Resource | Should -BeExactly 'https://api.loganalytics.azure.cn'
            (Get-Request).host | Should -BeExactly 'login.chinacloudapi.cn'
        }

        It 'asks the cloud that AZURE_AUTHORITY_HOST names' {
            $env:AZURE_AUTHORITY_HOST = 'https://login.microsoftonline.us/'
            (Get-MonitorToken LogAnalytics @application).Resource | Should -BeExactly 'https://api.loganalytics.us'
        }

        It 'asks an authority host of your own' {
            $null = Get-MonitorToken https://api.loganalytics.io @application -AuthorityHost $env:EMULATOR_AUTHORITY -DisableInstanceDiscovery
            (Get-Request).host | Should -BeExactly 'localhost'
        }

        It 'does nothing when nothing comes through the pipeline' {
            @() | Get-MonitorToken @application | Should -BeNullOrEmpty
            Get-Request | Should -BeNullOrEmpty
        }

        It 'completes the names, with the audience as tool tip' {
            $found = (TabExpansion2 'Get-MonitorToken -Resource Log').CompletionMatches
            $found.CompletionText | Should -Be 'LogAnalytics', 'LogsIngestion'
            $found[0].ToolTip | Should -BeExactly 'https://api.loganalytics.io'
            (TabExpansion2 'Get-MonitorToken -Environment AzureUSGovernment -Resource Custom').CompletionMatches.CompletionText | Should -Not -Contain 'CustomMetrics'
            (TabExpansion2 'Get-MonitorToken LogAnalytics -Exclude Az').CompletionMatches.CompletionText | Should -Be 'AzureCli', 'AzurePowerShell', 'AzureDeveloperCli'
        }
    }

    Context 'As whom' {
        It 'signs in with a client secret in exactly one request' {
            $null = Get-MonitorToken LogAnalytics @application
            $request = @(Get-Request)
            $request | Should -HaveCount 1
            $request.path | Should -BeExactly "/$($application.TenantId)/oauth2/v2.0/token"
            $request.form.client_id | Should -BeExactly $application.ClientId
        }

        It 'takes id and secret as a PSCredential' {
            $servicePrincipal = [pscredential]::new($application.ClientId, $application.ClientSecret)
            (Get-MonitorToken LogAnalytics -TenantId $application.TenantId -ServicePrincipal $servicePrincipal).Identity | Should -Be $application.ClientId
        }

        It 'takes a secret as plain text, with a warning that does not repeat it' {
            $plain = ConvertFrom-SecureString $application.ClientSecret -AsPlainText
            $application.ClientSecret = $plain
            (Get-MonitorToken LogAnalytics @application -WarningVariable warning -WarningAction SilentlyContinue).Identity | Should -Be $application.ClientId
            $warning | Should -HaveCount 1
            "$warning" | Should -Match 'plain text'
            "$warning" | Should -Not -Match ([regex]::Escape($plain))
        }

        It 'makes the documented v1 request' {
            $null = Get-MonitorToken -Resource https://monitoring.azure.com @application -UseV1Endpoint
            $request = Get-Request
            $request.path | Should -BeExactly "/$($application.TenantId)/oauth2/token"
            $request.form.resource | Should -BeExactly 'https://monitoring.azure.com'
            $request.form.psobject.Properties.Name | Sort-Object | Should -Be 'client_id', 'client_secret', 'grant_type', 'resource'
        }

        It 'signs in as the application in the environment' {
            $env:AZURE_TENANT_ID = $application.TenantId
            $env:AZURE_CLIENT_ID = $application.ClientId
            $env:AZURE_CLIENT_SECRET = ConvertFrom-SecureString $application.ClientSecret -AsPlainText
            $token = Get-MonitorToken LogAnalytics -FromEnvironment
            $token.CredentialName, $token.Identity | Should -Be 'Environment', $application.ClientId
            (Get-MonitorToken LogAnalytics).CredentialName | Should -Be 'Environment'
        }

        It 'signs in with the system-assigned identity of a machine' {
            $token = Get-MonitorToken LogAnalytics -ManagedIdentity
            $token.CredentialName | Should -Be 'ManagedIdentity'
            (Get-Request)[-1].headers.Metadata | Should -Be 'true'
        }

        It 'signs in with a user-assigned identity by <parameter>' -ForEach @(
            @{ Parameter = 'ClientId'; Value = $env:EMULATOR_USER_IDENTITY_CLIENT_ID }
            @{ Parameter = 'IdentityObjectId'; Value = $env:EMULATOR_USER_IDENTITY_OBJECT_ID }
            @{ Parameter = 'IdentityResourceId'; Value = $env:EMULATOR_USER_IDENTITY_RESOURCE_ID }
        ) {
            $which = @{ $parameter = $value }
            (Get-MonitorToken LogAnalytics -ManagedIdentity @which).Identity | Should -Be $env:EMULATOR_USER_IDENTITY_CLIENT_ID
        }

        It 'signs in with the identity of an App Service' {
            $env:IDENTITY_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT
            $env:IDENTITY_HEADER = $env:EMULATOR_MSI_SECRET
            (Get-MonitorToken LogAnalytics -ManagedIdentity -ForceRefresh).CredentialName | Should -Be 'ManagedIdentity'
            (Get-Request).path | Should -BeExactly '/msi/token'
        }

        It 'says that there is no managed identity here when the metadata address is silent' {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $silent
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity -ClientId ([guid]::NewGuid()) }
            $thrown.FullyQualifiedErrorId | Should -BeExactly 'CredentialUnavailable,MonitorToken.Commands.GetMonitorTokenCommand'
            "$thrown" | Should -Match 'There''s no managed identity here'
        }

        It 'uses the managed identity when asked as nobody in particular' {
            (Get-MonitorToken LogAnalytics -ForceRefresh).CredentialName | Should -Be 'ManagedIdentity'
        }

        It 'tells of each member of the chain when none works' {
            $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $silent
            $env:AZURE_CONFIG_DIR = $noLogin
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics }
            $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
            "$thrown" | Should -Match '(?s)Environment: .*ManagedIdentity: .*AzureCli: '
        }

        It 'narrows the chain with -Include and -Exclude' {
            "$(Get-ThrownError { Get-MonitorToken LogAnalytics -Include Environment })" | Should -Not -Match 'ManagedIdentity:'
            $env:AZURE_CONFIG_DIR = $noLogin
            "$(Get-ThrownError { Get-MonitorToken LogAnalytics -Exclude ManagedIdentity })" | Should -Match 'AzureCli:'
        }
    }

    Context 'Outputs' {
        It '-AsHeader goes into Invoke-RestMethod -Headers' {
            $header = Get-MonitorToken LogAnalytics @application -AsHeader
            $header | Should -BeOfType hashtable
            $answer = Invoke-RestMethod -Headers $header -Uri 'https://api.loganalytics.io/v1/workspaces/x/query?query=Heartbeat'
            $answer.tables[0].rows.Count | Should -BeGreaterThan 0
        }

        It '-AsSecureString and -AsPlainText give the token alone' {
            $secure = Get-MonitorToken LogAnalytics @application -AsSecureString
            $secure | Should -BeOfType securestring
            Get-MonitorToken LogAnalytics @application -AsPlainText | Should -BeExactly (ConvertFrom-SecureString $secure -AsPlainText)
        }

        It '-AsRestResponse <with> has the seven documented properties, in order, as strings' -ForEach @(
            @{ With = 'from the v1 endpoint'; More = @{ UseV1Endpoint = $true } }
            @{ With = 'from the v2 endpoint'; More = @{} }
        ) {
            $json = Get-MonitorToken https://monitoring.azure.com @application @more -AsRestResponse | ConvertTo-Json
            $answer = $json | ConvertFrom-Json -AsHashtable
            @($answer.Keys) | Should -BeExactly 'token_type', 'expires_in', 'ext_expires_in', 'expires_on', 'not_before', 'resource', 'access_token'
            $answer.Values | ForEach-Object { $_ | Should -BeOfType string }
            $answer.resource | Should -BeExactly 'https://monitoring.azure.com'
            [int] $answer.expires_in | Should -BeIn (3000..3700)
            [long] $answer.expires_on - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds() | Should -BeIn (3000..3700)
        }

        It 'refuses two forms at once' {
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application -AsHeader -AsPlainText }
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
            Get-Request | Should -BeNullOrEmpty
        }
    }

    Context 'Memory' {
        It 'asks once and answers from memory then' {
            1..5 | ForEach-Object { $null = Get-MonitorToken LogAnalytics @application }
            Get-Request | Should -HaveCount 1
        }

        It 'asks again with -ForceRefresh' {
            $first = Get-MonitorToken LogAnalytics @application
            $second = Get-MonitorToken LogAnalytics @application -ForceRefresh
            $second.GetPlainText() | Should -Not -Be $first.GetPlainText()
        }

        It 'warns when the identity service gives no longer token than this' {
            $null = Get-MonitorToken LogAnalytics @application -MinimumLifetime 2:00:00 -WarningVariable warning -WarningAction SilentlyContinue
            "$warning" | Should -Match '02:00:00'
        }

        It 'shares the tokens between runspaces, and one request between 16 that ask at once' {
            Add-Fault @{ delayMs = 500 }
            $module = $env:MONITORTOKEN_MODULE
            $tokens = 1..16 | ForEach-Object -ThrottleLimit 16 -Parallel {
                Import-Module $using:module
                $application = $using:application
                (Get-MonitorToken LogAnalytics @application).GetPlainText()
            }
            $tokens | Should -HaveCount 16
            $tokens | Select-Object -Unique | Should -HaveCount 1
            Get-Request | Should -HaveCount 1
        }

        It 'never answers a changed secret with the earlier token' {
            $null = Get-MonitorToken LogAnalytics @application
            $application.ClientSecret = ConvertTo-SecureString 'another' -AsPlainText -Force
            (Get-ThrownError { Get-MonitorToken LogAnalytics @application }).Exception.ErrorCode | Should -Be 'AADSTS7000215'
        }
    }

    Context 'Errors' {
        It '<what> is <id>, <category>' -ForEach @(
            @{ What = 'an http address'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = 'http://api.loganalytics.io' } }
            @{ What = 'a relative address'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = '/v1/workspaces' } }
            @{ What = 'an empty resource'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = '' } }
            @{ What = 'an unknown name'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = 'LogAnalytic' }; Says = "Did you mean 'LogAnalytics'\?" }
            @{ What = 'an unknown pair'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = 'CustomMetrics'; Environment = 'AzureUSGovernment' }; Says = 'No audience is known' }
            @{ What = 'no resource at all'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = $null } }
            @{ What = 'a look-alike of a host'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = $null; Uri = 'https://api.loganalytics.io.evil.example/v1' } }
            @{ What = 'a look-alike before a host'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = $null; Uri = 'https://evilapi.loganalytics.io/v1' } }
            @{ What = 'an http address to be called'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = $null; Uri = 'http://api.loganalytics.io/v1' } }
            @{ What = 'an address to be called of another cloud'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Resource = $null; Uri = 'https://api.loganalytics.us/v1'; Environment = 'AzureCloud' } }
            @{ What = 'both resource and address'; Id = 'InvalidResource'; Category = 'InvalidArgument'; Change = @{ Uri = 'https://api.loganalytics.io/v1' } }
            @{ What = 'an authority host without https'; Id = 'InvalidAuthority'; Category = 'InvalidArgument'; Change = @{ AuthorityHost = 'http://login.microsoftonline.com' } }
            @{ What = 'a tenant with spaces'; Id = 'InvalidTenant'; Category = 'InvalidArgument'; Change = @{ TenantId = 'my tenant' } }
            @{ What = 'a wrong secret'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Change = @{ ClientSecret = (ConvertTo-SecureString 'canary-7d2f' -AsPlainText -Force) }; Code = 'AADSTS7000215' }
            @{ What = 'an unknown tenant'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Change = @{ TenantId = 'b7a1f1a4-0000-4000-8000-000000000000' }; Code = 'AADSTS90002' }
            @{ What = 'an unknown application'; Id = 'AuthenticationFailed'; Category = 'AuthenticationError'; Change = @{ ClientId = 'b7a1f1a4-0000-4000-8000-000000000000' }; Code = 'AADSTS700016' }
            @{ What = 'an unknown resource'; Id = 'ResourceNotFound'; Category = 'ObjectNotFound'; Change = @{ Resource = 'https://unknown.example' }; Code = 'AADSTS500011' }
            @{ What = 'an authority that is not there'; Id = 'AuthorityUnreachable'; Category = 'ConnectionError'; Change = @{ Resource = 'https://api.loganalytics.io'; AuthorityHost = 'https://localhost:1'; DisableInstanceDiscovery = $true } }
        ) {
            $arguments = @{ Resource = 'LogAnalytics' } + $application
            foreach ($name in $change.Keys) {
                if ($null -eq $change[$name]) { $arguments.Remove($name) } else { $arguments[$name] = $change[$name] }
            }

            $thrown = Get-ThrownError { Get-MonitorToken @arguments }

            $thrown.FullyQualifiedErrorId | Should -BeExactly "$id,MonitorToken.Commands.GetMonitorTokenCommand"
            $thrown.CategoryInfo.Category | Should -Be $category
            $thrown.Exception | Should -BeOfType MonitorToken.TokenException
            $thrown.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $thrown.Exception.ErrorCode | Should -Be $code
            if ($says) { "$thrown" | Should -Match $says }
            $everything = $thrown | Format-List * -Force | Out-String
            $everything | Should -Not -Match ([regex]::Escape((ConvertFrom-SecureString $arguments.ClientSecret -AsPlainText)))
        }

        It 'names the credential as the target, and the ids that support asks for' {
            $application.ClientSecret = ConvertTo-SecureString 'wrong' -AsPlainText -Force
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application }
            "$thrown" | Should -BeLike 'ClientSecret was refused a token for https://api.loganalytics.io: AADSTS7000215: Invalid client secret*'
            $thrown.TargetObject | Should -BeOfType MonitorToken.Credential
            $thrown.TargetObject.ClientId | Should -Be $application.ClientId
            $thrown.Exception.CredentialName | Should -Be 'ClientSecret'
            [guid] $thrown.Exception.CorrelationId | Should -Not -BeNullOrEmpty
            [guid] $thrown.Exception.TraceId | Should -Not -BeNullOrEmpty
        }

        It 'can be caught by type, and sets $?' {
            $application.ClientSecret = ConvertTo-SecureString 'wrong' -AsPlainText -Force
            $caught = try { Get-MonitorToken LogAnalytics @application } catch [MonitorToken.TokenException] { 'caught' }
            $caught | Should -Be 'caught'
            # Not in here: below a try, the error would end the test.
            Invoke-FreshPowerShell 'Import-Module $env:MONITORTOKEN_MODULE; Get-MonitorToken Nothing 2>$null; $?; $Error.Count' | Select-Object -Last 2 | Should -Be 'False', '1'
        }

        It 'hands on a claims challenge' {
            Add-Fault @{ times = 1; error = @{ error = 'interaction_required'; error_description = 'AADSTS50076: More is needed.'; error_codes = @(50076); claims = '{"access_token":{"x":null}}' } }
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application }
            $thrown.FullyQualifiedErrorId | Should -Match '^InteractionRequired,'
            $thrown.Exception.Claims | Should -Be '{"access_token":{"x":null}}'
        }

        It 'stops at -TimeoutSec' {
            Add-Fault @{ hang = $true }
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application -TimeoutSec 1 }
            $thrown.FullyQualifiedErrorId | Should -Match '^Timeout,'
            $thrown.CategoryInfo.Category | Should -Be 'OperationTimeout'
        }

        It 'gives an opaque token all the same' {
            Add-Fault @{ accessToken = 'opaque' }
            $token = Get-MonitorToken LogAnalytics @application
            $token.GetPlainText() | Should -Be 'opaque'
            $token.Identity | Should -Be $application.ClientId
        }
    }

    Context 'While it works' {
        It 'tells with -Verbose what is asked and who answered' {
            $lines = Get-MonitorToken LogAnalytics @application -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] } | ForEach-Object Message
            $lines[0] | Should -Match '^POST https://login\.microsoftonline\.com/.*/oauth2/v2\.0/token: 200 in \d+ ms$'
            $lines[-1] | Should -Match 'ClientSecret got a token for https://api\.loganalytics\.io'
        }

        It 'shows progress when it takes longer than a second, and clears it' {
            Add-Fault @{ delayMs = 1600 }
            $shell = [powershell]::Create()
            $null = $shell.AddCommand('Import-Module').AddArgument($env:MONITORTOKEN_MODULE).AddStatement().AddCommand('Get-MonitorToken').AddParameters($application).AddParameter('Resource', 'LogAnalytics')
            $null = $shell.Invoke()
            $records = $shell.Streams.Progress | Where-Object Activity -eq 'MonitorToken'
            $shell.Dispose()
            $records[0].StatusDescription | Should -Match 'Waiting for login\.microsoftonline\.com'
            $records[-1].RecordType | Should -Be 'Completed'
        }

        It 'stops at once at Ctrl+C' {
            Add-Fault @{ hang = $true }
            $shell = [powershell]::Create()
            $null = $shell.AddScript('param($application) Import-Module $env:MONITORTOKEN_MODULE; Get-MonitorToken LogAnalytics @application').AddArgument($application).BeginInvoke()
            for ($i = 0; $i -lt 200 -and -not (Get-Request); $i++) { Start-Sleep -Milliseconds 50 }
            Get-Request | Should -HaveCount 1
            $stop = $shell.BeginStop($null, $null)
            $stop.AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Dispose()
        }
    }
}
