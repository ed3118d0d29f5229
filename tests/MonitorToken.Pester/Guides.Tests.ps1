# What the guides and the help say of the commands is so. (What they show is run in Snippets.Tests.ps1.)
BeforeDiscovery {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $root = Join-Path $PSScriptRoot '../..'
    $pages = @(Get-Item (Join-Path $root README.md)) + @(Get-ChildItem (Join-Path $root docs) -Filter *.md -Recurse) | ForEach-Object { @{ Page = $_.FullName; Name = $_.Name } }
    $commands = (Get-Command -Module MonitorToken).Name | ForEach-Object { @{ Command = $_ } }
    $sets = (Get-Command Get-MonitorToken).ParameterSets.Name | ForEach-Object { @{ Set = $_ } }
    # The table of APIs: a row for each thing to do.
    $table = [regex]::Match((Get-Content (Join-Path $root docs/apis-audiences-and-roles.md) -Raw), '(?s)\| To \| Name \|.*?\n\r?\n').Value
    $apis = $table.Trim() -split '\r?\n' | Select-Object -Skip 2 | ForEach-Object {
        $cells = $_.Trim('|', ' ') -split ' \| '
        @{ To = $cells[0]; Name = $cells[1].Trim('`'); Hosts = $cells[2] -split ', ' | ForEach-Object Trim '`'; Role = $cells[3]; On = $cells[4]; Minutes = $cells[5] }
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/Snippets.psm1"
    $docs = Join-Path $PSScriptRoot '../../docs'
    function Get-Guide([string] $Name) { Get-Content (Join-Path $docs $Name) -Raw }
    # The anchors that GitHub gives to headings.
    function Get-Anchor([string] $Path) {
        [regex]::Matches((Get-Content $Path -Raw), '(?m)^#+ (.+?)\r?$') | ForEach-Object { ($_.Groups[1].Value.ToLowerInvariant() -replace '[^\w\- ]') -replace ' ', '-' }
    }
}

Describe 'The page <name>' -ForEach $pages {
    It 'has links that lead somewhere' {
        foreach ($link in [regex]::Matches((Get-Content $page -Raw), '\]\((?!https?:)(?<file>[^)#\s]*)(?:#(?<anchor>[^)\s]+))?\)')) {
            $file = if ($link.Groups['file'].Value) { Join-Path (Split-Path $page) $link.Groups['file'].Value } else { $page }
            $file | Should -Exist
            if ($link.Groups['anchor'].Success) { Get-Anchor $file | Should -Contain $link.Groups['anchor'].Value }
        }
    }
}

Describe 'The guides' {
    It 'are all in the index' {
        $index = Get-Guide README.md
        foreach ($page in Get-ChildItem $docs -Filter *.md -Recurse | Where-Object Name -ne README.md) {
            $index | Should -Match ([regex]::Escape("($([IO.Path]::GetRelativePath($docs, $page).Replace('\', '/')))"))
        }
    }

    It 'show every way of signing in, and no other' {
        $table = [regex]::Match((Get-Guide ways-of-signing-in.md), '(?s)\| Parameters \| When to use it \|.*?\n\r?\n').Value
        $shown = [regex]::Matches($table, '(?<=[` ])-([A-Z]\w+)') | ForEach-Object { $_.Groups[1].Value } | Sort-Object -Unique
        $command = Get-Command Get-MonitorToken
        foreach ($name in $shown) { $command.Parameters.Keys | Should -Contain $name }
        foreach ($set in $command.ParameterSets | Where-Object Name -ne 'Default') {
            $own = $set.Parameters | Where-Object { $_.IsMandatory -and $_.Name -notin 'TenantId', 'ClientId' }
            foreach ($parameter in $own) { $shown | Should -Contain $parameter.Name }
        }
    }

    It 'count them as the comparison does' {
        $rows = [regex]::Match((Get-Guide ways-of-signing-in.md), '(?s)\| Parameters \| When to use it \|.*?\n\r?\n').Value.Trim() -split '\n' | Select-Object -Skip 2
        $rows[0] | Should -Match '^\| none'
        $rows[-1] | Should -Match '^\| `-Credential`'
        Get-Guide ways-of-signing-in.md | Should -Match "There are $($rows.Count - 2), between"
        Get-Guide compare.md | Should -Match "\[$($rows.Count - 2)\]\(ways-of-signing-in\.md#all-sign-in-methods\), and chains"
    }

    It 'show all of an error, in troubleshooting.md' {
        $code = (Get-Snippet (Join-Path $docs troubleshooting.md) | Where-Object { $_.Code -match 'FullyQualifiedErrorId' }).Code
        # A machine that has no identity.
        Clear-Emulator
        Clear-MonitorTokenCache
        Add-Fault @{ match = @{ path = '/metadata/identity' }; status = 400; contentType = 'application/json'; body = '{"error":"invalid_request","error_description":"Identity not found"}' }
        $shown = & ([scriptblock]::Create($code)) | Out-String -Width 500
        Clear-Emulator
        $shown.Trim() -split '\r?\n' | Should -HaveCount 3
        $shown | Should -Match '(?m)^FullyQualifiedErrorId : CredentialUnavailable,'
        $shown | Should -Match '(?m)^Action +: \w.+\.\r?$'
        $shown | Should -Match '(?m)^Code +:'
        $Error[0].FullyQualifiedErrorId | Should -BeLike 'CredentialUnavailable,*'
    }

    It 'keep the commands in the history, and no secret, in troubleshooting.md' -Skip:(-not (Get-Module PSReadLine -ListAvailable)) {
        $code = (Get-Snippet (Join-Path $docs troubleshooting.md) | Where-Object { $_.Code -match 'AddToHistoryHandler' }).Code
        # In a process of its own: the option is one of the session.
        $shown = Invoke-FreshPowerShell ("Import-Module PSReadLine`n$code`n" + @'
$handler = (Get-PSReadLineOption).AddToHistoryHandler
'Get-MonitorToken LogAnalytics', '$token = Get-MonitorToken LogAnalytics -ClientSecret $s', 'Test-MonitorTokenCredential',
'Get-MonitorToken LogAnalytics -AsPlainText', 'Get-MonitorToken LogAnalytics -ClientSecret abc' | ForEach-Object { "$($handler.Invoke($_))" }
'@)
        $shown | Should -Be 'MemoryAndFile', 'MemoryAndFile', 'MemoryAndFile', 'MemoryOnly', 'MemoryOnly'
    }

    It 'have the folder that no build replaces, for what is copied' {
        $root = Convert-Path (Join-Path $docs ..)
        $files = @(Get-Item $root/README.md) + @(Get-ChildItem $docs -Filter *.md) + @(Get-ChildItem $root/samples)
        $lines = Select-String -Path $files -Pattern 'out/MonitorToken\b'
        $lines | Where-Object Line -NotMatch 'replaces|import' | Should -BeNullOrEmpty
        Select-String -Path $files -Pattern 'out/package/MonitorToken\b' | Should -Not -BeNullOrEmpty
    }

    It 'begin in a session that leads to the emulator, as its README shows' {
        $root = Convert-Path (Join-Path $docs ..)
        $code = [regex]::Matches((Get-Content $root/tests/EntraEmulator/README.md -Raw), '(?ms)^```powershell\r?\n(.*?)^```').ForEach({ $_.Groups[1].Value })
        $shown = Invoke-FreshPowerShell ("`$ErrorActionPreference = 'Stop'; Set-Location '$root'`n" + ($code -join "`n"))
        $shown = $shown | Out-String
        $shown | Should -Match '(?m)^\S+ \S+ web-01 Direct Agent\r?$'
        $shown | Should -Match '(?m)^ +Identity: \S+ \(Environment\)'
        $shown | Should -Match '(?m)^ +Identity: \S+ \(GitHubActions\)'
        $shown | Should -Match 'sql-01 +Azure Monitor Agent'
    }

    It 'show ways that exist in the picture' {
        $picture = [regex]::Match((Get-Guide ways-of-signing-in.md), '(?s)```mermaid(.*?)```').Groups[1].Value
        $ways = [regex]::Matches($picture, '\["-(\w+)"\]') | ForEach-Object { $_.Groups[1].Value }
        $ways.Count | Should -BeGreaterThan 10
        foreach ($way in $ways) { (Get-Command Get-MonitorToken).Parameters.Keys | Should -Contain $way }
    }

    It 'have a command for each method of Microsoft''s page' {
        $page = Get-Guide from-other-tools.md
        foreach ($method in '-UseV1Endpoint', '-AsRestResponse \\\| ConvertTo-Json', '-AzureCli', '-ManagedIdentity -ClientId', '-ClientSecret', '-Interactive') {
            $page | Should -Match $method
        }
    }

    It 'have the audiences of each cloud to the letter' {
        $clouds = 'AzureCloud', 'AzureUSGovernment', 'AzureChinaCloud'
        $page = Get-Guide apis-audiences-and-roles.md
        $page | Should -Match "\| \| $($clouds -join ' \| ') \|"
        foreach ($resources in Get-MonitorResource -Environment $clouds | Group-Object Name) {
            $audiences = foreach ($cloud in $clouds) {
                $audience = ($resources.Group | Where-Object Environment -eq $cloud).Audience
                if ($audience) { "``$audience``" } else { 'none known' }
            }
            $page | Should -Match ([regex]::Escape("| ``$($resources.Name)`` | $($audiences -join ' | ') |"))
        }
        $hosts = foreach ($cloud in $clouds) { "``$((Get-MonitorTokenCredential -AzureCli -Environment $cloud).AuthorityHost.ToString().TrimEnd('/'))``" }
        $page | Should -Match ([regex]::Escape("| Authority host | $($hosts -join ' | ') |"))
    }

    It 'have each environment variable that the code reads' {
        # Names in literals, and those that .NET is asked for; a comment may name others.
        $code = Get-ChildItem (Join-Path $docs ../src) -Filter *.cs -Recurse | Where-Object FullName -NotMatch '[\\/](bin|obj)[\\/]' |
            Get-Content | Where-Object { $_ -notmatch '^\s*//' } | Out-String
        $names = [regex]::Matches($code, '"[^"\r\n]*"').Value | ForEach-Object { [regex]::Matches($_, '\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b').Value }
        $names += [regex]::Matches($code, 'GetEnvironmentVariable\("(\w+)"').ForEach({ $_.Groups[1].Value })
        # What is only set for a program that is started, and a code of OpenSSL's.
        $notRead = 'AZD_DEBUG', 'AZD_SKIP_UPDATE_CHECK', 'CERTIFICATE_VERIFY_FAILED', 'PERL_BADLANG', 'POWERSHELL_UPDATECHECK'
        $names = $names | Sort-Object -Unique | Where-Object { $_ -notin $notRead }
        $names.Count | Should -BeGreaterThan 30
        $page = Get-Guide environment-variables.md
        foreach ($name in $names) { $page | Should -MatchExactly "``$name``" }
    }

    It 'have each API that has an audience' {
        $table = [regex]::Match((Get-Guide apis-audiences-and-roles.md), '(?s)\| To \| Name \|.*?\n\r?\n').Value
        $names = [regex]::Matches($table, '(?m)^\| [^|]+ \| `(\w+)` \|').ForEach({ $_.Groups[1].Value }) | Sort-Object -Unique
        $names | Should -Be ((Get-MonitorResource | Where-Object Audience).Name | Sort-Object)
    }

    It 'name hosts that lead to the API, and the role and delay that the access test names: <to>' -ForEach $apis {
        Clear-Emulator
        $application = New-Application
        foreach ($pattern in $hosts) {
            $address = "https://$($pattern -replace '\{\w+\}', 'a-1')/"
            (Get-MonitorToken -Uri $address @application).ResourceName | Should -Be $name
            Add-Fault @{ match = @{ host = ([uri] $address).Host }; status = 403; contentType = 'application/json'; body = '{"error":{"code":"AuthorizationFailed","message":"No role."}}' }
            $action = (Test-MonitorTokenCredential -Uri $address @application).RecommendedAction
            $action | Should -Match "\b$role\b"
            $action | Should -Match "\bup to $minutes minutes\b"
        }
    }

    It 'explain each code of Entra that they name: <name>' -ForEach ($pages | Where-Object Name -ne faults.md) {
        $topic = Get-Content (Join-Path $env:MONITORTOKEN_MODULE en-US/about_MonitorToken_Errors.help.txt) -Raw
        foreach ($code in [regex]::Matches((Get-Content $page -Raw), 'AADSTS\d+').Value) { $topic | Should -Match "(?m)^    $code  " }
    }

    It 'query with a time range: <name>' -ForEach $pages {
        # Without one, a query reads the whole table. One that reads none needs none.
        foreach ($snippet in Get-Snippet $page | Where-Object Code -Match '/query\b' | Where-Object Code -NotMatch '/api/v1/query\b|print(%20| )1') {
            $snippet.Code | Should -Match 'timespan'
        }
    }
}

Describe 'What people ask most' {
    It 'is answered within a click of the README, by symptom: <asked>' -ForEach @(
        @{ Asked = '403 from logs ingestion though the role is assigned'; Page = 'troubleshooting.md'; Answer = 'does not have access to ingest data.*data collection \*rule\*, not the endpoint or the workspace.*object ID of the service' }
        @{ Asked = '401 from custom metrics'; Page = 'troubleshooting.md'; Answer = 'custom metrics return 401 for a missing role.*trailing slash' }
        @{ Asked = 'InsufficientAccessError for an application: is Data.Read needed?'; Page = 'apis-audiences-and-roles.md'; Answer = 'Do I need Data\.Read\?\*\* No' }
        @{ Asked = 'The access token is invalid, after Get-AzAccessToken'; Page = 'troubleshooting.md'; Answer = 'The access token is invalid.*System\.Security\.SecureString.*-AsHeader' }
        @{ Asked = 'Prometheus remote write 403'; Page = 'apis-audiences-and-roles.md'; Answer = 'remote write\) \| `LogsIngestion` \|[^|]*\| Monitoring Metrics Publisher \| the data collection rule of the Azure Monitor workspace \| 30' }
        @{ Asked = 'a runbook with a managed identity, without Az'; Page = 'runbooks-and-functions.md'; Answer = 'without any Az module: ```powershell \$header = Get-MonitorToken LogAnalytics -ManagedIdentity' }
        @{ Asked = 'AADSTS700213 from GitHub'; Page = 'ci.md'; Answer = 'repo:<owner>@<owner id>/<repository>@<repository id>:ref.*gh api.*AADSTS700213' }
        @{ Asked = 'AADSTS700024 in a long job'; Page = 'ci.md'; Answer = '### Long jobs.*AADSTS700024.*new one for each request.*keepAzSessionActive' }
        @{ Asked = 'Application Insights without API keys'; Page = 'from-other-tools.md'; Answer = '31 March 2026.*Monitoring Reader.*api\.applicationinsights\.io/v1/apps/' }
        @{ Asked = 'which audience for which API'; Page = 'apis-audiences-and-roles.md'; Answer = '## Audiences in each cloud.*`LogAnalytics` \| `https://api\.loganalytics\.io`' }
        @{ Asked = '404 from Log Analytics, with the name of the workspace'; Page = 'troubleshooting.md'; Answer = '"400, 404, 413, 429 or 5xx" --> other\["The service returns 400, 404 or 429"\].*## The service returns 400, 404 or 429.*a workspace''s name or resource ID.*Workspace ID.*a GUID' }
        @{ Asked = '413, 429 or 504'; Page = 'troubleshooting.md'; Answer = '\| 413 \|.*Send-LogBatch\.ps1.*\| 429 \|.*Retry-After.*\| 408, 5xx \|.*504' }
        @{ Asked = 'private link'; Page = 'troubleshooting.md'; Answer = 'The network is blocked\. No role helps.*### Private link.*Private only' }
        @{ Asked = 'from the Data Collector API'; Page = 'from-other-tools.md'; Answer = '## HTTP Data Collector API.*data collection rule.*Send-LogBatch\.ps1' }
    ) {
        Get-Content (Join-Path $docs ../README.md) -Raw | Should -Match "\(docs/$([regex]::Escape($page))[#)]"
        # Lines wrap anywhere.
        (Get-Guide $page) -replace '\s+', ' ' | Should -Match $answer
    }
}

Describe 'Get-Help <command> -Online' -ForEach $commands {
    It 'leads to the command''s page' {
        $address = "https://github.com/MonitorToken/MonitorToken/blob/main/docs/commands/$command.md"
        (Get-Command $command).HelpUri | Should -BeExactly $address
        @((Get-Help $command).relatedLinks.navigationLink)[0].uri | Should -BeExactly $address
        Join-Path $docs "commands/$command.md" | Should -Exist
    }
}

Describe 'The help of Get-MonitorToken' {
    It 'has an example of <set>' -ForEach $sets {
        # What parameters the example gives must be a set's own.
        $own = (Get-Command Get-MonitorToken).ParameterSets | Where-Object Name -eq $set | ForEach-Object Parameters |
            Where-Object { $_.IsMandatory -and $_.Name -notin 'TenantId', 'ClientId' } | ForEach-Object Name
        $codes = (Get-Help Get-MonitorToken).examples.example.code
        $codes | Where-Object {
            $code = $_
            -not ($own | Where-Object { $code -notmatch "(?:-|\b)$_\b(?! =>)" })
        } | Should -Not -BeNullOrEmpty
    }
}

Describe 'A header by default' {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        $application = New-Application
    }

    It 'is a fresh one for each call, and goes to other hosts too' {
        $uri = 'https://api.loganalytics.io/v1/workspaces/x/query?query=Heartbeat'
        $PSDefaultParameterValues = @{ 'Invoke-RestMethod:Headers' = { Get-MonitorToken LogAnalytics @application -AsHeader } }
        foreach ($call in 1..3) {
            (Invoke-RestMethod $uri).tables[0].rows | Should -Not -BeNullOrEmpty
            if ($call -eq 2) { Clear-MonitorTokenCache }
        }
        try { Invoke-RestMethod https://management.azure.com/tenants?api-version=2022-12-01 } catch { $_.Exception.Response.StatusCode | Should -Be 401 }
        $PSDefaultParameterValues = @{}
        $requests = Get-Request
        $sent = ($requests | Where-Object host -in 'api.loganalytics.io', 'management.azure.com').headers.Authorization
        $sent | Should -HaveCount 4
        $sent | Select-Object -Unique | Should -HaveCount 2
        @($requests | Where-Object path -like '*/token') | Should -HaveCount 2
    }
}
