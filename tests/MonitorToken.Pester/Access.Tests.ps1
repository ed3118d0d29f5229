# A token is not yet access: what the service behind an address says to each identity.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $workspace = 'https://api.loganalytics.io/v1/workspaces/9e6f4a1c-5f2b-4f0e-8d0a-3c1b7a9d2e55/query?query=print%201'
    # As azure-sdk-for-net's troubleshooting guide has it.
    $insufficient = '{"error":{"message":"The provided credentials have insufficient access to perform the requested operation","code":"InsufficientAccessError","correlationId":"0"}}'

    function Add-Refusal([int] $Status, [string] $Body, [string] $At = 'api.loganalytics.io', [hashtable] $Headers = @{}, [hashtable] $More = @{}) {
        Add-Fault (@{ match = @{ host = $at }; status = $status; body = $body; headers = $headers } + $more)
    }

    function Get-Call([string] $At = 'api.loganalytics.io') { @(Get-Request | Where-Object host -eq $at) }
}

Describe 'Test-MonitorTokenCredential -Uri' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $metadata, $config = $env:AZURE_POD_IDENTITY_AUTHORITY_HOST, $env:AZURE_CONFIG_DIR
    }

    AfterEach {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST, $env:AZURE_CONFIG_DIR = $metadata, $config
    }

    It 'makes one GET with the token, and tells that the service lets the identity in' {
        $row = Test-MonitorTokenCredential @application -Uri $workspace
        $row.Status, $row.StatusCode, $row.Identity | Should -Be 'Succeeded', 200, $application.ClientId
        $row.Reason | Should -Be 'HTTP 200.'
        $row.RecommendedAction | Should -BeNullOrEmpty
        $calls = Get-Call
        $calls | Should -HaveCount 1
        $calls[0].method, $calls[0].query.query | Should -Be 'GET', 'print 1'
        $calls[0].headers.Authorization | Should -BeLike 'Bearer ey*'
        (Get-Request | Where-Object method -eq POST).form.scope | Should -Be 'https://api.loganalytics.io/.default'
    }

    It 'leaves what it told before alone where there is no -Uri' {
        $row = Test-MonitorTokenCredential @application
        $row.Status | Should -Be 'Succeeded'
        $row.StatusCode | Should -BeNullOrEmpty
        Get-Call management.azure.com | Should -BeNullOrEmpty
    }

    It 'names the role that is missing, and how long a new assignment takes' {
        Add-Refusal 403 $insufficient
        $row = Test-MonitorTokenCredential @application -Uri $workspace
        $row.Status, $row.StatusCode, $row.Identity | Should -Be 'Refused', 403, $application.ClientId
        $row.Reason | Should -Be 'HTTP 403, InsufficientAccessError: The provided credentials have insufficient access to perform the requested operation.'
        $row.RecommendedAction | Should -Match 'Log Analytics Reader or Monitoring Reader on the workspace.*up to 10 minutes\.$'
        Get-Call | Should -HaveCount 1
    }

    It 'lists what does not get in by Where-Object, one row for each member of the chain' {
        $env:AZURE_CONFIG_DIR = "$TestDrive/nobody"
        Add-Refusal 403 $insufficient
        $rows = Test-MonitorTokenCredential -Uri $workspace
        $rows | Should -HaveCount 7
        $identity = $rows | Where-Object CredentialName -eq ManagedIdentity
        $identity.Status, $identity.StatusCode | Should -Be 'Refused', 403
        # The role by way of a group is the case in which one waits for a day.
        $identity.RecommendedAction | Should -Match 'Through a group, it takes up to 24 hours'
        ($rows | Where-Object Status -ne Succeeded) | Should -HaveCount 7
        $rows | Where-Object { $_.Status -eq 'Unavailable' -and $null -ne $_.StatusCode } | Should -BeNullOrEmpty
        Clear-Emulator
        (Test-MonitorTokenCredential -Uri $workspace | Where-Object Status -eq Succeeded).CredentialName | Should -Be 'ManagedIdentity'
    }

    It 'tells each of several identities apart' {
        $other = New-Application
        Add-Refusal 403 $insufficient -More @{ times = 1 }
        $rows = @(Get-MonitorTokenCredential @application; Get-MonitorTokenCredential @other) | Test-MonitorTokenCredential -Uri $workspace
        $rows | ForEach-Object { "$($_.StatusCode) $($_.Status)" } | Sort-Object | Should -Be '200 Succeeded', '403 Refused'
    }

    It 'says what <Status> of <At> means: <Means>' -ForEach @(
        # Resource Manager's own words.
        @{ Path = 'https://management.azure.com/subscriptions/0?api-version=2022-12-01'; At = 'management.azure.com'; Status = 403; Is = 'Refused'; Means = 'Reader or Monitoring Reader on the resource, or on a scope that contains it'
            Body = '{"error":{"code":"AuthorizationFailed","message":"The client ''a'' with object id ''b'' does not have authorization to perform action ''Microsoft.Resources/subscriptions/read'' over scope ''/subscriptions/0'' or the scope is invalid. If access was recently granted, please refresh your credentials."}}'; Says = 'AuthorizationFailed: The client' }
        @{ Path = 'https://management.azure.com/subscriptions/0'; At = 'management.azure.com'; Status = 400; Is = 'Inconclusive'; Means = 'Add the api-version'
            Body = '{"error":{"code":"MissingApiVersionParameter","message":"The api-version query parameter (?api-version=) is required for all requests."}}'; Says = 'MissingApiVersionParameter' }
        @{ Path = 'https://management.azure.com/subscriptions/0?api-version=2022-12-01'; At = 'management.azure.com'; Status = 404; Is = 'Inconclusive'; Means = 'belongs to another tenant'
            Body = '{"error":{"code":"SubscriptionNotFound","message":"The subscription ''0'' could not be found."}}'; Says = 'SubscriptionNotFound' }
        # azure-cli-extensions #2479, azure-sdk-for-net #24274: 404.
        @{ Path = 'https://api.loganalytics.io/v1/workspaces/my-workspace/query?query=print%201'; At = 'api.loganalytics.io'; Status = 404; Is = 'Inconclusive'; Means = 'The workspace doesn''t exist or was deleted\. The URI takes its Workspace ID'
            Body = '{"error":{"message":"The requested path does not exist","code":"PathNotFoundError"}}'; Says = 'PathNotFoundError: The requested path does not exist.' }
        # A workspace behind a network security perimeter; no role helps.
        @{ Path = 'https://api.loganalytics.io/v1/workspaces/x/query?query=print%201'; At = 'api.loganalytics.io'; Status = 403; Is = 'Refused'; Means = 'The network isn''t allowed, and no role changes that'
            Body = '{"error":{"message":"The provided credentials have insufficient access to perform the requested operation","code":"InsufficientAccessError","innererror":{"code":"NspValidationFailedError","message":"Access to workspace ''x'' from ''172.201.77.43'' is denied."}}}'; Says = '\(NspValidationFailedError: Access to workspace' }
        @{ Path = 'https://abc-1234.westeurope.prometheus.monitor.azure.com/api/v1/query?query=up'; At = 'abc-1234.westeurope.prometheus.monitor.azure.com'; Status = 403; Is = 'Refused'; Means = 'Monitoring Data Reader on the Azure Monitor workspace.*or several hours at a management group'
            Body = '{"status":"error","errorType":"forbidden","error":"Access denied"}'; Says = 'forbidden: Access denied' }
        @{ Path = 'https://westeurope.metrics.monitor.azure.com/subscriptions/0/metrics:getBatch'; At = 'westeurope.metrics.monitor.azure.com'; Status = 403; Is = 'Refused'; Means = 'Monitoring Reader on the subscription'
            Body = ''; Says = 'without a reason' }
        # azure-docs #20651.
        @{ Path = 'https://westeurope.monitoring.azure.com/subscriptions/0/resourceGroups/r/providers/Microsoft.Web/sites/s/metrics'; At = 'westeurope.monitoring.azure.com'; Status = 401; Is = 'Refused'; Means = 'Monitoring Metrics Publisher on the resource that emits the metrics'
            Body = '{"error":{"code":"AuthenticationFailed","message":"The Azure AD object ''0'' does not have permissions to perform action ''Microsoft.Insights/Metrics/write'' over scope ''/subscriptions/0''. "}}'; Says = 'AuthenticationFailed: The Azure AD object' }
        # Troubleshooting of the ingestion client libraries; 30 minutes as of remote write.
        @{ Path = 'https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-A?api-version=2023-01-01'; At = 'dce-1.westeurope-1.ingest.monitor.azure.com'; Status = 403; Is = 'Refused'; Means = 'Monitoring Metrics Publisher on the data collection rule.*up to 30 minutes'
            Body = '{"error":{"code":"OperationFailed","message":"The authentication token provided does not have access to ingest data for the data collection rule with immutable Id ''dcr-1''."}}'; Says = 'OperationFailed: The authentication token' }
        @{ Path = 'https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-A?api-version=2023-01-01'; At = 'dce-1.westeurope-1.ingest.monitor.azure.com'; Status = 405; Is = 'Inconclusive'; Means = 'accepts only POST, so a GET can''t show'
            Body = ''; Says = 'HTTP 405' }
        @{ Path = 'https://westeurope.monitoring.azure.com/subscriptions/0/metrics'; At = 'westeurope.monitoring.azure.com'; Status = 404; Is = 'Inconclusive'; Means = 'accepts only POST'
            Body = ''; Says = 'HTTP 404' }
        @{ Path = 'https://api.applicationinsights.io/v1/apps/x/query?query=print%201'; At = 'api.applicationinsights.io'; Status = 403; Is = 'Refused'; Means = 'Reader or Monitoring Reader on the Application Insights resource.*up to 60 minutes'
            Body = '{"error":{"message":"The provided credentials have insufficient access to perform the requested operation","code":"InsufficientAccessError"}}'; Says = 'InsufficientAccessError' }
        @{ Path = 'https://api.loganalytics.io/v1/workspaces/x/query?query=print%201'; At = 'api.loganalytics.io'; Status = 503; Is = 'Inconclusive'; Means = 'can''t respond right now'
            Body = ''; Says = 'HTTP 503' }
        @{ Path = 'https://api.loganalytics.io/v1/workspaces/x/query?query=print%201'; At = 'api.loganalytics.io'; Status = 403; Is = 'Inconclusive'; Means = 'no proxy, firewall or sign-in page'
            Body = '<html><body>Blocked.</body></html>'; Says = 'HTTP 403 with a web page' }
        @{ Path = 'https://api.loganalytics.io/v1/workspaces/x/query?query=print%201'; At = 'api.loganalytics.io'; Status = 200; Is = 'Inconclusive'; Means = 'no proxy, firewall or sign-in page'
            Body = '<html><body>Sign in to the network.</body></html>'; Says = 'HTTP 200 with a web page' }
    ) {
        Add-Refusal $status $body -At $at
        $row = Test-MonitorTokenCredential @application -Uri $path
        "$($row.Status)", $row.StatusCode | Should -Be $is, $status
        $row.Reason | Should -Match "^HTTP $status"
        $row.Reason | Should -Match $says
        $row.RecommendedAction | Should -Match $means
        Get-Call $at | Should -HaveCount 1
    }

    It 'tells the wrong audience from a missing role' {
        Add-Fault @{ match = @{ path = '^/[^/]+/oauth2' }; audience = 'https://vault.azure.net' }
        $row = Test-MonitorTokenCredential @application -Uri $workspace -WarningAction Ignore
        $row.Status, $row.StatusCode | Should -Be 'Refused', 401
        $row.Reason | Should -Match 'InvalidTokenError: .*\(InvalidAudience: '
        $row.RecommendedAction | Should -Match 'another audience or cloud'
        $row.RecommendedAction | Should -Not -Match 'role'
    }

    It 'reads the reason of a 401 from its header, where the body has none' {
        $challenge = 'Bearer authorization_uri="https://login.microsoftonline.com/x", error="invalid_token", error_description="The access token is from the wrong issuer."'
        Add-Refusal 401 'nothing to see' -Headers @{ 'WWW-Authenticate' = $challenge }
        $row = Test-MonitorTokenCredential @application -Uri $workspace
        $row.Reason | Should -Be 'HTTP 401, invalid_token: The access token is from the wrong issuer.'
        # Resource Manager's challenge after a session was revoked, as recorded.
        Clear-Emulator
        Add-Refusal 401 '' -Headers @{ 'WWW-Authenticate' = 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="' }
        (Test-MonitorTokenCredential @application -Uri $workspace).RecommendedAction | Should -Match 'sign in again, interactively'
    }

    It 'sends the token to that address alone, and not on to where it leads' {
        Add-Refusal 302 '' -Headers @{ Location = 'https://management.azure.com/subscriptions?stolen=1' }
        $row = Test-MonitorTokenCredential @application -Uri $workspace
        $row.Status, $row.StatusCode | Should -Be 'Inconclusive', 302
        $row.Reason | Should -Be 'HTTP 302, which redirects to management.azure.com.'
        (Get-Request | Where-Object { $_.headers.Authorization }).host | Should -Be 'api.loganalytics.io'
    }

    It 'never sends a token to a host that -Uri does not know: <_>' -ForEach 'https://api.loganalytics.io.evil.example/v1', 'https://evilapi.loganalytics.io/', 'http://api.loganalytics.io/v1/workspaces/x/query', 'https://graph.microsoft.com/v1.0/me' {
        (Get-ThrownError { Test-MonitorTokenCredential @application -Uri $_ }).FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'takes -Uri or -Resource, as Get-MonitorToken does' {
        $thrown = Get-ThrownError { Test-MonitorTokenCredential LogAnalytics @application -Uri $workspace }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        "$thrown" | Should -Match 'Both -Resource and -Uri were specified'
    }

    It 'follows the address into its cloud, and refuses a credential of another one' {
        $government = 'https://api.loganalytics.us/v1/workspaces/x/query?query=print%201'
        (Test-MonitorTokenCredential @application -Uri $government).StatusCode | Should -Be 200
        (Get-Request).host | Should -Be 'login.microsoftonline.us', 'api.loganalytics.us'
        $public = Get-MonitorTokenCredential @application
        foreach ($thrown in (Get-ThrownError { $public | Test-MonitorTokenCredential -Uri $government }), (Get-ThrownError { Test-MonitorTokenCredential @application -Environment AzureCloud -Uri $government })) {
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
            "$thrown" | Should -Match 'belongs to AzureUSGovernment'
        }
    }

    It 'ends within -TimeoutSec where the service does not answer, or never ends' -ForEach @(
        @{ Fault = @{ hang = $true }; Code = $null; Reason = 'api.loganalytics.io didn''t respond in time' }
        @{ Fault = @{ status = 403; body = '{"error":{"code":"X","message":"y"}}'; hangInBody = $true }; Code = 403; Reason = 'HTTP 403, without a reason' }
        @{ Fault = @{ status = 200; body = 'x'; bodySize = 2000000000 }; Code = 200; Reason = '^HTTP 200\.$' }
    ) {
        Add-Fault ($fault + @{ match = @{ host = 'api.loganalytics.io' } })
        $row = Test-MonitorTokenCredential @application -Uri $workspace -TimeoutSec 3
        $row.StatusCode | Should -Be $code
        $row.Reason | Should -Match $reason
        $row.Status | Should -Be $(if ($code -eq 403) { 'Refused' } elseif ($code) { 'Succeeded' } else { 'Inconclusive' })
        [int] $row.Elapsed.TotalSeconds | Should -BeLessOrEqual 10
    }

    It 'ends at Ctrl+C' {
        Add-Fault @{ match = @{ host = 'api.loganalytics.io' }; hang = $true }
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($module, $app, $uri) Import-Module $module; Test-MonitorTokenCredential @app -Uri $uri -TimeoutSec 60').AddArgument($env:MONITORTOKEN_MODULE).AddArgument($application).AddArgument($workspace).BeginInvoke()
        for ($i = 0; $i -lt 200 -and -not (Get-Call); $i++) { Start-Sleep -Milliseconds 50 }
        Get-Call | Should -HaveCount 1
        $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }

    It 'says that nobody is there' {
        Add-Fault @{ match = @{ host = 'api.loganalytics.io' }; drop = $true }
        $row = Test-MonitorTokenCredential @application -Uri $workspace
        $row.Status, $row.StatusCode | Should -Be 'Inconclusive', $null
        $row.Reason | Should -Be 'A token was issued, but api.loganalytics.io couldn''t be reached: the connection was closed.'
    }

    It 'never shows a token that the service sends back' -ForEach @(
        @{ Name = 'a message'; Body = { "{""error"":{""code"":""Bad"",""message"":""You sent Bearer $token to us""}}" } }
        @{ Name = 'a part of one'; Body = { "{""error"":{""code"":""Bad"",""message"":""Signature $($token.Substring($token.Length - 40)) is wrong""}}" } }
        @{ Name = 'a code'; Body = { "{""error"":{""code"":""$token"",""message"":""No.""}}" } }
        @{ Name = 'an inner error'; Body = { "{""error"":{""code"":""Bad"",""message"":""No."",""innererror"":{""code"":""Worse"",""message"":""$token""}}}" } }
        @{ Name = 'text'; Body = { "Authorization: Bearer $token" } }
        @{ Name = 'headers'; Body = { '' }; Headers = { @{ 'WWW-Authenticate' = "Bearer error=""invalid_token"", error_description=""$token"""; Location = "https://$($token.Substring(0, 50)).example/" } } }
    ) {
        foreach ($token in (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token, "canary-$([guid]::NewGuid().ToString('n'))-$([guid]::NewGuid().ToString('n'))") {
            foreach ($status in 401, 403, 302) {
                Clear-Emulator
                Add-Fault @{ match = @{ path = '^/[^/]+/oauth2' }; accessToken = $token }
                Add-Refusal $status (& $body) -Headers $(if ($headers) { & $headers } else { @{} })
                $DebugPreference = $VerbosePreference = 'Continue'
                $told = Test-MonitorTokenCredential @application -Uri $workspace *>&1
                $DebugPreference = $VerbosePreference = 'SilentlyContinue'
                $row = $told | Where-Object { $_ -is [MonitorToken.CredentialTest] }
                $all = ($told + ($row | Format-List *) + ($row | ConvertTo-Json) | Out-String -Width 9999)
                $all | Should -Match 'GET https://api.loganalytics.io'
                (Get-Call)[0].headers.Authorization | Should -BeExactly "Bearer $token"
                $all | Should -Match "HTTP $status"
                for ($i = 0; $i + 20 -le $token.Length; $i += 10) { $all | Should -Not -Match ([regex]::Escape($token.Substring($i, 20))) }
            }
        }
    }

    It 'reads well in 80 columns' {
        Add-Refusal 403 $insufficient
        $lines = (Test-MonitorTokenCredential @application -Uri $workspace | Out-String -Width 80) -split '\r?\n' | Where-Object { $_ }
        $lines | ForEach-Object { [int] $_.Length | Should -BeLessOrEqual 80 }
        $lines -match '…|\.\.\.' | Should -BeNullOrEmpty
        $lines -match 'ClientSecret +Refused' | Should -HaveCount 1
        ($lines -join ' ') -replace ' +', ' ' | Should -Match 'HTTP 403, '
        Clear-Emulator
        Test-MonitorTokenCredential @application -Uri $workspace | Out-String | Should -Match "$($application.ClientId):\s+HTTP 200\."
    }
}

# An endpoint that takes only POST says nothing to a GET, and is just the one that people wonder about.
Describe 'Test-MonitorTokenCredential -Uri, where only POST is accepted' {
    BeforeAll {
        $subscription = "/subscriptions/$((Invoke-RestMethod -Uri $env:EMULATOR_ADMIN/directory).subscriptionId)"

        function Add-Role([string] $Role, [string] $Scope, [double] $Age = 60) {
            $null = New-EmulatorItem role-assignments @{ principalId = $objectId; role = $Role; scope = $Scope; ageMinutes = $Age }
        }

        # What the recommended action ends with, run as somebody who may.
        function New-AzRoleAssignment([guid] $ObjectId, [string] $RoleDefinitionName, [string] $Scope) {
            $null = New-EmulatorItem role-assignments @{ principalId = $ObjectId; role = $RoleDefinitionName; scope = $Scope; ageMinutes = 60 }
        }
    }

    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $objectId = (Get-MonitorToken LogsIngestion @application | ConvertFrom-MonitorToken).ObjectId
        $rule = New-EmulatorItem data-collection-rules
        $site = "$subscription/resourceGroups/emulated/providers/Microsoft.Web/sites/web-1"
        $stream = "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/$($rule.immutableId)/streams/Custom-Builds?api-version=2023-01-01"
        Clear-Emulator
    }

    It 'tells that the identity may send, and sends nothing' {
        Add-Role Reader $subscription
        Add-Role 'Monitoring Metrics Publisher' $rule.id
        $row = Test-MonitorTokenCredential @application -Uri $stream
        $row.Status, $row.StatusCode, $row.Identity | Should -Be 'Succeeded', 405, $application.ClientId
        $row.Reason | Should -Match '^HTTP 405 to a GET; Resource Manager grants this identity Microsoft\.Insights/Telemetry/Write on the data collection rule rule-'
        $row.RecommendedAction | Should -BeNullOrEmpty
        Get-Request | Where-Object { $_.host -like '*.ingest.*' } | ForEach-Object method | Should -Be 'GET'
        (Get-Request | Where-Object method -eq 'POST').path -match 'oauth2|ResourceGraph' | Should -HaveCount 3
    }

    It 'ends with a line that, once run, lets the identity in: <_>' -ForEach 'logs', 'remote write', 'custom metrics' {
        $uri = switch ($_) {
            logs { $stream }
            'remote write' { "https://w-1.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/$($rule.immutableId)/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24" }
            default { "https://westeurope.monitoring.azure.com$site/metrics" }
        }
        Add-Role 'Owner' $subscription
        $row = Test-MonitorTokenCredential @application -Uri $uri
        $row.Status | Should -Be 'Refused'
        $row.Reason | Should -Match 'Resource Manager doesn''t grant this identity Microsoft\.Insights/(Telemetry|Metrics)/Write'
        $row.RecommendedAction -match 'New-AzRoleAssignment -ObjectId .*$' | Should -BeTrue
        $line = $Matches[0]
        $line | Should -Match "-ObjectId $objectId -RoleDefinitionName 'Monitoring Metrics Publisher' -Scope '/subscriptions/"
        Invoke-Expression $line
        (Test-MonitorTokenCredential @application -Uri $uri).Status | Should -Be 'Succeeded'
    }

    It 'waits for a role that was assigned minutes ago' {
        Add-Role 'Monitoring Reader' $rule.id
        Add-Role 'Monitoring Metrics Publisher' $rule.id -Age 7
        $row = Test-MonitorTokenCredential @application -Uri $stream
        $row.Status | Should -Be 'Inconclusive'
        $row.Reason | Should -Match 'Monitoring Metrics Publisher, which applies to the data collection rule rule-\w+, was assigned 7 minutes ago\.$'
        $row.RecommendedAction | Should -Match 'takes up to 30 minutes'
    }

    It 'says what is missing where the identity may not read the rule' {
        Add-Role 'Monitoring Metrics Publisher' $rule.id
        $row = Test-MonitorTokenCredential @application -Uri $stream
        $row.Status | Should -Be 'Inconclusive'
        $row.Reason | Should -Match "can't read the data collection rule $($rule.immutableId), or there's no such resource\.$"
        $row.RecommendedAction | Should -Match "Reader or Monitoring Reader.*-ObjectId $objectId "
    }

    It 'is the same row, with its reason, where Resource Manager does not answer' -ForEach @(
        @{ Fault = @{ drop = $true }; Says = 'couldn''t be reached: the connection was closed' }
        @{ Fault = @{ hang = $true }; Says = 'didn''t respond in time' }
        @{ Fault = @{ status = 500; body = '{"error":{"code":"InternalServerError","message":"Oops."}}' }; Says = 'InternalServerError: Oops' }
    ) {
        Add-Fault ($fault + @{ match = @{ host = 'management.azure.com' } })
        $row = Test-MonitorTokenCredential @application -Uri $stream -TimeoutSec 3
        $row.Status, $row.StatusCode | Should -Be 'Inconclusive', 405
        $row.Reason | Should -Match $says
        $row.RecommendedAction | Should -Match 'accepts only POST'
    }

    It 'ends at Ctrl+C while it asks Resource Manager' {
        Add-Fault @{ match = @{ host = 'management.azure.com' }; hang = $true }
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($module, $app, $uri) Import-Module $module; Test-MonitorTokenCredential @app -Uri $uri -TimeoutSec 60').AddArgument($env:MONITORTOKEN_MODULE).AddArgument($application).AddArgument($stream).BeginInvoke()
        for ($i = 0; $i -lt 200 -and -not (Get-Call management.azure.com); $i++) { Start-Sleep -Milliseconds 50 }
        Get-Call management.azure.com | Should -HaveCount 1
        $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $shell.Dispose()
    }

    It 'shows neither of the two tokens, in no stream' {
        Add-Role Reader $subscription
        $DebugPreference = $VerbosePreference = 'Continue'
        $told = Test-MonitorTokenCredential @application -Uri $stream *>&1
        $DebugPreference = $VerbosePreference = 'SilentlyContinue'
        $row = $told | Where-Object { $_ -is [MonitorToken.CredentialTest] }
        $all = ($told + ($row | Format-List *) + ($row | ConvertTo-Json) | Out-String -Width 9999)
        $all | Should -Match 'GET https://dce-1'
        $all | Should -Match 'POST https://management\.azure\.com/providers/Microsoft\.ResourceGraph/resources: 200'
        $tokens = (Get-Request | ForEach-Object { $_.headers.Authorization } | Where-Object { $_ } | Sort-Object -Unique) -replace '^Bearer '
        $tokens | Should -HaveCount 2
        foreach ($token in $tokens) {
            for ($i = 0; $i + 20 -le $token.Length; $i += 10) { $all | Should -Not -Match ([regex]::Escape($token.Substring($i, 20))) }
        }
    }

    It 'reads well in 80 columns' {
        Add-Role Reader $subscription
        $lines = (Test-MonitorTokenCredential @application -Uri $stream | Out-String -Width 80) -split '\r?\n' | Where-Object { $_ }
        $lines | ForEach-Object { [int] $_.Length | Should -BeLessOrEqual 80 }
        $lines -match '…|\.\.\.' | Should -BeNullOrEmpty
        ($lines -join ' ') -replace ' +', ' ' | Should -Match 'Resource Manager doesn''t grant'
    }
}
