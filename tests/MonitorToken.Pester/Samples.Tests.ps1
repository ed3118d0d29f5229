# Each sample is run as it stands, in a session that has imported nothing, and asked what it has put out and sent.
BeforeDiscovery {
    $files = Get-ChildItem (Join-Path $PSScriptRoot '../../samples') -File | Where-Object Name -ne README.md | ForEach-Object { @{ File = $_.Name } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    $samples = (Resolve-Path (Join-Path $PSScriptRoot '../../samples')).Path
    $workspace = [guid]::NewGuid()
    $variables = @{}

    # Set until the test ends.
    function Set-Variables([hashtable] $Value) {
        foreach ($name in $Value.Keys) {
            if (-not $variables.ContainsKey($name)) { $variables[$name] = [Environment]::GetEnvironmentVariable($name) }
            [Environment]::SetEnvironmentVariable($name, $Value[$name])
        }
    }

    # An application that the samples find in the variables, as most of them are run.
    function Set-Application([hashtable] $Application = (New-Application)) {
        Set-Variables @{
            AZURE_TENANT_ID     = $application.TenantId
            AZURE_CLIENT_ID     = $application.ClientId
            AZURE_CLIENT_SECRET = [System.Net.NetworkCredential]::new('', $application.ClientSecret).Password
        }
    }

    # One whose tokens are to be renewed after a second.
    function New-ApplicationToRenew {
        $application = New-EmulatorItem apps @{ refreshInSeconds = 1 }
        @{ TenantId = $application.tenantId; ClientId = $application.clientId; ClientSecret = ConvertTo-Secret $application.secret }
    }

    # A sample in a runspace of its own: what it has put out, and all its streams.
    function Invoke-Sample([string] $Name, [hashtable] $Parameter = @{}, [object[]] $InputObject = @()) {
        $shell = [powershell]::Create()
        $null = $shell.AddCommand("$samples/$Name").AddParameters($Parameter)
        try { $output = $shell.Invoke($InputObject) }
        # With what the service has said.
        catch { throw "$($_.Exception.InnerException.ErrorRecord ?? $_.Exception.InnerException.Message)" }
        $shell.Streams.Error | Should -BeNullOrEmpty
        [pscustomobject] @{
            Output   = @($output)
            Warning  = @($shell.Streams.Warning)
            Verbose  = @($shell.Streams.Verbose)
            Progress = @($shell.Streams.Progress | Where-Object Activity -match '^(Sending to|Waiting for .* to grant)')
        }
    }

    # What the next request to a path is answered.
    function Add-Answer([string] $Path, [string] $Json, [int] $Status = 200) {
        Add-Fault @{ match = @{ path = $Path }; times = 1; status = $Status; contentType = 'application/json'; body = $Json }
    }

    # Of all but the sign-in.
    function Get-Call([string] $At) { Get-Request | Where-Object host -Like $At }

    function Get-TokenRequest { Get-Request | Where-Object { $_.host -eq 'login.microsoftonline.com' -and $_.path -like '*/token' } }
}

Describe 'The samples' {
    BeforeEach {
        Clear-Emulator
        $variables.Clear()
        # Where the module is found by its name.
        $folder = (Get-Module MonitorToken).ModuleBase -replace '[\\/]MonitorToken([\\/][\d.]+)?$'
        Set-Variables @{ PSModulePath = $folder + [IO.Path]::PathSeparator + $env:PSModulePath }
    }

    AfterEach {
        foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
    }

    It 'are all told of in their README, and run by a test: <file>' -ForEach $files {
        Get-Content $samples/README.md -Raw | Should -Match ([regex]::Escape("[$file]($file)"))
        Get-Content $PSCommandPath -Raw | Should -Match "It '$([regex]::Escape($file)) "
    }

    It 'can be run as they are, and tell how: <file>' -ForEach ($files | Where-Object File -like *.ps1) {
        $help = Get-Help $samples/$file -Full
        $help.Synopsis | Should -Match '\.$'
        @($help.examples.example)[0].code | Should -Match ([regex]::Escape($file))
        Get-Content $samples/$file | Should -Not -Match '.{121}'
        $problems = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseFile("$samples/$file", [ref] $null, [ref] $problems)
        $problems | Should -BeNullOrEmpty
        $approved = (Get-Verb).Verb
        foreach ($function in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] }, $true)) {
            $approved | Should -Contain $function.Name.Split('-')[0]
        }
    }

    It 'are for Windows PowerShell 5.1 too, or say that they are not: <file>' -ForEach ($files | Where-Object File -like *.ps1) {
        $text = Get-Content $samples/$file -Raw
        if ($text -match '(?m)^#Requires -Version 7\.4') { return }
        # Without a byte order mark, 5.1 takes a file for one of the system's code page.
        $text | Should -Not -Match '[^\x00-\x7F]'
        $tokens = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref] $tokens, [ref] $null)
        $tokens.Kind | Where-Object { "$_" -match 'Question|AndAnd|OrOr|^Clean' } | Should -BeNullOrEmpty
        $used = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandParameterAst] }, $true).ParameterName
        foreach ($newer in 'Parallel', 'Authentication', 'Token', 'SkipHttpErrorCheck', 'AsHashtable', 'AsUTC', 'Form') { $used | Should -Not -Contain $newer }
        foreach ($call in [regex]::Matches($text, 'Invoke-(RestMethod|WebRequest)[^\n]*')) { $call.Value | Should -Match '@request' }
        [regex]::Matches($text, '@request').Count | Should -Be ([regex]::Matches($text, 'UseBasicParsing += \$true').Count)
        # 5.1 sends a body of text as ISO-8859-1 unless the charset is named.
        $types = [regex]::Matches($text, "(?m)^ +ContentType += (.+)$").ForEach({ $_.Groups[1].Value })
        $types | Should -HaveCount ([regex]::Matches($text, '(?m)^ +Body +=').Count)
        foreach ($type in $types) { $type | Should -BeExactly "'application/json; charset=utf-8'" }
    }

    Context 'that queries' {
        BeforeAll {
            $machine = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-01'
            $empty = '{"tables":[{"name":"PrimaryResult","columns":[{"name":"Computer","type":"string"}],"rows":[]}]}'
        }

        BeforeEach { Set-Application }

        It 'Invoke-LogQuery.ps1 queries a workspace, of the last hour' {
            $rows = (Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; WorkspaceId = $workspace }).Output
            $rows.Computer | Should -Be 'web-01', 'web-02', 'sql-01'
            $rows[0].TimeGenerated | Should -BeOfType [DateTime]
            $call = Get-Call api.loganalytics.*
            $call.host, $call.path, $call.statusCode | Should -Be 'api.loganalytics.azure.com', "/v1/workspaces/$workspace/query", 200
            $body = $call.body | ConvertFrom-Json
            $body.query, $body.timespan | Should -Be 'Heartbeat', 'PT1H'
            (Get-TokenRequest).form.scope | Should -Be 'https://api.loganalytics.io/.default'
        }

        It 'Invoke-LogQuery.ps1 queries a resource, with a credential and a time range of any form: <Timespan>' -ForEach @(
            @{ Timespan = [timespan]::FromDays(7); Sent = 'P7D' }
            @{ Timespan = '1:30'; Sent = 'PT1H30M' }
            @{ Timespan = 'P1D'; Sent = 'P1D' }
            @{ Timespan = '2026-11-01/2026-11-08'; Sent = '2026-11-01/2026-11-08' }
        ) {
            # A path that ends with a slash is that of the same resource.
            $machine += '/'
            $application = New-Application
            $query = @{ Query = 'Heartbeat'; ResourceId = $machine; Timespan = $timespan; Credential = Get-MonitorTokenCredential @application }
            (Invoke-Sample Invoke-LogQuery.ps1 $query).Output | Should -HaveCount 3
            $call = Get-Call api.loganalytics.azure.com
            $call.path | Should -Be "/v1${machine}query"
            ($call.body | ConvertFrom-Json).timespan | Should -BeExactly $sent
            (Get-TokenRequest).form.client_id | Should -Be $application.ClientId
        }

        It 'Invoke-LogQuery.ps1 queries Application Insights, and returns each column in its type' {
            $types = 'datetime', 'long', 'int', 'real', 'bool', 'guid', 'timespan', 'string', 'dynamic'
            $columns = ($types | ForEach-Object { @{ name = $_; type = $_ } } | ConvertTo-Json -Compress)
            $row = '["2026-11-28T10:00:00Z",9007199254740993,1,0.5,true,"6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11","01:02:03","a","{\"b\":[1]}"]'
            Add-Answer /v1/apps "{""tables"":[{""name"":""PrimaryResult"",""columns"":$columns,""rows"":[$row]}]}"
            $row = (Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'requests'; ApplicationId = $workspace }).Output[0]
            ($row.psobject.Properties.Value | ForEach-Object { $_.GetType().Name }) | Should -Be 'DateTime', 'Int64', 'Int32', 'Double', 'Boolean', 'Guid', 'TimeSpan', 'String', 'PSCustomObject'
            $row.datetime.Kind, $row.long, $row.dynamic.b[0] | Should -Be 'Utc', 9007199254740993, 1
            $call = Get-Call api.applicationinsights.io
            $call.path, $call.headers.'X-Api-Key' | Should -Be "/v1/apps/$workspace/query", $null
            (Get-TokenRequest).form.scope | Should -Be 'https://api.applicationinsights.io/.default'
        }

        It 'Invoke-LogQuery.ps1 returns nothing where there is nothing: <_>' -ForEach 204, 200 {
            if ($_ -eq 204) { Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; status = 204 } } else { Add-Answer /v1/workspaces $empty }
            $run = Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; WorkspaceId = $workspace }
            $run.Output | Should -HaveCount 0
            $run.Warning | Should -HaveCount 0
        }

        It 'Invoke-LogQuery.ps1 warns where rows are missing' {
            $partial = $empty.Replace('"rows":[]', '"rows":[["a"]]') -replace '\}$', ',"error":{"code":"PartialError","message":"Too many rows."}}'
            Add-Answer /v1/workspaces $partial
            $run = Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; WorkspaceId = $workspace }
            $run.Output.Computer | Should -Be 'a'
            $run.Warning | Should -HaveCount 1
            "$($run.Warning)" | Should -BeLike '*Too many rows*'
        }

        It 'Invoke-LogQuery.ps1 waits for a busy service' {
            Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; status = 429; headers = @{ 'Retry-After' = '0' } }
            (Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; WorkspaceId = $workspace }).Output | Should -HaveCount 3
            (Get-Call api.loganalytics.azure.com).statusCode | Should -Be 429, 200
        }

        It 'Invoke-LogQuery.ps1 refuses what is no time range: <_>' -ForEach '-1:0', 'PT0S', '7', '', 'today', '2026-11-08/2026-11-01', '2026-11-01/', '11/01/2026', '2026-13-01/2026-13-02' {
            { Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; WorkspaceId = $workspace; Timespan = $_ } } |
                Should -Throw 'Specify a duration, such as PT1H or (New-TimeSpan -Hours 1), or a start and an end.'
            Get-Request | Should -BeNullOrEmpty
        }

        It 'Invoke-LogQuery.ps1 queries in another cloud' {
            Set-Variables @{ AZURE_AUTHORITY_HOST = 'https://login.microsoftonline.us' }
            (Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; WorkspaceId = $workspace; Environment = 'AzureUSGovernment' }).Output | Should -HaveCount 3
            (Get-Request).host | Should -Contain 'api.loganalytics.us'
        }

        It '<Sample> takes no more than a resource''s ID: <Id>' -ForEach @(
            foreach ($sample in 'Invoke-LogQuery.ps1', 'Send-CustomMetric.ps1') {
                foreach ($id in '?a=b', '#a', '/../..', '/%2e%2e', '\..') { @{ Sample = $sample; Id = "/subscriptions/s/resourceGroups/g/providers/a/b/c$id" } }
            }
        ) {
            $more = if ($sample -like 'Send*') { @{ Region = 'westeurope'; Metric = 'a'; Value = 1 } } else { @{ Query = 'Heartbeat' } }
            { Invoke-Sample $sample ($more + @{ ResourceId = $id }) } | Should -Throw "*'ResourceId'*"
            Get-Request | Should -BeNullOrEmpty
        }

        It 'Invoke-LogQuery.ps1 shows what the caller may not read, and asks once' {
            $permissions = '"permissions":{"resources":[{"resourceId":"/a/vm","denyTables":["SecurityEvent"],"dataSources":["/a/ws"]}]}'
            Add-Answer /v1/subscriptions ($empty -replace '\}$', ",$permissions}")
            $run = Invoke-Sample Invoke-LogQuery.ps1 @{ Query = 'Heartbeat'; ResourceId = $machine; ShowPermissions = $true }
            $run.Output | Should -HaveCount 1
            $run.Output[0].denyTables, $run.Output[0].dataSources | Should -Be 'SecurityEvent', '/a/ws'
            (Get-Call api.loganalytics.azure.com).headers.Prefer | Should -Be 'include-permissions=true'
        }
    }

    Context 'that grants access' {
        BeforeAll {
            $subscription = "/subscriptions/$((Invoke-RestMethod $env:EMULATOR_ADMIN/directory).subscriptionId)"
            $site = "$subscription/resourceGroups/emulated/providers/Microsoft.Web/sites/web-1"
            $refusal = '{"error":{"message":"The provided credentials have insufficient access","code":"InsufficientAccessError"}}'

            function Add-Role([string] $Role, [string] $ObjectId, [string] $Scope = $subscription, [int] $Age = 60) {
                $null = New-EmulatorItem role-assignments @{ principalId = $ObjectId; role = $Role; scope = $Scope; ageMinutes = $Age }
            }

            function New-Identity {
                $application = New-Application
                $credential = Get-MonitorTokenCredential @application
                @{ Credential = $credential; ObjectId = ($credential | Get-MonitorToken ResourceManager | ConvertFrom-MonitorToken).ObjectId }
            }

            function Invoke-Grant([string] $Uri, [hashtable] $More = @{}) {
                $parameters = @{ Uri = $Uri; Credential = $identity.Credential; Administrator = $administrator.Credential; IntervalSeconds = 0 }
                Invoke-Sample Grant-MonitorAccess.ps1 ($parameters + $More)
            }

            function Get-Assignment { Get-Request | Where-Object method -eq PUT }
        }

        BeforeEach {
            $identity, $administrator = (New-Identity), (New-Identity)
            Add-Role Owner $administrator.ObjectId
            $rule = New-EmulatorItem data-collection-rules
            $stream = "https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/$($rule.immutableId)/streams/Custom-A"
            Clear-Emulator
        }

        It 'Grant-MonitorAccess.ps1 assigns the role with the administrator''s login, and waits until the service grants access' {
            Add-Fault @{ match = @{ host = 'api.loganalytics.azure.com' }; times = 3; status = 403; body = $refusal }
            Add-Answer /providers/Microsoft.ResourceGraph "{""data"":[{""id"":""$site""}]}"
            $run = Invoke-Grant "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query"
            $run.Output | Should -HaveCount 1
            $run.Output[0].Status | Should -Be Succeeded
            $run.Warning | Should -HaveCount 1
            "$($run.Warning)" | Should -BeLike '*InsufficientAccessError*Assign*Log Analytics Reader*'
            $run.Progress[0].Activity | Should -Be 'Waiting for api.loganalytics.azure.com to grant access'
            $run.Progress[0].StatusDescription | Should -BeLike 'HTTP 403*'
            # Ten minutes, and one more.
            $run.Progress[0].SecondsRemaining | Should -BeIn (640..660)
            $run.Progress.RecordType | Should -Be Processing, Processing, Completed
            (Get-Call api.loganalytics.azure.com).statusCode | Should -Be 403, 403, 403, 200
            ((Get-Call management.azure.com | Where-Object method -eq POST).body | ConvertFrom-Json).query |
                Should -Be "resources | where type =~ 'microsoft.operationalinsights/workspaces' and properties.customerId =~ '$workspace' | project id"

            $put = Get-Assignment
            $put.statusCode | Should -Be 201
            $put.path | Should -Match "^$([regex]::Escape($site))/providers/Microsoft\.Authorization/roleAssignments/[0-9a-f-]{36}$"
            $properties = ($put.body | ConvertFrom-Json).properties
            $properties.principalId, $properties.principalType | Should -Be $identity.ObjectId, 'ServicePrincipal'
            $properties.roleDefinitionId | Should -BeLike '*/73c42c96-874c-492b-b04d-ab87d138a893'
            $tokens = (Get-Call management.azure.com).headers.Authorization | Select-Object -Unique
            $tokens | Should -Be "Bearer $(($administrator.Credential | Get-MonitorToken ResourceManager).GetPlainText())"
            # And then it has nothing to do.
            Clear-Emulator
            (Invoke-Grant "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query").Output[0].Status | Should -Be Succeeded
            Get-Call management.azure.com | Should -BeNullOrEmpty
        }

        It 'Grant-MonitorAccess.ps1 finds a data collection rule, and waits no longer than it is told' {
            Add-Role Reader $identity.ObjectId
            $run = Invoke-Grant $stream @{ TimeoutMinutes = 0 }
            $run.Output[0].Status | Should -Be Inconclusive
            $run.Warning[-1] | Should -BeLike 'After 0 minutes: *Monitoring Metrics Publisher*was assigned less than a minute ago*'
            $put = Get-Assignment
            $put.path | Should -BeLike "$($rule.id)/providers/*"
            ($put.body | ConvertFrom-Json).properties.roleDefinitionId | Should -BeLike '*/3913510d-42f4-4e42-8a64-420c390055eb'
            # Once more: it only waits.
            (Invoke-Grant $stream @{ TimeoutMinutes = 0 }).Output[0].Status | Should -Be Inconclusive
            @(Get-Assignment) | Should -HaveCount 1
        }

        It 'Grant-MonitorAccess.ps1 takes an assignment that exists for a success' {
            # The identity may not read the rule, so that nobody but the administrator knows.
            Add-Role 'Monitoring Metrics Publisher' $identity.ObjectId $rule.id
            # Nor does it wait for what the test can't show.
            $run = Invoke-Grant $stream
            $run.Output[0].Status | Should -Be Inconclusive
            $run.Warning[-1] | Should -BeLike 'It takes up to 30 minutes until the API grants access, which a test can''t show: *also assign Reader or Monitoring Reader*'
            $run.Progress | Should -HaveCount 0
            (Get-Assignment).statusCode | Should -Be 409
            @(Get-Call *.ingest.monitor.azure.com) | Should -HaveCount 1
        }

        It 'Grant-MonitorAccess.ps1 assigns nothing with -WhatIf' {
            Add-Role Reader $identity.ObjectId
            $null = Start-Transcript "$TestDrive/what-if.txt"
            $output = & $samples/Grant-MonitorAccess.ps1 -Uri $stream -Credential $identity.Credential -Administrator $administrator.Credential -WhatIf -WarningVariable warning 3> $null
            $null = Stop-Transcript
            $output.Status | Should -Be Refused
            "$warning" | Should -BeLike '*Assign Monitoring Metrics Publisher*'
            (Get-Content "$TestDrive/what-if.txt" -Raw) -replace '\s+', ' ' | Should -BeLike "*""Assign Monitoring Metrics Publisher to $($identity.ObjectId)"" on target ""$($rule.id)""*"
            Get-Assignment | Should -BeNullOrEmpty
            # Nor does it wait for one that was made a moment ago.
            Add-Role 'Monitoring Metrics Publisher' $identity.ObjectId $rule.id 0
            (Invoke-Grant $stream @{ WhatIf = $true }).Output[0].RecommendedAction | Should -BeLike 'Try again later: *'
        }

        It 'Grant-MonitorAccess.ps1 assigns a role for what cannot be tested, and does not wait' {
            $run = Invoke-Grant "https://westeurope.metrics.monitor.azure.com$subscription/metrics:getBatch"
            $run.Output[0].Status | Should -Be Inconclusive
            $run.Warning[-1] | Should -BeLike 'It takes up to 10 minutes *which a test can''t show: *accepts only POST*'
            $put = Get-Assignment
            $put.statusCode | Should -Be 201
            $put.path | Should -BeLike "$subscription/providers/Microsoft.Authorization/roleAssignments/*"
            ($put.body | ConvertFrom-Json).properties.roleDefinitionId | Should -BeLike '*/43d0d8ad-25c7-4714-9337-8ba259a9fe05'
            @(Get-Call westeurope.*) | Should -HaveCount 1
        }

        It 'Grant-MonitorAccess.ps1 asks the Resource Manager of the identity''s cloud' {
            $application = New-Application
            $identity = @{ Credential = Get-MonitorTokenCredential @application -Environment AzureUSGovernment }
            Set-Variables @{
                STANDIN_TOKEN  = (New-EmulatorItem user-tokens @{ audience = 'https://management.usgovcloudapi.net' }).token
                STANDIN_AZ_LOG = "$TestDrive/az.log"
                PATH           = "$TestDrive/az" + [IO.Path]::PathSeparator + $env:PATH
            }
            New-AzureCli "$TestDrive/az"
            Add-Fault @{ match = @{ host = 'api.loganalytics.us' }; status = 403; body = $refusal }
            Add-Answer /providers/Microsoft.ResourceGraph "{""data"":[{""id"":""$site""}]}"
            $parameters = @{ Uri = "https://api.loganalytics.us/v1/workspaces/$workspace/query"; Credential = $identity.Credential; WhatIf = $true }
            (Invoke-Sample Grant-MonitorAccess.ps1 $parameters).Output[0].Status | Should -Be Refused
            (Get-Call management.*).host | Should -Be 'management.usgovcloudapi.net'
            Get-Content "$TestDrive/az.log" | Should -HaveCount 1
        }

        It 'Grant-MonitorAccess.ps1 tests <Uri> with a query that reads nothing' -ForEach @(
            @{ Uri = 'https://api.loganalytics.azure.com/v1/workspaces/w/query/'; Path = '/v1/workspaces/w/query'; Query = 'print 1' }
            @{ Uri = 'https://api.loganalytics.azure.com/v1/workspaces/w/query?query=Heartbeat'; Path = '/v1/workspaces/w/query'; Query = 'print 1' }
            @{ Uri = 'https://api.loganalytics.azure.com/v1/subscriptions/s/resourceGroups/g/query/'; Path = '/v1/subscriptions/s/resourceGroups/g/query'; Query = 'print 1' }
            @{ Uri = 'https://api.applicationinsights.io/v1/apps/6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11/query?query=requests'; Path = '/v1/apps/6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11/query'; Query = 'print 1' }
            @{ Uri = 'https://w-1.westeurope.prometheus.monitor.azure.com'; Path = '/api/v1/query'; Query = 'vector(1)' }
            @{ Uri = 'https://w-1.westeurope.prometheus.monitor.azure.com/api/v1/query_range?query=up'; Path = '/api/v1/query'; Query = 'vector(1)' }
        ) {
            if ($path -like '/v1/apps/*') { Add-Answer $path '{"tables":[]}' }
            (Invoke-Grant $uri).Output[0].Status | Should -Be Succeeded
            $call = Get-Call ([uri] $uri).Host
            $call.path, $call.query.query | Should -Be $path, $query
        }

        It 'Grant-MonitorAccess.ps1 takes one credential, a scope, and a role that there is' {
            $chain = $identity.Credential, $administrator.Credential
            { Invoke-Sample Grant-MonitorAccess.ps1 @{ Uri = $stream; Credential = $chain } } | Should -Throw 'Specify one credential, not a chain.'
            { Invoke-Sample Grant-MonitorAccess.ps1 @{ Uri = $stream; Credential = Get-MonitorTokenCredential -Include Environment } } | Should -Throw 'Specify one credential, not a chain.'
            { Invoke-Grant $stream @{ Scope = 'emulated' } } | Should -Throw "*'Scope'*"
            Add-Role Reader $identity.ObjectId
            # One whose name is that, and no other.
            Add-Answer "^.*/roleDefinitions`$" '{"value":[{"id":"/a/1","properties":{"roleName":"Another"}}]}'
            { Invoke-Grant $stream @{ Role = "O'Neill & Co." } } | Should -Throw "There's no role O'Neill & Co.."
            (Get-Request | Where-Object path -Like */roleDefinitions)[-1].query.'$filter' | Should -Be "roleName eq 'O''Neill & Co.'"
            $null = Invoke-Grant $stream @{ Scope = "$subscription/resourceGroups/emulated/"; TimeoutMinutes = 0 }
            (Get-Assignment).path | Should -BeLike "$subscription/resourceGroups/emulated/providers/Microsoft.Authorization/*"
        }

        It 'Grant-MonitorAccess.ps1 says so where the administrator may not assign roles' {
            Add-Role Reader $identity.ObjectId
            $administrator = New-Identity
            Add-Role Contributor $administrator.ObjectId
            { Invoke-Grant $stream } | Should -Throw "The administrator can't assign roles on $($rule.id).*AuthorizationFailed*roleAssignments/write*"
            @(Get-Assignment) | Should -HaveCount 1
            # One who does not even see the rule.
            $administrator = New-Identity
            { Invoke-Grant $stream } | Should -Throw '*Specify -Scope.'
        }

        It 'Grant-MonitorAccess.ps1 assigns nothing where no role helps: <Says>' -ForEach @(
            @{ Says = '*NspValidationFailedError*network*'; Body = '{"error":{"code":"InsufficientAccessError","message":"No.","innererror":{"code":"NspValidationFailedError","message":"Denied."}}}' }
            @{ Says = '*policyAssignment*no role changes that*'; Body = '{"error":{"code":"RequestDisallowedByPolicy","message":"Disallowed by policy: {\"policyAssignment\":{}}. Assign another."}}' }
        ) {
            Add-Fault @{ match = @{ host = 'api.loganalytics.azure.com' }; status = 403; body = $body }
            { Invoke-Grant "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query" } | Should -Throw $says
            Get-Call management.azure.com | Should -BeNullOrEmpty
        }

        It 'Grant-MonitorAccess.ps1 assigns <Role> on what <Uri> is about' -ForEach @(
            @{ Uri = 'https://api.loganalytics.azure.com/v1SITE/query'; Role = 'Reader' }
            @{ Uri = 'https://westeurope.monitoring.azure.com/SITE/metrics'; Role = 'Monitoring Metrics Publisher' }
            @{ Uri = 'https://management.azure.com/SITE/providers/Microsoft.Insights/metrics?api-version=2018-01-01'; Role = 'Monitoring Reader' }
            @{ Uri = 'https://management.azure.com/SITE/api/query?api-version=2017-01-01-preview'; Role = 'Monitoring Reader' }
            @{ Uri = 'https://management.azure.com/SITE/metrics/query'; Role = 'Monitoring Reader' }
        ) {
            Add-Role Reader $identity.ObjectId
            $real = $uri.Replace('/SITE', $site).Replace('v1SITE', "v1$site")
            Add-Fault @{ match = @{ path = "^$([regex]::Escape(([uri] $real).AbsolutePath))`$" }; status = 403; body = '{"error":{"code":"AuthorizationFailed","message":"No."}}' }
            $null = Invoke-Grant $real @{ TimeoutMinutes = 0 }
            $put = Get-Assignment
            $put.statusCode | Should -Be 201
            $put.path | Should -BeLike "$site/providers/Microsoft.Authorization/roleAssignments/*"
            $roles = @{ Reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'; 'Monitoring Reader' = '43d0d8ad-25c7-4714-9337-8ba259a9fe05'; 'Monitoring Metrics Publisher' = '3913510d-42f4-4e42-8a64-420c390055eb' }
            ($put.body | ConvertFrom-Json).properties.roleDefinitionId | Should -BeLike "*/$($roles[$role])"
        }

        It 'Grant-MonitorAccess.ps1 has the roles and minutes of the page' {
            $page = Get-Content $samples/../docs/apis-audiences-and-roles.md
            $script = Get-Content $samples/Grant-MonitorAccess.ps1 -Raw
            $table = [regex]::Match($script, "(?s)@'\r?\n(Name,Role,.*?)'@").Groups[1].Value.Trim() | ConvertFrom-Csv
            $table | Should -HaveCount 8
            foreach ($api in $table) {
                $cells = ($page -match "^\| [^|]+ \| ``$($api.Name)`` \|")[0].Trim('|').Split('|').Trim()
                $cells[3], $cells[5] | Should -Be $api.Role, $api.Minutes
            }
        }
    }

    It 'Runbook-LogAnalyticsQuery.ps1 queries with the managed identity of its runbook' {
        Set-Variables @{ IDENTITY_ENDPOINT = $env:EMULATOR_AUTOMATION_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_AUTOMATION_HEADER }
        # A process of its own: the library remembers the first host of managed identities.
        $json = Invoke-FreshPowerShell "& '$samples/Runbook-LogAnalyticsQuery.ps1' -WorkspaceId $workspace -ClientId $env:EMULATOR_USER_IDENTITY_CLIENT_ID | ConvertTo-Json"
        $rows = $json | ConvertFrom-Json
        $rows.Computer | Should -Be 'web-01', 'web-02', 'sql-01'
        $rows[0].psobject.Properties.Name | Should -Be 'TimeGenerated', 'Computer', 'Category'
        $token, $query = Get-Request
        $token.query.client_id + $token.form.client_id | Should -Be $env:EMULATOR_USER_IDENTITY_CLIENT_ID
        $query.host | Should -Be api.loganalytics.azure.com
        $body = $query.body | ConvertFrom-Json
        $body.query, $body.timespan | Should -Be 'Heartbeat | project TimeGenerated, Computer, Category', 'PT1H'
    }

    It 'Send-CustomMetric.ps1 sends what the values come to' {
        Set-Application
        $machine = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-01'
        $where = @{ ResourceId = $machine; Region = 'westeurope'; Metric = 'QueueDepth' }
        $run = Invoke-Sample Send-CustomMetric.ps1 ($where + @{ Dimension = [ordered] @{ Queue = 'images'; Kind = 'jpeg' } }) 3, 5, 20
        $sent = Get-Request | Where-Object host -eq 'westeurope.monitoring.azure.com'
        $sent.path, $sent.statusCode | Should -Be "$machine/metrics", 200
        $data = ($sent.body | ConvertFrom-Json).data.baseData
        $data.dimNames + $data.series[0].dimValues | Should -Be 'Queue', 'Kind', 'images', 'jpeg'
        $run.Output[0].psobject.Properties.Value | Should -Be 'Scripts/QueueDepth', 3, 20, 28, 3
        # Without dimensions, and by parameter.
        (Invoke-Sample Send-CustomMetric.ps1 ($where + @{ Value = 1, 2 })).Output[0].Count | Should -Be 2
        { Invoke-Sample Send-CustomMetric.ps1 ($where + @{ Value = 1; Dimension = [ordered] @{ a = 1; b = 2; c = 3; d = 4; e = 5; f = 6; g = 7; h = 8; i = 9; j = 10; k = 11 } }) } |
            Should -Throw '*lesser than 10*'
        # Nothing, where there is nothing, or where it is not to be sent.
        Clear-Emulator
        @() | & $samples/Send-CustomMetric.ps1 @where | Should -BeNullOrEmpty
        (Invoke-Sample Send-CustomMetric.ps1 ($where + @{ Value = 1; WhatIf = $true })).Output | Should -HaveCount 0
        $WhatIfPreference = $true
        & $samples/Send-CustomMetric.ps1 @where -Value 1 | Should -BeNullOrEmpty
        $WhatIfPreference = $false
        Get-Request | Should -BeNullOrEmpty
        $ConfirmPreference = 'Low'
        (& $samples/Send-CustomMetric.ps1 -ResourceId "$machine/" -Region westeurope -Metric QueueDepth -Value 1 -Confirm:$false).Count | Should -Be 1
        (Get-Call westeurope.*).path | Should -Be "$machine/metrics"
    }

    Context 'with many rows' {
        BeforeAll {
            $rule = @{ Endpoint = 'https://dce-1.westeurope-1.ingest.monitor.azure.com/'; RuleId = 'dcr-2f5d1c5b6a0e4f0d9a3c8e7b6d5f4a32'; Stream = 'Custom-Builds' }
            $rows = 1..2500 | ForEach-Object { [pscustomobject] @{ Number = $_; Text = 'ä' * 500 } }
            function Get-Batch { Get-Request | Where-Object host -like '*.ingest.*' }
        }

        BeforeEach { Set-Application }

        It 'Send-LogBatch.ps1 sends each once, in batches that the service takes, and shows how far it is' {
            $run = Invoke-Sample Send-LogBatch.ps1 $rule $rows
            $run.Output[0].psobject.Properties.Value | Should -Be 'Custom-Builds', 2500, 3, 0
            $batches = Get-Batch
            $batches.statusCode | Should -Be 204, 204, 204
            @($batches.body | ConvertFrom-Json | ForEach-Object { $_ }).Number | Should -Be (1..2500)
            @(Get-TokenRequest) | Should -HaveCount 1
            $run.Progress.StatusDescription[0] | Should -Match '^9\d\d rows sent$'
            $run.Progress.StatusDescription[2] | Should -Be '2500 rows sent'
            $run.Progress.RecordType | Should -Be Processing, Processing, Processing, Completed
            # On the wire, compressed.
            $batches.headers.'Content-Encoding' | Should -Be gzip, gzip, gzip
            $batches.headers.'Content-Length' | ForEach-Object { [int] $_ | Should -BeLessThan 100000 }
        }

        It 'Send-LogBatch.ps1 sends a batch again after a lost connection' {
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; times = 1; drop = $true }
            $run = Invoke-Sample Send-LogBatch.ps1 ($rule + @{ RetryIntervalSeconds = 0 }) $rows[0..4]
            $run.Output[0].psobject.Properties.Value | Should -Be 'Custom-Builds', 5, 1, 1
            $batches = Get-Batch
            $batches.statusCode | Should -Be $null, 204
            $batches.body | Select-Object -Unique | Should -HaveCount 1
        }

        It 'Send-LogBatch.ps1 warns of values that the service cuts off, and sends what is nested' {
            $long = [pscustomobject] @{ Short = 'a'; Text = 'ä' * 40000; Inner = @{ List = @('b' * 70000) } }
            $deep = [pscustomobject] @{ A = @{ B = @{ C = @{ D = @{ E = @{ F = @{ G = 7 } } } } } } }
            $run = Invoke-Sample Send-LogBatch.ps1 ($rule + @{ Depth = 10 }) $deep, $long
            $run.Warning | Should -HaveCount 2
            "$($run.Warning[0])" | Should -Be 'Row 2: Text has 80000 bytes. The API cuts off values over 64 KB.'
            "$($run.Warning[1])" | Should -BeLike 'Row 2: Inner has 70*'
            ((Get-Batch).body | ConvertFrom-Json -Depth 20)[0].A.B.C.D.E.F.G | Should -Be 7
            # Unless it's told to, no deeper than five levels: some objects have no end.
            (Invoke-Sample Send-LogBatch.ps1 $rule $deep).Warning | Should -BeLike '*set depth of 5*'
            $null = Invoke-Sample Send-LogBatch.ps1 $rule ([pscustomobject] @{ Day = [DayOfWeek]::Monday })
            (Get-Batch)[-1].body | Should -BeExactly '[{"Day":"Monday"}]'
        }

        It 'Send-LogBatch.ps1 waits where it is asked to, and sends the same batch again, with a fresh header' {
            Set-Application (New-ApplicationToRenew)
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; times = 1; status = 429; headers = @{ 'Retry-After' = '1' } }
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; times = 1; status = 503 }
            $run = Invoke-Sample Send-LogBatch.ps1 ($rule + @{ RetryIntervalSeconds = 0 }) $rows[0..4]
            $run.Output[0].psobject.Properties.Value | Should -Be 'Custom-Builds', 5, 1, 2
            $batches = Get-Batch
            $batches.statusCode | Should -Be 429, 503, 204
            $batches.body | Select-Object -Unique | Should -HaveCount 1
            Wait-Until { @(Get-TokenRequest).Count -ge 2 }
        }

        It 'Send-LogBatch.ps1 gives up after as many times as it is told' {
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; status = 429; headers = @{ 'Retry-After' = '0' } }
            { Invoke-Sample Send-LogBatch.ps1 ($rule + @{ MaximumRetries = 2; RetryIntervalSeconds = 0 }) $rows[0] } | Should -Throw '*HTTP 429*'
            Get-Batch | Should -HaveCount 3
        }

        It 'Send-LogBatch.ps1 sends while the pipeline still runs, and says which rows were sent before an error' {
            # Each fills a batch, which is sent as the next one comes; the first before the service refuses any.
            $large = 'x' * 600000
            $caught = Get-ThrownError {
                1..3 | ForEach-Object {
                    if ($_ -eq 3) { Add-Fault @{ match = @{ path = '/dataCollectionRules' }; status = 403 } }
                    @{ Text = $large }
                } | & $samples/Send-LogBatch.ps1 @rule -WarningVariable script:warned 3> $null
            }
            "$caught" | Should -BeLike '*HTTP 403*'
            "$($script:warned[-1])" | Should -Be "Rows sent: 1. Row 2 and those after it weren't sent."
        }

        It 'Send-LogBatch.ps1 tells the service''s reason at once where waiting is no use' {
            { Invoke-Sample Send-LogBatch.ps1 @{ Endpoint = $rule.Endpoint; RuleId = 'westeurope'; Stream = $rule.Stream } $rows[0] } | Should -Throw "*HTTP 404*immutable Id 'westeurope' not found*"
            Get-Batch | Should -HaveCount 1
        }

        It 'Send-LogBatch.ps1 sends what it has read before a row that it refuses: <Says>' -ForEach @(
            @{ Row = @{ Text = 'x' * 1000000 }; Says = 'Row 4 has 10000* bytes, which is too large for the API.' }
            @{ Row = 'text'; Says = "Row 4 isn't an object with properties." }
            @{ Row = 7; Says = "Row 4 isn't an object with properties." }
            @{ Row = Get-Date; Says = "Row 4 isn't an object with properties." }
        ) {
            $caught = Get-ThrownError { $rows[0], $null, $rows[1], $row, $rows[2] | & $samples/Send-LogBatch.ps1 @rule -WarningVariable script:warned 3> $null }
            "$caught" | Should -BeLike $says
            $script:warned | Should -Be "Row 2 is null, and isn't sent.", "Rows sent: 2. Row 4 and those after it weren't sent."
            ((Get-Batch).body | ConvertFrom-Json).Number | Should -Be 1, 2
        }

        It 'Send-LogBatch.ps1 says which rows were not sent where it is ended by <What>' -ForEach @(
            @{ What = 'an error of what sends it rows'; State = 'Failed'; End = 'throw "No more."' }
            @{ What = 'Ctrl+C'; State = 'Stopped'; End = '$null = $shell.BeginStop($null, $null); while ($true) { [System.Threading.Thread]::Yield() }' }
        ) {
            $shell = [powershell]::Create()
            $null = $shell.AddScript("param(`$file, `$rule, `$rows, `$shell) `$rows | ForEach-Object { `$_; if (`$_.Number -eq 3) { $end } } | & `$file @rule")
            $null = $shell.AddParameters(@{ file = "$samples/Send-LogBatch.ps1"; rule = $rule; rows = $rows[0..4]; shell = $shell })
            try { $null = $shell.Invoke() } catch { "$_" | Should -BeLike '*No more.*' }
            $shell.InvocationStateInfo.State | Should -Be $state
            "$($shell.Streams.Warning)" | Should -Be "Rows sent: 0. Row 1 and those after it weren't sent."
            Get-Batch | Should -BeNullOrEmpty
        }

        It 'Send-LogBatch.ps1 warns of rows that might be there twice after <What>: <Warns>' -ForEach @(
            foreach ($status in 408, 500, 502, 504) { @{ What = "HTTP $status"; Fault = @{ status = $status }; Warns = $true } }
            @{ What = 'a lost connection'; Fault = @{ drop = $true }; Warns = $true }
            foreach ($status in 429, 503) { @{ What = "HTTP $status"; Fault = @{ status = $status }; Warns = $false } }
        ) {
            Add-Fault (@{ match = @{ path = '/dataCollectionRules' }; times = 1 } + $fault)
            $run = Invoke-Sample Send-LogBatch.ps1 ($rule + @{ RetryIntervalSeconds = 0 }) $rows[0..4]
            $run.Output[0].Rows, $run.Output[0].Retries | Should -Be 5, 1
            $run.Warning | Should -HaveCount ([int] $warns)
            if ($warns) { "$($run.Warning)" | Should -BeLike 'Rows 1 to 5 might be in the table twice: *' }
        }

        It 'Send-LogBatch.ps1 sends nothing with -WhatIf, and asks for each batch with -Confirm' {
            $run = Invoke-Sample Send-LogBatch.ps1 ($rule + @{ WhatIf = $true }) $rows
            $run.Output[0].psobject.Properties.Value | Should -Be 'Custom-Builds', 0, 0, 0
            $run.Warning | Should -HaveCount 0
            $WhatIfPreference = $true
            ($rows[0] | & $samples/Send-LogBatch.ps1 @rule).Rows | Should -Be 0
            Get-Batch | Should -BeNullOrEmpty
            $WhatIfPreference = $false
            # Nobody is here to be asked, once.
            { Invoke-Sample Send-LogBatch.ps1 ($rule + @{ Confirm = $true }) $rows[0] } | Should -Throw
            $ConfirmPreference = 'Low'
            ($rows[0] | & $samples/Send-LogBatch.ps1 @rule -Confirm:$false).Rows | Should -Be 1
        }
    }

    It 'Get-MetricOfManyResources.ps1 asks for fifty at a time, with one token' {
        Set-Application
        $ids = 1..120 | ForEach-Object { '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-{0:000}' -f $_ }
        $ids += '/subscriptions/t/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/logs'
        $run = Invoke-Sample Get-MetricOfManyResources.ps1 @{ Region = 'westeurope' } ($ids | ForEach-Object { [pscustomobject] @{ Id = $_ } })
        $run.Output.ResourceId | Sort-Object | Should -Be ($ids | Sort-Object)
        $run.Output.Average | Where-Object { $_ -isnot [long] } | Should -BeNullOrEmpty
        $calls = Get-Request | Where-Object host -eq 'westeurope.metrics.monitor.azure.com'
        $calls | ForEach-Object { ($_.body | ConvertFrom-Json).resourceids.Count } | Sort-Object | Should -Be 1, 20, 50, 50
        $calls.query.metricnamespace | Sort-Object -Unique | Should -Be 'Microsoft.Compute/virtualMachines', 'Microsoft.Storage/storageAccounts'
        @(Get-TokenRequest) | Should -HaveCount 1
        @($calls.headers.Authorization | Select-Object -Unique) | Should -HaveCount 1
        # By parameter, one alone.
        (Invoke-Sample Get-MetricOfManyResources.ps1 @{ Region = 'westeurope'; ResourceId = $ids[0]; Metric = 'Network In Total' }).Output.Name | Should -Be 'web-001'
        # Busy, without values, and refused.
        Add-Fault @{ match = @{ path = '/subscriptions/s/metrics:' }; times = 1; status = 429; headers = @{ 'Retry-After' = '0' } }
        $application = New-Application
        (Invoke-Sample Get-MetricOfManyResources.ps1 @{ Region = 'westeurope'; ResourceId = $ids[0]; Credential = Get-MonitorTokenCredential @application }).Output.Name | Should -Be 'web-001'
        (Get-TokenRequest)[-1].form.client_id | Should -Be $application.ClientId
        Add-Answer /subscriptions/s/metrics: '{"values":[{"resourceid":"/a/b","value":[{"timeseries":[]}]}]}'
        $row = (Invoke-Sample Get-MetricOfManyResources.ps1 @{ Region = 'westeurope'; ResourceId = $ids[0] }).Output
        $row.Name, $row.Average | Should -Be 'b', $null
        Add-Answer /subscriptions/s/metrics: '{"error":{"code":"Forbidden","message":"No role."}}' 403
        { Invoke-Sample Get-MetricOfManyResources.ps1 @{ Region = 'westeurope'; ResourceId = $ids[0] } } | Should -Throw '*No role*'
    }

    It 'Show-PrometheusQuery.ps1 draws a line for each series' {
        Set-Application
        $prometheus = @{ Endpoint = 'https://w-1.westeurope.prometheus.monitor.azure.com'; Query = 'up' }
        $lines = (Invoke-Sample Show-PrometheusQuery.ps1 ($prometheus + @{ Width = 48 })).Output
        $lines | Should -HaveCount 4
        $lines[0] | Should -BeExactly 'up'
        # A day has one high and one low, whenever it begins.
        foreach ($line in $lines[1, 2]) {
            $line | Should -Match '^instance=web-0\d  [▁▂▃▄▅▆▇█]{48}  [\d.,]+ to [\d.,]+$'
            $line | Should -Match '█'
            $line | Should -Match '▁'
        }
        $lines[3].Length | Should -Be ($lines[1].IndexOf('  ', 20))
        # What is no number leaves a gap, and a series that does not move is flat.
        $answer = '{"data":{"result":[{"metric":{"pod":"a"},"values":[[NOW,"NaN"],[NOW,"7"]]}]}}'
        Add-Answer /api/v1/query_range $answer.Replace('NOW', [DateTimeOffset]::UtcNow.ToUnixTimeSeconds())
        (Invoke-Sample Show-PrometheusQuery.ps1 $prometheus).Output[1] | Should -Match '^pod=a {61}▁ {2}7 to 7$'
        Add-Answer /api/v1/query_range $answer.Replace('"7"', '"NaN"').Replace('NOW', [DateTimeOffset]::UtcNow.ToUnixTimeSeconds())
        (Invoke-Sample Show-PrometheusQuery.ps1 $prometheus).Output[1] | Should -Match '^pod=a {64}no values$'
        Add-Answer /api/v1/query_range '{"data":{"result":[]}}'
        (Invoke-Sample Show-PrometheusQuery.ps1 $prometheus).Output | Should -BeLike 'up has no values since *'
    }

    It 'Show-PrometheusQuery.ps1 looks back for 32 days at most, and waits for a busy service' {
        Set-Application
        $prometheus = @{ Endpoint = 'https://w-1.westeurope.prometheus.monitor.azure.com'; Query = 'up' }
        foreach ($since in '32.0:0:1', '0:0:59', '-1:0') {
            { Invoke-Sample Show-PrometheusQuery.ps1 ($prometheus + @{ Since = $since }) } | Should -Throw '*Specify a -Since of 1 minute to 32 days*'
        }
        Get-Request | Should -BeNullOrEmpty
        Add-Fault @{ match = @{ path = '/api/v1/query_range' }; times = 1; status = 429; headers = @{ 'Retry-After' = '0' } }
        # 2,764,800 seconds are no multiple of 499 steps.
        (Invoke-Sample Show-PrometheusQuery.ps1 ($prometheus + @{ Since = '32.0:0'; Width = 500 })).Output | Should -HaveCount 4
        $calls = Get-Call *.prometheus.monitor.azure.com
        $calls.statusCode | Should -Be 429, 200
        [long] $calls[1].form.end - [long] $calls[1].form.start | Should -BeGreaterThan (31.9 * 86400)
    }

    Context 'in a job' {
        BeforeAll {
            # What a step runs, and the variables that it is given. There is no reader of YAML here: a block is what is
            # indented deeper than its key.
            function Get-Step([string] $Name, [string] $Key) {
                $lines = Get-Content $samples/$Name
                function Get-Block([string] $Pattern) {
                    $first = 0..($lines.Count - 1) | Where-Object { $lines[$_] -match $Pattern } | Select-Object -Last 1
                    $depth = ($lines[$first] -replace '- ', '  ' | Select-String '^ *').Matches[0].Length
                    for ($i = $first + 1; $i -lt $lines.Count -and ($lines[$i] -eq '' -or $lines[$i] -match "^ {$($depth + 1)}"); $i++) {
                        $lines[$i] -replace "^ {$($depth + 2)}"
                    }
                }
                @{
                    Script    = (Get-Block "^ +(- )?${Key}: \|$") -join "`n"
                    Variables = Get-Block '^ +env:$' | ForEach-Object { @{ Name = ($_ -split ': ')[0]; Value = ($_ -split ': ')[1] } }
                }
            }

            # As the runner does it, which stops at the first error.
            function Invoke-Step([hashtable] $Step) {
                $shell = [powershell]::Create().AddScript("`$ErrorActionPreference = 'stop'`n" + $Step.Script)
                $shell.Invoke()
            }
        }

        BeforeEach {
            $application = New-Application
            foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
                $null = New-EmulatorItem "apps/$($application.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
            }
        }

        It '<file> is indented as YAML wants it, and leaves no variable to its script''s text' -ForEach @(
            @{ File = 'github-actions.yml'; Key = 'run'; Given = 'GITHUB_STEP_SUMMARY'; From = '^\$\{\{ vars\.[A-Z_]+ \}\}$' }
            @{ File = 'azure-pipelines.yml'; Key = 'pwsh'; Given = 'AGENT_TEMPDIRECTORY'; From = '^\$\([\w.]+\)$' }
        ) {
            $text = Get-Content $samples/$file
            $text | Should -Not -Match '\t'
            $text | Should -Not -Match '^(  )* [^ ]'
            $text | Where-Object { $_ -notmatch '^\s*(#|$)' } | Select-Object -First 1 | Should -Match '^[a-z]+: '
            $step = Get-Step $file $key
            $step.Variables.Value | Should -Match $from
            # Whatever was put into the script's text by the service could be code.
            $step.Script | Should -Not -Match '\$\{\{|\$\([a-z]\w*\)'
            $used = [regex]::Matches($step.Script, '\$env:(\w+)').ForEach({ $_.Groups[1].Value }) | Sort-Object -Unique
            $used | Should -Be (@($step.Variables.Name -ne 'SYSTEM_ACCESSTOKEN') + $given | Sort-Object)
        }

        It 'github-actions.yml reports, signed in by the job''s own token' {
            Get-Content $samples/github-actions.yml -Raw | Should -Match '(?m)^permissions:\n  id-token: write$'
            Set-Variables @{
                ACTIONS_ID_TOKEN_REQUEST_URL   = $env:EMULATOR_GITHUB_URL
                ACTIONS_ID_TOKEN_REQUEST_TOKEN = $env:EMULATOR_GITHUB_TOKEN
                GITHUB_STEP_SUMMARY            = "$TestDrive/summary.md"
                AZURE_TENANT_ID                = $application.TenantId
                AZURE_CLIENT_ID                = $application.ClientId
                WORKSPACE_ID                   = $workspace
            }
            $report = Invoke-Step (Get-Step github-actions.yml run)
            $report | Should -HaveCount 5
            $report[2] | Should -Match '^\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \| web-01 \| Direct Agent \|$'
            Get-Content "$TestDrive/summary.md" | Should -Be $report
            (Get-TokenRequest).form.client_assertion | Should -Not -BeNullOrEmpty
        }

        It 'azure-pipelines.yml reports, signed in by its service connection' {
            Set-Variables @{
                SYSTEM_OIDCREQUESTURI = $env:EMULATOR_PIPELINES_URL
                SYSTEM_ACCESSTOKEN    = $env:EMULATOR_PIPELINES_TOKEN
                AGENT_TEMPDIRECTORY   = "$TestDrive"
                TENANT_ID             = $application.TenantId
                CLIENT_ID             = $application.ClientId
                SERVICE_CONNECTION_ID = $env:EMULATOR_SERVICE_CONNECTION_ID
                WORKSPACE_ID          = $workspace
            }
            $report = Invoke-Step (Get-Step azure-pipelines.yml pwsh)
            $report[2] | Should -Match 'web-01'
            $report[-1] | Should -BeLike '##vso?task.uploadsummary?*report.md'
            Get-Content "$TestDrive/report.md" | Should -Be $report[0..4]
            (Get-TokenRequest).form.client_assertion | Should -Not -BeNullOrEmpty
        }
    }

    Context 'with a certificate' -Skip:(-not $hasCertificateKeys) {
        BeforeAll {
            function New-Certificate([string] $ClientId, [int] $Days) {
                $key = [System.Security.Cryptography.RSA]::Create(2048)
                $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=report', $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
                $certificate = $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays($Days).AddHours(1))
                Set-Content "$TestDrive/report.pem" ($certificate.ExportCertificatePem() + "`n" + $key.ExportPkcs8PrivateKeyPem())
                $null = New-EmulatorItem "apps/$ClientId/certificates" @{ pem = $certificate.ExportCertificatePem() }
                $certificate
            }
        }

        It 'Scheduled-CertificateReport.ps1 reports, and warns of a certificate with <days> days left: <warns>' -ForEach @(
            @{ Days = 40; Warns = $false }
            @{ Days = 12; Warns = $true }
        ) {
            $application = New-Application
            $certificate = New-Certificate $application.ClientId $days
            $parameters = @{
                TenantId        = $application.TenantId
                ClientId        = $application.ClientId
                CertificatePath = "$TestDrive/report.pem"
                WorkspaceId     = $workspace
                Path            = "$TestDrive/report.csv"
            }
            $run = Invoke-Sample Scheduled-CertificateReport.ps1 $parameters
            (Import-Csv $run.Output[0].FullName).Computer | Should -Be 'web-01', 'web-02', 'sql-01'
            $run.Warning.Count | Should -Be ([int] $warns)
            $call = Get-Call api.loganalytics.azure.com
            ($call.body | ConvertFrom-Json).timespan | Should -Be P1D
            if ($warns) { "$($run.Warning)" | Should -BeLike "The certificate expires in $days days, on $($certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-dd')). *" }
            (Get-TokenRequest).form.client_assertion | Should -Not -BeNullOrEmpty
            # Of a day without heartbeats, no file is written.
            Add-Answer /v1/workspaces '{"tables":[{"name":"PrimaryResult","columns":[{"name":"Computer","type":"string"}],"rows":[]}]}'
            $before = Get-FileHash "$TestDrive/report.csv"
            $run = Invoke-Sample Scheduled-CertificateReport.ps1 $parameters
            $run.Output | Should -HaveCount 0
            "$($run.Warning[-1])" | Should -BeLike 'No computer has sent a heartbeat in the past day. *'
            (Get-FileHash "$TestDrive/report.csv").Hash | Should -Be $before.Hash
        }
    }

    It 'Watch-Heartbeat.ps1 asks in each round, with a token from memory' {
        Set-Application
        $rounds = (Invoke-Sample Watch-Heartbeat.ps1 @{ WorkspaceId = $workspace; Rounds = 4; IntervalSeconds = 0 }).Output
        $rounds.Computers | Should -Be 3, 3, 3, 3
        Get-Call api.loganalytics.azure.com | Should -HaveCount 4
        @(Get-TokenRequest) | Should -HaveCount 1
    }

    It 'Watch-Heartbeat.ps1 lives on where the service is busy or has nothing, and ends where a role is missing' {
        Set-Application
        $watch = @{ WorkspaceId = $workspace; Rounds = 4; IntervalSeconds = 0 }
        # Longer than the command waits, so that the round fails.
        foreach ($status in 429, 503) {
            Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; status = $status; headers = @{ 'Retry-After' = '3600' } }
        }
        Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; status = 204 }
        Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; drop = $true }
        $run = Invoke-Sample Watch-Heartbeat.ps1 $watch
        $run.Output.Computers | Should -Be 0, 3
        $run.Warning | Should -HaveCount 2
        "$($run.Warning[0])" | Should -BeLike 'Round 1: *HTTP 429*'
        "$($run.Warning[1])" | Should -BeLike 'Round 2: *HTTP 503*'
        Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; status = 403 }
        { Invoke-Sample Watch-Heartbeat.ps1 $watch } | Should -Throw '*HTTP 403*'
        # And where a proxy answers with its page.
        Add-Fault @{ match = @{ path = '/v1/workspaces' }; times = 1; status = 200; contentType = 'text/html'; body = '<html>' }
        { Invoke-Sample Watch-Heartbeat.ps1 $watch } | Should -Throw
    }

    It 'Watch-Heartbeat.ps1 ends where its identity has gone' {
        Set-Application
        Set-Variables @{ AZURE_TOKEN_CREDENTIALS = 'EnvironmentCredential' }
        $watch = @{ WorkspaceId = $workspace; Rounds = 3; IntervalSeconds = 0 }
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($file, $watch) & $file @watch | ForEach-Object { $env:AZURE_CLIENT_SECRET = $null; Clear-MonitorTokenCache; $_ }').AddArgument("$samples/Watch-Heartbeat.ps1").AddArgument($watch)
        $rounds = [System.Management.Automation.PSDataCollection[psobject]]::new()
        { $shell.Invoke($null, $rounds) } | Should -Throw
        $rounds | Should -HaveCount 1
        $shell.Streams.Warning | Should -HaveCount 0
    }

    It 'Watch-Heartbeat.ps1 has its token renewed when it is due' {
        Set-Application (New-ApplicationToRenew)
        (Invoke-Sample Watch-Heartbeat.ps1 @{ WorkspaceId = $workspace; Rounds = 2; IntervalSeconds = 1 }).Output | Should -HaveCount 2
        Wait-Until { @(Get-TokenRequest).Count -ge 2 }
    }

    Context 'beside another module' {
        BeforeAll {
            $modules = New-LibraryFolder
            $libraries = Get-ChildItem $env:MONITORTOKEN_HOSTILE/Azure.Core.dll, $env:MONITORTOKEN_HOSTILE/Microsoft.Identity.Client.dll
            $null = New-AzAccounts $modules $libraries
            $null = New-MicrosoftGraph $modules $libraries
        }

        BeforeEach {
            Set-Application
            Set-Variables @{ PSModulePath = $modules + [IO.Path]::PathSeparator + $env:PSModulePath; STANDIN_AZACCOUNTS_LOG = "$TestDrive/calls.log" }
        }

        It 'Beside-AzAccounts.ps1 works by one login and by two, with <_> imported first' -ForEach 'Az.Accounts', 'MonitorToken' {
            $login = (New-EmulatorItem user-tokens @{ audience = 'https://management.azure.com' }).token
            Set-Variables @{ STANDIN_TOKEN = $login }
            $rows = Invoke-FreshPowerShell "Import-Module $_; Connect-AzAccount -Token `$env:STANDIN_TOKEN
                & '$samples/Beside-AzAccounts.ps1' -WorkspaceId $workspace -First $_ | ConvertTo-Json" | ConvertFrom-Json
            $rows[0..3].Result | Should -Be '1 subscriptions', '1 subscriptions', '3 heartbeats', '1 subscriptions'
            $rows[2].Who | Should -Be 'MonitorToken, with Environment'
            $rows[4..5].Who | Should -Match '^Azure\.Core \d'
            $rows[4..5].Who | Select-Object -Unique | Should -HaveCount 2
            $rows[4..5].Result | Sort-Object | Should -Be 'loaded for Default', 'loaded for MonitorToken.Engine'
            Get-CallCount $env:STANDIN_AZACCOUNTS_LOG | Should -Be 3
            Remove-Item $env:STANDIN_AZACCOUNTS_LOG
        }

        It 'Beside-MicrosoftGraph.ps1 gives its token to Microsoft.Graph, with <_> imported first' -ForEach 'Microsoft.Graph.Authentication', 'MonitorToken' {
            $row = Invoke-FreshPowerShell "& '$samples/Beside-MicrosoftGraph.ps1' -WorkspaceId $workspace -First $_ | ConvertTo-Json" | ConvertFrom-Json
            $row.psobject.Properties.Value | Should -Be $env:AZURE_CLIENT_ID, 'Environment', 'Contoso', 3
        }
    }
}
