# The call itself: what is sent, what becomes of the response, and what happens when it goes wrong.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $subscription = (Invoke-RestMethod "$env:EMULATOR_ADMIN/directory").subscriptionId
    $query = 'https://api.loganalytics.io/v1/workspaces/9e6f4a1c-5f2b-4f0e-8d0a-3c1b7a9d2e55/query'
    $resources = "https://management.azure.com/subscriptions/$subscription/resources?api-version=2021-04-01"
    $graph = 'https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01'
    $ingestion = 'https://dce-1.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-A?api-version=2023-01-01'

    # The requests that are none for a token.
    function Get-Call { @(Get-Request | Where-Object { $_.path -notmatch '/oauth2/|/discovery/' }) }

    function Add-Answer([string] $Body, [hashtable] $More = @{}) {
        $fault = @{ match = @{ path = '^/(v1|subscriptions|providers|dataCollectionRules)/' }; body = $Body; contentType = 'application/json' }
        foreach ($name in $More.Keys) { $fault[$name] = $More[$name] }
        Add-Fault $fault
    }

    # A refusal that asks to be tried again at once.
    function Add-Refusal([int] $Status, [hashtable] $More = @{}) {
        $fault = @{ status = $Status; times = 1; headers = @{ 'retry-after-ms' = '1' } }
        foreach ($name in $More.Keys) { $fault[$name] = $More[$name] }
        Add-Answer '{"error":{"code":"Busy","message":"Try again."}}' $fault
    }

    function ConvertTo-Base64([string] $Text) { [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text)) }
}

Describe 'Invoke-MonitorRestMethod' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    }

    Context 'The request' {
        It 'sends a token for the audience of the address, and returns an object' {
            $answer = Invoke-MonitorRestMethod "$($query)?query=Heartbeat" @application
            $answer | Should -BeOfType ([pscustomobject])
            $answer.tables[0].rows[0][1] | Should -Be 'web-01'
            $call = Get-Call
            $call | Should -HaveCount 1
            $call[0].method | Should -Be 'GET'
            $call[0].headers.Authorization | Should -BeLike 'Bearer ey*'
            (Get-Request | Where-Object method -eq POST).form.scope | Should -Be 'https://api.loganalytics.io/.default'
        }

        It 'takes a credential, by parameter and by the pipeline' {
            $credential = Get-MonitorTokenCredential @application
            (Invoke-MonitorRestMethod "$($query)?query=x" -Credential $credential).tables | Should -HaveCount 1
            ($credential, $credential | Invoke-MonitorRestMethod "$($query)?query=x") | Should -HaveCount 2
        }

        It 'asks for one token for many requests' {
            1..3 | ForEach-Object { $null = Invoke-MonitorRestMethod "$($query)?query=x" @application }
            @(Get-Request | Where-Object path -like '*/oauth2/*') | Should -HaveCount 1
            Get-Call | Should -HaveCount 3
        }

        It 'sends <Name> as JSON' -ForEach @(
            @{ Name = 'a hashtable'; Body = @{ query = 'Heartbeat' }; Sent = '{"query":"Heartbeat"}' }
            @{ Name = 'an object'; Body = [pscustomobject] @{ a = 1; b = $null; c = $true }; Sent = '{"a":1,"b":null,"c":true}' }
            @{ Name = 'an array of one'; Body = @([ordered] @{ a = 'x' }); Sent = '[{"a":"x"}]' }
            @{ Name = 'an empty array'; Body = @(); Sent = '[]' }
            @{ Name = 'what is deep'; Body = @{ a = @{ b = @{ c = @{ d = @{ e = @{ f = @(@{ g = 1 }) } } } } } }; Sent = '{"a":{"b":{"c":{"d":{"e":{"f":[{"g":1}]}}}}}}' }
            @{ Name = 'dates'; Body = [ordered] @{ t = [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc); o = [datetimeoffset]::new(2026, 1, 2, 3, 4, 5, '2:0') }; Sent = '{"t":"2026-01-02T03:04:05.0000000Z","o":"2026-01-02T03:04:05.0000000+02:00"}' }
            @{ Name = 'numbers'; Body = [ordered] @{ i = 1; d = 0.1; m = 12345678901234567.89d; l = 9007199254740993; n = [double]::NaN; b = [bigint]::Parse('123456789012345678901234567890') }; Sent = '{"i":1,"d":0.1,"m":12345678901234567.89,"l":9007199254740993,"n":"NaN","b":123456789012345678901234567890}' }
            @{ Name = 'other values'; Body = [ordered] @{ g = [guid]'6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11'; u = [uri]'https://x.example/'; e = [DayOfWeek]::Monday; s = [timespan]'1:02:03' }; Sent = '{"g":"6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11","u":"https://x.example/","e":"Monday","s":"01:02:03"}' }
            @{ Name = 'umlauts and quotes'; Body = @{ a = 'ä"<' }; Sent = '{"a":"ä\"<"}' }
        ) {
            Add-Answer '{}'
            $null = Invoke-MonitorRestMethod $query -Body $body @application
            $call = Get-Call
            $call[0].method | Should -Be 'POST'
            $call[0].body | Should -BeExactly $sent
            $call[0].headers.'Content-Type' | Should -Be 'application/json; charset=utf-8'
        }

        It 'sends a string, bytes and a stream as they are' {
            Add-Answer '{}'
            $stream = [IO.MemoryStream]::new([Text.Encoding]::UTF8.GetBytes('c'))
            foreach ($body in '{"a": "ä"}', [Text.Encoding]::UTF8.GetBytes('b'), $stream) { $null = Invoke-MonitorRestMethod $query -Body $body @application }
            $null = Invoke-MonitorRestMethod $query -Body x -ContentType 'text/plain' @application
            $calls = Get-Call
            $calls.body | Should -Be '{"a": "ä"}', 'b', 'c', 'x'
            $calls.headers.'Content-Type' | Should -Be 'application/json; charset=utf-8', 'application/octet-stream', 'application/octet-stream', 'text/plain'
        }

        It 'sends a hashtable as a form where -ContentType says so' {
            $uri = 'https://w-1.westeurope.prometheus.monitor.azure.com/api/v1/query'
            $answer = Invoke-MonitorRestMethod $uri -Body @{ query = 'up & running' } -ContentType application/x-www-form-urlencoded @application
            $answer.status | Should -Be 'success'
            (Get-Call)[0].form.query | Should -Be 'up & running'
        }

        It 'compresses text for ingestion, and nothing else' {
            Invoke-MonitorRestMethod $ingestion -Body @(@{ a = 1 }) @application | Should -BeNullOrEmpty
            $null = Invoke-MonitorRestMethod $query -Body @{ query = 'x' } @application
            $calls = Get-Call
            $calls[0].headers.'Content-Encoding' | Should -Be 'gzip'
            $calls[0].body | Should -Be '[{"a":1}]'
            $calls[1].headers.'Content-Encoding' | Should -BeNullOrEmpty
        }

        It 'sends the headers of the caller' {
            $null = Invoke-MonitorRestMethod $query -Body @{ query = 'x' } -Headers @{ Prefer = 'wait=600'; 'x-many' = 'a', 'b' } @application
            $call = (Get-Call)[0]
            $call.headers.Prefer | Should -Be 'wait=600'
            $call.headers.'x-many' | Should -Match '^a, ?b$'
        }

        It 'refuses <Why>, and sends nothing' -ForEach @(
            @{ Why = 'a token of the caller'; Arguments = @{ Headers = @{ authorization = 'Bearer abc' } }; Says = 'sends its own token' }
            @{ Why = 'another host in a header'; Arguments = @{ Headers = @{ Host = 'elsewhere.example' } }; Says = 'only the URI determines' }
            @{ Why = 'a header with a line break'; Arguments = @{ Headers = @{ a = "b`r`nAuthorization: c" } }; Says = 'line break' }
            @{ Why = 'a body of a GET'; Arguments = @{ Method = 'Get'; Body = 'x' }; Says = 'a GET has no body' }
            @{ Why = 'a file of pages'; Arguments = @{ OutFile = 'x'; FollowPages = $true }; Says = '-OutFile saves one response' }
            @{ Why = 'pages of tables'; Arguments = @{ AsTable = $true; FollowPages = $true }; Says = 'Both -FollowPages and -AsTable' }
            @{ Why = 'a media type that is none'; Arguments = @{ Body = 'x'; ContentType = 'json' }; Says = 'isn''t a media type' }
            @{ Why = 'a secret'; Arguments = @{ Body = @{ a = [securestring]::new() } }; Says = 'contains a SecureString' }
        ) {
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query @arguments @application }
            $thrown.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
            $thrown.Exception.Message | Should -Match $says
            Get-Call | Should -BeNullOrEmpty
        }

        It 'refuses an object that contains itself' {
            $loop = @{}
            $loop.self = $loop
            (Get-ThrownError { Invoke-MonitorRestMethod $query -Body $loop @application }).Exception.Message | Should -Match 'contains itself'
        }

        It 'sends a token to no host that it does not know: <_>' -ForEach 'https://elsewhere.example/x', 'https://api.loganalytics.io.evil.example/v1', 'http://api.loganalytics.io/v1', '/v1/x' {
            (Get-ThrownError { Invoke-MonitorRestMethod $_ @application }).FullyQualifiedErrorId | Should -BeLike 'InvalidResource,*'
            Get-Request | Should -BeNullOrEmpty
        }

        It 'asks before it changes something, and not before it reads' {
            Add-Answer '{"id":1}'
            Invoke-MonitorRestMethod $resources -Method Delete -WhatIf @application | Should -BeNullOrEmpty
            Invoke-MonitorRestMethod $ingestion -Body '[]' -WhatIf @application | Should -BeNullOrEmpty
            Get-Request | Should -BeNullOrEmpty
            (Invoke-MonitorRestMethod $resources -WhatIf @application).id | Should -Be 1
            (Invoke-MonitorRestMethod $query -Body @{ query = 'x' } -WhatIf @application).id | Should -Be 1
            (Invoke-MonitorRestMethod $graph -Body @{ query = 'x' } -WhatIf @application).id | Should -Be 1
            $file = Join-Path $TestDrive kept.txt
            Set-Content $file kept
            Invoke-MonitorRestMethod $query -Body x -OutFile $file -WhatIf @application
            Get-Content $file | Should -Be kept
            Remove-Item $file
        }

        It 'refuses a header that no request can have, before anything is sent: <name>' -ForEach @(
            @{ Name = 'Content-Type'; Says = 'Use -ContentType' }
            @{ Name = 'Content-Length'; Says = 'determined by -Body' }
            @{ Name = 'a b'; Says = 'isn''t a header name' }
            @{ Name = ''; Says = 'isn''t a header name' }
            @{ Name = 'Content-Language'; Says = 'the request has no body' }
        ) {
            Clear-Emulator
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $resources -Headers @{ $name = 'x' } @application }
            "$thrown $($thrown.ErrorDetails.RecommendedAction)" | Should -Match $says
            $thrown.FullyQualifiedErrorId | Should -BeLike 'InvalidOption,*'
            Get-Request | Where-Object path -NotLike '*/token' | Should -BeNullOrEmpty
        }
    }

    Context 'The response' {
        It 'keeps dates and numbers as they are' {
            Add-Answer '{"t":"2026-01-02T03:04:05.1234567Z","l":9007199254740993,"b":123456789012345678901234567890,"d":0.1,"m":12345678901234567.89,"e":1e400,"n":null,"y":true,"one":[1],"none":[]}'
            $answer = Invoke-MonitorRestMethod $query -Body x @application
            $answer.t | Should -BeExactly '2026-01-02T03:04:05.1234567Z'
            $answer.t | Should -BeOfType string
            $answer.l | Should -Be 9007199254740993
            $answer.b | Should -Be ([bigint]::Parse('123456789012345678901234567890'))
            $answer.d, $answer.m | Should -Be 0.1, 12345678901234567.89d
            $answer.m | Should -BeOfType decimal
            $answer.e | Should -Be '1e400'
            $answer.n | Should -BeNullOrEmpty
            $answer.y | Should -BeTrue
            , $answer.one | Should -BeOfType ([array])
            , $answer.none | Should -BeOfType ([array])
        }

        It 'loses no name that PowerShell takes for another' {
            Add-Answer '{"a":1,"A":2,"":3}'
            $answer = Invoke-MonitorRestMethod $query -Body x @application
            $answer.PSObject.Properties.Name | Should -BeExactly 'a', 'A1', '_'
            $answer.PSObject.Properties.Value | Should -Be 1, 2, 3
        }

        It 'returns the items of an array' {
            Add-Answer '[{"a":1},{"a":2}]'
            Invoke-MonitorRestMethod $query -Body x @application | ForEach-Object a | Should -Be 1, 2
        }

        It 'returns other text as a string' {
            Add-Answer 'räw' @{ contentType = 'text/csv; charset=utf-8' }
            Invoke-MonitorRestMethod $query -Body x @application | Should -BeExactly 'räw'
        }

        It 'returns nothing for a response without a body: <Status>' -ForEach @{ Status = 200 }, @{ Status = 202 }, @{ Status = 204 } {
            Add-Fault @{ match = @{ path = '/v1' }; status = $status }
            Invoke-MonitorRestMethod $query -Body x -StatusCodeVariable code @application | Should -BeNullOrEmpty
            $code | Should -Be $status
        }

        It 'reads compressed JSON, with a byte order mark' {
            $packed = [IO.MemoryStream]::new()
            $gzip = [IO.Compression.GZipStream]::new($packed, [IO.Compression.CompressionMode]::Compress)
            $json = [byte[]] ((0xEF, 0xBB, 0xBF) + [Text.Encoding]::UTF8.GetBytes('{"a":1}'))
            $gzip.Write($json, 0, $json.Length)
            $gzip.Dispose()
            Add-Fault @{ match = @{ path = '/v1' }; bodyBytes = [Convert]::ToBase64String($packed.ToArray()); contentType = 'application/json'; headers = @{ 'Content-Encoding' = 'gzip' } }
            (Invoke-MonitorRestMethod $query -Body x @application).a | Should -Be 1
            (Get-Call)[0].headers.'Accept-Encoding' | Should -Be 'gzip'
        }

        It 'sets variables to the status and the headers' {
            Add-Answer '{}' @{ headers = @{ 'x-ms-request-id' = 'abc' } }
            $null = Invoke-MonitorRestMethod $query -Body x -StatusCodeVariable code -ResponseHeadersVariable all @application
            $code | Should -Be 200
            $all['X-MS-Request-Id'] | Should -Be 'abc'
            $all['Content-Type'] | Should -Be 'application/json'
        }

        It 'says that it is <Why>: <Body>' -ForEach @(
            @{ Why = 'a web page'; Body = '<html>Log in</html>'; Type = 'text/html'; Says = 'returned a web page' }
            @{ Why = 'no JSON'; Body = '{"a":'; Type = 'application/json'; Says = 'isn''t valid JSON' }
            @{ Why = 'no JSON'; Body = '{"a":1}x'; Type = 'application/json'; Says = 'isn''t valid JSON' }
            @{ Why = 'not text'; Body = 'x'; Type = 'application/octet-stream'; Says = 'isn''t text' }
        ) {
            Add-Answer $body @{ contentType = $type }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x @application }
            $thrown.FullyQualifiedErrorId | Should -BeLike 'InvalidResponse,*'
            $thrown.Exception.Message | Should -Match $says
        }

        It 'saves it as a file, and leaves no part of one' {
            $file = "$TestDrive/answer.json"
            Set-Content $file 'older'
            Add-Answer '{"a":1}'
            Invoke-MonitorRestMethod $query -Body x -OutFile $file @application | Should -BeNullOrEmpty
            Get-Content $file -Raw | Should -Be '{"a":1}'
            Clear-Emulator
            Add-Answer '{"a":2}' @{ bodySize = 100000; cutAfter = 50000 }
            (Get-ThrownError { Invoke-MonitorRestMethod $query -Body x -OutFile $file @application }).FullyQualifiedErrorId | Should -BeLike 'ServiceUnreachable,*'
            Get-Content $file -Raw | Should -Be '{"a":1}'
            Get-ChildItem $TestDrive | Should -HaveCount 1
            (Get-ThrownError { Invoke-MonitorRestMethod $query -Body x -OutFile "$TestDrive/none/x" @application }).Exception.Message | Should -Match 'can''t be written'
            if ($IsLinux) {
                Clear-Emulator
                Add-Answer '{"id":1}'
                Invoke-MonitorRestMethod $query -Body x -OutFile /dev/null @application
                (Get-Item /dev/null).UnixMode | Should -Match '^c'
            }
        }
    }

    Context 'Tables' {
        It 'become rows with typed columns' {
            Add-Answer (@'
{"tables":[{"name":"PrimaryResult","columns":[{"name":"T","type":"datetime"},{"name":"L","type":"long"},{"name":"I","type":"int"},{"name":"R","type":"real"},{"name":"M","type":"decimal"},{"name":"B","type":"bool"},{"name":"G","type":"guid"},{"name":"S","type":"timespan"},{"name":"D","type":"dynamic"},{"name":"X","type":"string"}],
"rows":[["2026-01-02T03:04:05.1234567Z",9007199254740993,7,0.5,"0.1",true,"6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11","1.02:03:04.5","{\"a\":[1,\"b\"]}","2026-01-02T03:04:05Z"],
[null,null,null,"NaN",null,null,null,null,"plain",null]]}]}
'@)
            $rows = Invoke-MonitorRestMethod $query -Body x -AsTable @application
            $rows | Should -HaveCount 2
            $first = $rows[0]
            $first.PSObject.Properties.Name | Should -Be 'T', 'L', 'I', 'R', 'M', 'B', 'G', 'S', 'D', 'X'
            ($first.PSObject.Properties.Value | ForEach-Object { $_.GetType().Name }) | Should -Be 'DateTime', 'Int64', 'Int32', 'Double', 'Decimal', 'Boolean', 'Guid', 'TimeSpan', 'PSCustomObject', 'String'
            $first.T.Kind, $first.T.Ticks | Should -Be 'Utc', ([datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc).Ticks + 1234567)
            $first.L, $first.M, $first.S | Should -Be 9007199254740993, 0.1d, ([timespan]'1.02:03:04.5')
            $first.D.a | Should -Be 1, 'b'
            [double]::IsNaN($rows[1].R) | Should -BeTrue
            $rows[1].D | Should -Be 'plain'
            $rows[1].T | Should -BeNullOrEmpty
        }

        It 'are those of a real query' {
            $rows = Invoke-MonitorRestMethod $query -Body @{ query = 'Heartbeat' } -AsTable @application
            $rows.Computer | Should -Be 'web-01', 'web-02', 'sql-01'
            $rows[0].TimeGenerated | Should -BeOfType datetime
        }

        It 'have ten thousand rows, and are read while they arrive' {
            (Invoke-MonitorRestMethod $query -Body @{ query = 'range Number from 1 to 10000 step 1' } -AsTable @application | Measure-Object Number -Sum).Sum | Should -Be 50005000
            Clear-Emulator
            # It would take all of a minute.
            Add-Fault @{ match = @{ path = '/v1' }; hangInBody = $true; cutAfter = 200000 }
            Invoke-MonitorRestMethod $query -Body @{ query = 'range Number from 1 to 100000 step 1' } -AsTable @application | Select-Object -First 3 | ForEach-Object Number | Should -Be 1, 2, 3
        }

        It 'warn of rows that are missing, with the code and sentence of the service' {
            $body = '{"tables":[{"name":"PrimaryResult","columns":[{"name":"x","type":"long"}],"rows":[[1]]}],"error":{"code":"PartialError","message":"There were some errors when processing your query.","details":[{"code":"EngineError","message":"Something went wrong.","innererror":{"code":"-2133196797","message":"The results of this query exceed the set limit of 500000 records."}}]}}'
            Add-Answer $body
            foreach ($asTable in $true, $false) {
                $answer = Invoke-MonitorRestMethod $query -Body x -AsTable:$asTable -WarningVariable warnings -WarningAction SilentlyContinue @application
                ($asTable ? $answer.x : $answer.tables[0].rows[0][0]) | Should -Be 1
                $warnings | Should -HaveCount 1
                "$warnings" | Should -Match 'only some of its rows: PartialError: There were some errors.*-2133196797: The results of this query exceed'
            }
        }

        It 'are missing in other responses, which is an error' {
            (Get-ThrownError { Invoke-MonitorRestMethod $resources -AsTable @application }).Exception.Message | Should -Match 'has no tables'
        }
    }

    Context 'Pages' {
        It 'are followed by nextLink, and their items returned' {
            $names = Invoke-MonitorRestMethod "$resources&`$top=3" -FollowPages @application | ForEach-Object name
            $names | Should -Be (0..6 | ForEach-Object { "vm-$_" })
            Get-Call | Should -HaveCount 3
            Clear-Emulator
            (Invoke-MonitorRestMethod "$resources&`$top=3" @application).nextLink | Should -BeLike 'https://management.azure.com/*'
            Get-Call | Should -HaveCount 1
        }

        It 'are followed by @odata.nextLink' {
            Add-Answer "{`"value`":[1],`"@odata.nextLink`":`"$resources&b`"}" @{ times = 1 }
            Add-Answer '{"value":[2]}' @{ times = 1 }
            Invoke-MonitorRestMethod $resources -FollowPages @application | Should -Be 1, 2
        }

        It 'are requested only as far as somebody takes them' {
            Invoke-MonitorRestMethod "$resources&`$top=1" -FollowPages @application | Select-Object -First 2 | Should -HaveCount 2
            Get-Call | Should -HaveCount 2
        }

        It 'of Resource Graph are requested by its skip token' {
            foreach ($page in 1..3) {
                $token = if ($page -lt 3) { ",`"`$skipToken`":`"token-$page`"" }
                Add-Answer "{`"totalRecords`":3,`"count`":1,`"data`":[{`"n`":$page}],`"facets`":[],`"resultTruncated`":`"false`"$token}" @{ times = 1 }
            }
            Invoke-MonitorRestMethod $graph -Body @{ query = 'resources'; options = @{ '$top' = 1 } } -FollowPages @application | ForEach-Object n | Should -Be 1, 2, 3
            $bodies = (Get-Call).body | ConvertFrom-Json
            $bodies.query | Should -Be 'resources', 'resources', 'resources'
            $bodies.options.'$top' | Should -Be 1, 1, 1
            $bodies.options.'$skipToken' | Should -Be $null, 'token-1', 'token-2'
        }

        It 'are not followed elsewhere, where nothing is sent' -ForEach @(
            @{ Where = 'another host'; Link = 'https://elsewhere.example/page?sig=abcd' }
            @{ Where = 'another resource'; Link = 'https://api.loganalytics.io/v1/x' }
            @{ Where = 'another cloud'; Link = 'https://management.usgovcloudapi.net/subscriptions' }
            @{ Where = 'a host without TLS'; Link = 'http://management.azure.com/subscriptions' }
            @{ Where = 'a look-alike'; Link = 'https://management.azure.com.evil.example/' }
            @{ Where = 'no address'; Link = 'next' }
        ) {
            Add-Answer "{`"value`":[1],`"nextLink`":`"$link`"}" @{ times = 1 }
            $items = [Collections.Generic.List[object]]::new()
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $resources -FollowPages @application | ForEach-Object { $items.Add($_) } }
            $items | Should -Be 1
            $thrown.FullyQualifiedErrorId | Should -BeLike 'InvalidResponse,*'
            $thrown.Exception.Message | Should -Match 'doesn''t belong to the same resource. Nothing was sent there'
            $thrown.Exception.Message | Should -Not -Match 'abcd'
            Get-Call | Should -HaveCount 1
        }

        It 'that lead in a circle end with an error' {
            Add-Answer "{`"value`":[1],`"nextLink`":`"$resources&b`"}" @{ times = 1 }
            Add-Answer "{`"value`":[2],`"nextLink`":`"$resources`"}" @{ times = 1 }
            (Get-ThrownError { Invoke-MonitorRestMethod $resources -FollowPages @application }).Exception.Message | Should -Match 'already sent'
            Get-Call | Should -HaveCount 2
        }

        It 'that break off end with an error, after the items that came' {
            Add-Answer "{`"value`":[1],`"nextLink`":`"$resources&b`"}" @{ times = 1 }
            Add-Answer '{"value":[2,3,{"a":"bcd"}]}' @{ times = 1; cutAfter = 16 }
            $items = [Collections.Generic.List[object]]::new()
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $resources -FollowPages @application | ForEach-Object { $items.Add($_) } }
            $items | Should -Be 1, 2, 3
            $thrown.FullyQualifiedErrorId | Should -BeLike 'ServiceUnreachable,*'
        }

        It 'have a token that is valid: renewed when it is due' {
            $short = Invoke-RestMethod -Method Post -Uri $env:EMULATOR_ADMIN/apps -Body '{"tokenLifetimeSeconds":1}' -ContentType application/json
            $identity = @{ TenantId = $short.tenantId; ClientId = $short.clientId; ClientSecret = ConvertTo-Secret $short.secret }
            Invoke-MonitorRestMethod "$resources&`$top=4" -FollowPages @identity | ForEach-Object { if ($_.name -eq 'vm-3') { Start-Sleep -Milliseconds 1100 } }
            @(Get-Request | Where-Object path -like '*/oauth2/*').Count | Should -BeGreaterThan 1
            (Get-Call).headers.Authorization | Select-Object -Unique | Should -HaveCount 2
        }
    }

    Context 'A service that is busy' {
        It 'is asked again after <_>' -ForEach 429, 503 {
            Add-Refusal $_
            (Invoke-MonitorRestMethod $query -Body @{ query = 'x' } @application).tables | Should -HaveCount 1
            Get-Call | Should -HaveCount 2
        }

        It 'is asked again at page 3' {
            Add-Fault @{ match = @{ path = '^/subscriptions/.*/resources' }; times = 2; delayMs = 0 }
            Add-Refusal 429
            Invoke-MonitorRestMethod "$resources&`$top=1" -FollowPages @application | Should -HaveCount 7
            Get-Call | Should -HaveCount 8
        }

        It 'is asked -MaximumRetryCount times more, and then tells when to try again' {
            Add-Refusal 429 @{ times = 5; headers = @{ 'Retry-After' = '0' } }
            $null = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x -MaximumRetryCount 1 @application }
            Get-Call | Should -HaveCount 2
            Clear-Emulator
            Add-Refusal 429 @{ headers = @{ 'Retry-After' = '3600' } }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x @application }
            # For longer than -TimeoutSec nobody waits.
            Get-Call | Should -HaveCount 1
            $thrown.CategoryInfo.Category | Should -Be 'LimitsExceeded'
            ($thrown.Exception.RetryAfter - [DateTimeOffset]::UtcNow).TotalMinutes | Should -BeGreaterThan 58
            $thrown.ErrorDetails.RecommendedAction | Should -Match 'asks to wait until'
        }

        It 'is waited for until the date that it names, with progress' {
            $until = [DateTimeOffset]::UtcNow.AddSeconds(3)
            Add-Refusal 503 @{ headers = @{ 'Retry-After' = $until.ToString('R') } }
            $shell = [powershell]::Create()
            $null = $shell.AddScript('param($module, $query, $application) Import-Module $module; Invoke-MonitorRestMethod $query -Body x @application').AddArgument($env:MONITORTOKEN_MODULE).AddArgument($query).AddArgument($application)
            $null = $shell.Invoke()
            # A date has whole seconds.
            [DateTimeOffset]::UtcNow | Should -BeGreaterOrEqual $until.AddSeconds(-1)
            $waits = $shell.Streams.Progress | Where-Object StatusDescription -like 'api.loganalytics.io asks to wait*'
            $waits[0].SecondsRemaining | Should -BeIn 0, 1, 2
            $shell.Dispose()
        }

        It 'is not asked again by a request that must not come twice: <Status>' -ForEach @{ Status = 500 }, @{ Status = 504 } {
            Add-Refusal $status
            (Get-ThrownError { Invoke-MonitorRestMethod $ingestion -Body '[]' @application }).Exception.StatusCode | Should -Be $status
            Get-Call | Should -HaveCount 1
            Clear-Emulator
            Add-Refusal $status
            $null = Invoke-MonitorRestMethod $query -Body @{ query = 'x' } @application
            Get-Call | Should -HaveCount 2
        }

        It 'is asked again after a connection that broke off, where that does no harm' {
            Add-Fault @{ match = @{ path = '/v1' }; drop = $true; times = 1 }
            (Invoke-MonitorRestMethod $query -Body @{ query = 'x' } @application).tables | Should -HaveCount 1
            Clear-Emulator
            Add-Fault @{ match = @{ path = '/dataCollectionRules' }; drop = $true; times = 1 }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $ingestion -Body '[]' @application }
            $thrown.FullyQualifiedErrorId | Should -BeLike 'ServiceUnreachable,*'
            $thrown.CategoryInfo.Category | Should -Be 'ConnectionError'
            Get-Call | Should -HaveCount 1
        }

        It 'is waited for no longer than -TimeoutSec' {
            Add-Fault @{ match = @{ path = '/v1' }; hang = $true }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x -TimeoutSec 1 @application }
            $thrown.FullyQualifiedErrorId | Should -BeLike 'Timeout,*'
            $thrown.Exception.Message | Should -Match 'within 1 seconds'
            Clear-Emulator
            Add-Fault @{ match = @{ path = '/v1' }; hangInBody = $true }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body @{ query = 'x' } -TimeoutSec 1 @application }
            $thrown.Exception.Message | Should -Match 'started to respond'
        }
    }

    Context 'A claims challenge' {
        It 'is answered once, with a token for those claims, which is used from then on' {
            $encoded = ConvertTo-Base64 $claims
            Add-Refusal 401 @{ headers = @{ 'WWW-Authenticate' = "Bearer realm=`"`", error=`"insufficient_claims`", claims=`"$encoded`"" } }
            (Invoke-MonitorRestMethod $query -Body @{ query = 'x' } @application).tables | Should -HaveCount 1
            $null = Invoke-MonitorRestMethod $query -Body @{ query = 'x' } @application
            $tokens = @(Get-Request | Where-Object path -like '*/oauth2/*')
            $tokens | Should -HaveCount 2
            $tokens[1].form.claims | Should -Match '1604106651'
            $sent = (Get-Call).headers.Authorization
            $sent | Should -HaveCount 3
            $sent[0] | Should -Not -Be $sent[1]
            $sent[2] | Should -Be $sent[1]
        }

        It 'that comes again is the error, and a 401 without claims too' {
            $encoded = ConvertTo-Base64 $claims
            Add-Refusal 401 @{ times = 3; headers = @{ 'WWW-Authenticate' = "Bearer error=`"insufficient_claims`", claims=`"$encoded`"" } }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x @application }
            Get-Call | Should -HaveCount 2
            $thrown.CategoryInfo.Category | Should -Be 'AuthenticationError'
            $thrown.ErrorDetails.RecommendedAction | Should -Match 'A policy requires more'
            Clear-Emulator
            Add-Refusal 401 @{ times = 3; headers = @{ 'WWW-Authenticate' = 'Bearer' } }
            $null = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x @application }
            Get-Call | Should -HaveCount 1
        }
    }

    Context 'A redirect' {
        It 'within the resource is followed with the token' {
            Add-Fault @{ match = @{ path = '^/subscriptions/.*/resources' }; times = 1; status = 307; headers = @{ Location = "/subscriptions/$($subscription)?api-version=2021-04-01" } }
            (Invoke-MonitorRestMethod $resources @application).subscriptionId | Should -Be $subscription
            (Get-Call).headers.Authorization | Should -BeLike 'Bearer *'
        }

        It 'to another host, resource or scheme is not followed' -ForEach 'https://elsewhere.example/', 'https://api.loganalytics.io/v1', 'http://management.azure.com/x' {
            Add-Fault @{ match = @{ path = '/subscriptions' }; status = 302; headers = @{ Location = $_ } }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $resources @application }
            $thrown.Exception.StatusCode | Should -Be 302
            $thrown.Exception.Message | Should -Match "which redirects to $(([uri] $_).Host)"
            $thrown.ErrorDetails.RecommendedAction | Should -Match 'nothing was sent'
            Get-Call | Should -HaveCount 1
        }

        It 'that has no end ends with an error' {
            Add-Fault @{ match = @{ path = '/subscriptions' }; status = 302; headers = @{ Location = $resources } }
            (Get-ThrownError { Invoke-MonitorRestMethod $resources @application }).Exception.StatusCode | Should -Be 302
            Get-Call | Should -HaveCount 6
        }
    }

    Context 'An error' {
        It 'has the status, the code and sentence of the service, its id, and the advice of the access test' {
            $body = '{"error":{"message":"The provided credentials have insufficient access to perform the requested operation","code":"InsufficientAccessError"}}'
            Add-Answer $body @{ status = 403; headers = @{ 'x-ms-request-id' = '6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11'; 'x-ms-correlation-request-id' = '7c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11' } }
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x @application }
            $thrown.FullyQualifiedErrorId | Should -Be 'RequestFailed,MonitorToken.Commands.InvokeMonitorRestMethodCommand'
            $thrown.CategoryInfo.Category, $thrown.TargetObject | Should -Be 'PermissionDenied', 'LogAnalytics'
            $thrown.Exception | Should -BeOfType ([MonitorToken.RequestException])
            $thrown.Exception.StatusCode, $thrown.Exception.ErrorCode | Should -Be 403, 'InsufficientAccessError'
            $thrown.Exception.RequestId | Should -Be '6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11'
            $thrown.Exception.CorrelationId | Should -Be '7c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11'
            $thrown.Exception.Message | Should -Be 'api.loganalytics.io returned HTTP 403, InsufficientAccessError: The provided credentials have insufficient access to perform the requested operation.'
            $row = Test-MonitorTokenCredential @application -Uri "$($query)?query=x"
            $thrown.ErrorDetails.RecommendedAction | Should -Be $row.RecommendedAction
        }

        It 'has the category <Category> for <Status>' -ForEach @(
            @{ Status = 400; Category = 'InvalidArgument' }, @{ Status = 401; Category = 'AuthenticationError' }
            @{ Status = 404; Category = 'ObjectNotFound' }, @{ Status = 409; Category = 'ResourceExists' }
            @{ Status = 413; Category = 'InvalidOperation' }, @{ Status = 500; Category = 'ResourceUnavailable' }
        ) {
            Add-Refusal $status
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $ingestion -Body '[]' @application }
            $thrown.CategoryInfo.Category | Should -Be $category
            $thrown.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'sets the variable to its status, and leaves the pipeline its other credentials' {
            Add-Refusal 403
            $credential = Get-MonitorTokenCredential @application
            $answers = $credential, $credential | Invoke-MonitorRestMethod "$($query)?query=x" -ErrorAction SilentlyContinue -ErrorVariable failures
            $answers | Should -HaveCount 1
            $failures | Should -HaveCount 1
            Clear-Emulator
            Add-Refusal 403
            $null = Invoke-MonitorRestMethod "$($query)?query=x" -ErrorAction Ignore -StatusCodeVariable code @application
            $code | Should -Be 403
        }

        It 'without a token is the error of Get-MonitorToken' {
            $wrong = $application + @{ }
            $wrong.ClientSecret = ConvertTo-Secret 'wrong'
            $thrown = Get-ThrownError { Invoke-MonitorRestMethod $query -Body x @wrong }
            $thrown.FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
            Get-Call | Should -BeNullOrEmpty
        }
    }

    It 'stops at once: Ctrl+C' {
        Add-Refusal 429 @{ headers = @{ 'Retry-After' = '120' } }
        $shell = [powershell]::Create()
        $null = $shell.AddScript('param($module, $query, $application) Import-Module $module; Invoke-MonitorRestMethod $query -Body x @application').AddArgument($env:MONITORTOKEN_MODULE).AddArgument($query).AddArgument($application)
        $run = $shell.BeginInvoke()
        for ($i = 0; $i -lt 400 -and -not (Get-Call); $i++) { Start-Sleep -Milliseconds 50 }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 60
        { $shell.EndInvoke($run) } | Should -Throw
        $shell.Dispose()
    }

    It 'reads a million rows without more memory than a few of them take' {
        $env:STANDIN_SECRET = [Net.NetworkCredential]::new('', $application.ClientSecret).Password
        try {
            $first, $last = Invoke-FreshPowerShell (@'
Import-Module $env:MONITORTOKEN_MODULE
$application = @{{ TenantId = '{0}'; ClientId = '{1}'; ClientSecret = ConvertTo-SecureString $env:STANDIN_SECRET -AsPlainText -Force }}
$count = 0
Invoke-MonitorRestMethod {2} -Body @{{ query = 'set notruncation; range Number from 1 to 1000000 step 1' }} -AsTable @application |
    ForEach-Object {{ if (++$count -in 100000, 1000000) {{ [GC]::GetTotalMemory($true) }} }}
'@ -f $application.TenantId, $application.ClientId, $query)
        }
        finally { $env:STANDIN_SECRET = $null }
        $last | Should -BeGreaterThan 0
        ($last - $first) / 1MB | Should -BeLessThan 4
    }
}
