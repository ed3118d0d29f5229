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
        catch { throw "$($_.Exception.InnerException.ErrorRecord)" }
        $shell.Streams.Error | Should -BeNullOrEmpty
        [pscustomobject] @{
            Output   = @($output)
            Warning  = @($shell.Streams.Warning)
            Progress = @($shell.Streams.Progress | Where-Object Activity -like 'Sending*')
        }
    }

    # What the next request to a path is answered.
    function Add-Answer([string] $Path, [string] $Json, [int] $Status = 200) {
        Add-Fault @{ match = @{ path = $Path }; times = 1; status = $Status; contentType = 'application/json'; body = $Json }
    }

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

    It 'Runbook-LogAnalyticsQuery.ps1 queries with the managed identity of its runbook' {
        Set-Variables @{ IDENTITY_ENDPOINT = $env:EMULATOR_AUTOMATION_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_AUTOMATION_HEADER }
        # A process of its own: the library remembers the first host of managed identities.
        $json = Invoke-FreshPowerShell "& '$samples/Runbook-LogAnalyticsQuery.ps1' -WorkspaceId $workspace -ClientId $env:EMULATOR_USER_IDENTITY_CLIENT_ID | ConvertTo-Json"
        $rows = $json | ConvertFrom-Json
        $rows.Computer | Should -Be 'web-01', 'web-02', 'sql-01'
        $rows[0].psobject.Properties.Name | Should -Be 'TimeGenerated', 'Computer', 'Category'
        $token, $query = Get-Request
        $token.query.client_id + $token.form.client_id | Should -Be $env:EMULATOR_USER_IDENTITY_CLIENT_ID
        ($query.body | ConvertFrom-Json).query | Should -BeLike 'Heartbeat | where *'
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
            $run.Progress.PercentComplete | Should -Be 0, 39, 78, -1
            $run.Progress[1].StatusDescription | Should -Match '^9\d\d of 2500 rows$'
        }

        It 'Send-LogBatch.ps1 waits where it is asked to, and sends the same batch again, with a fresh header' {
            Set-Application (New-ApplicationToRenew)
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; times = 1; status = 429; headers = @{ 'Retry-After' = '1' } }
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; times = 1; status = 503 }
            $run = Invoke-Sample Send-LogBatch.ps1 $rule $rows[0..4]
            $run.Output[0].psobject.Properties.Value | Should -Be 'Custom-Builds', 5, 1, 2
            $batches = Get-Batch
            $batches.statusCode | Should -Be 429, 503, 204
            $batches.body | Select-Object -Unique | Should -HaveCount 1
            Wait-Until { @(Get-TokenRequest).Count -ge 2 }
        }

        It 'Send-LogBatch.ps1 gives up after as many times as it is told' {
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; status = 429; headers = @{ 'Retry-After' = '0' } }
            { Invoke-Sample Send-LogBatch.ps1 ($rule + @{ MaximumRetries = 2 }) $rows[0] } | Should -Throw 'The batch was refused with HTTP 429*'
            Get-Batch | Should -HaveCount 3
        }

        It 'Send-LogBatch.ps1 tells the service''s reason at once where waiting is no use' {
            { Invoke-Sample Send-LogBatch.ps1 @{ Endpoint = $rule.Endpoint; RuleId = 'westeurope'; Stream = $rule.Stream } $rows[0] } | Should -Throw "*HTTP 404*immutable Id 'westeurope' not found*"
            Get-Batch | Should -HaveCount 1
            { Invoke-Sample Send-LogBatch.ps1 $rule @{ Text = 'x' * 1000000 } } | Should -Throw '*too large*'
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
        # Without values, and refused.
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
        Add-Answer /api/v1/query_range '{"data":{"result":[]}}'
        (Invoke-Sample Show-PrometheusQuery.ps1 $prometheus).Output | Should -BeLike 'up has no values since *'
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
            $run = Invoke-Sample Scheduled-CertificateReport.ps1 @{
                TenantId        = $application.TenantId
                ClientId        = $application.ClientId
                CertificatePath = "$TestDrive/report.pem"
                WorkspaceId     = $workspace
                Path            = "$TestDrive/report.csv"
            }
            (Import-Csv $run.Output[0].FullName).Computer | Should -Be 'web-01', 'web-02', 'sql-01'
            $run.Warning.Count | Should -Be ([int] $warns)
            if ($warns) { "$($run.Warning)" | Should -BeLike "The certificate expires in $days days, on $($certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-dd')). *" }
            (Get-TokenRequest).form.client_assertion | Should -Not -BeNullOrEmpty
        }
    }

    It 'Watch-Heartbeat.ps1 asks in each round, with a token from memory' {
        Set-Application
        $rounds = (Invoke-Sample Watch-Heartbeat.ps1 @{ WorkspaceId = $workspace; Rounds = 4; IntervalSeconds = 0 }).Output
        $rounds.Computers | Should -Be 3, 3, 3, 3
        Get-Request | Where-Object host -eq 'api.loganalytics.io' | Should -HaveCount 4
        @(Get-TokenRequest) | Should -HaveCount 1
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
            $rows[2].Who | Should -Be 'MonitorToken, by Environment'
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
