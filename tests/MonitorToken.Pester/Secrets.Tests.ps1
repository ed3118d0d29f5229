# A token or a secret must not be in anything that is shown, written or logged unless it was asked for by name.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $secret = 'canary-secret-' + [guid]::NewGuid().ToString('n')
    $application = New-Application -Secret $secret
    $token = Get-MonitorToken LogAnalytics @application
    $plain = $token.GetPlainText()

    # The plain text and what it looks like when something has merely encoded it.
    $traces = foreach ($text in $plain, $plain.Split('.')[2], $secret) {
        $text
        [uri]::EscapeDataString($text)
        foreach ($encoding in [Text.Encoding]::UTF8, [Text.Encoding]::Unicode) {
            [Convert]::ToBase64String($encoding.GetBytes($text)).Substring(0, 40)
            [Convert]::ToHexString($encoding.GetBytes($text)).Substring(0, 60)
        }
    }

    function Assert-NoCanary([string] $Text) {
        $Text | Should -Not -BeNullOrEmpty
        foreach ($trace in $traces) { $Text.Contains($trace, 'OrdinalIgnoreCase') | Should -BeFalse }
    }
}

Describe 'Secrets' {
    It 'would be found by these tests' {
        { Assert-NoCanary "... $plain ..." } | Should -Throw
        { Assert-NoCanary ([Convert]::ToHexString([Text.Encoding]::Unicode.GetBytes($plain))) } | Should -Throw
        { Assert-NoCanary "... $secret ..." } | Should -Throw
    }

    It 'are not in <how>' -ForEach @(
        @{ How = 'the default table'; Render = { $token | Out-String -Width 9999 } }
        @{ How = 'the list'; Render = { $token | Format-List | Out-String -Width 9999 } }
        @{ How = 'a list of everything'; Render = { $token | Format-List * -Force | Out-String -Width 9999 } }
        @{ How = 'a custom view'; Render = { $token | Format-Custom -Depth 5 | Out-String -Width 9999 } }
        @{ How = 'a table of everything'; Render = { $token | Format-Table * -Force | Out-String -Width 9999 } }
        @{ How = 'the members'; Render = { $token | Get-Member -Force | Out-String -Width 9999 } }
        @{ How = 'Out-String -Stream'; Render = { $token | Out-String -Stream -Width 9999 } }
        @{ How = 'ConvertTo-Json -Depth 5'; Render = { $token | ConvertTo-Json -Depth 5 -WarningAction Ignore } }
        @{ How = 'ConvertTo-Csv'; Render = { $token | ConvertTo-Csv } }
        @{ How = 'ConvertTo-Html'; Render = { $token | ConvertTo-Html } }
        @{ How = 'ConvertTo-Xml'; Render = { ($token | ConvertTo-Xml -Depth 3).OuterXml } }
        @{ How = 'Export-Clixml'; Render = { $token | Export-Clixml "$TestDrive/token.xml"; Get-Content "$TestDrive/token.xml" -Raw } }
        @{ How = 'Export-Clixml -Depth 5'; Render = { @{ nested = $token } | Export-Clixml "$TestDrive/nested.xml" -Depth 5; Get-Content "$TestDrive/nested.xml" -Raw } }
        @{ How = 'what a job returns'; Render = { Start-Job { $using:token } | Receive-Job -Wait -AutoRemoveJob | Format-List * | Out-String -Width 9999 } }
        @{ How = 'a string'; Render = { "$token" } }
        @{ How = '-f'; Render = { '{0}' -f $token } }
    ) {
        Assert-NoCanary ((& $render) -join "`n")
    }

    It 'are in no stream, however much is told' {
        Clear-Emulator
        $streams = & {
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            Get-MonitorToken LogAnalytics @application -ForceRefresh -Verbose -Debug
            Get-MonitorToken LogAnalytics @application -ForceRefresh -Verbose -Debug -UseV1Endpoint
        } *>&1 | Out-String -Width 9999
        $streams | Should -Match 'POST https://login'
        Assert-NoCanary $streams
        # ForceRefresh got other tokens than the canary's; theirs must not be there either.
        $streams | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.'
    }

    It 'are in no error, whatever the identity service answers' -Skip:$isWine -ForEach @(
        @{ Fault = @{ error = 'AADSTS7000222' } }
        @{ Fault = @{ status = 500; body = 'SECRET' } }
        @{ Fault = @{ body = '{"access_token":"TOKEN","expires_in":"soon","token_type":3}' } }
        @{ Fault = @{ body = '{"access_token":"TOKEN"' } }
        @{ Fault = @{ body = '"TOKEN"'; status = 400 } }
        @{ Fault = @{ drop = $true } }
    ) {
        Clear-Emulator
        if ($fault.body) { $fault.body = $fault.body.Replace('TOKEN', $plain).Replace('SECRET', $secret) }
        Add-Fault $fault
        foreach ($endpoint in @{}, @{ UseV1Endpoint = $true }) {
            $Error.Clear()
            try { $null = Get-MonitorToken LogAnalytics @application @endpoint -ForceRefresh } catch { $caught = $_ }
            Assert-NoCanary ($Error | Format-List * -Force | Out-String -Width 9999)
            Assert-NoCanary ($caught | Get-Error | Out-String -Width 9999)
            Assert-NoCanary ($caught.Exception.ToString())
        }
    }

    It 'of <parameter> are in no stream and no error, whether it works or not' -ForEach @(
        @{ Parameter = 'FederatedToken'; More = @{} }
        @{ Parameter = 'FederatedTokenScript'; More = @{} }
        @{ Parameter = 'UserAssertion'; More = @{ ClientSecret = $true } }
        @{ Parameter = 'CertificatePassword'; More = @{ CertificatePath = $true } }
        @{ Parameter = 'SystemAccessToken'; More = @{ AzurePipelines = $true; ServiceConnectionId = $env:EMULATOR_SERVICE_CONNECTION_ID } }
    ) {
        if ($more.CertificatePath -and -not $hasCertificateKeys) { Set-ItResult -Skipped -Because 'there are no keys for certificates here' }
        Clear-Emulator
        $app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
        foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
            $null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
        }
        $good = switch ($parameter) {
            UserAssertion { (New-EmulatorItem user-tokens @{ audience = $app.ClientId }).token }
            SystemAccessToken { $env:EMULATOR_PIPELINES_TOKEN }
            CertificatePassword { 'canary-password-' + [guid]::NewGuid().ToString('n') }
            default { (New-EmulatorItem assertions).token }
        }
        if ($more.ClientSecret) { $more.ClientSecret = $application.ClientSecret }
        if ($more.CertificatePath) {
            $certificate = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=canary', [System.Security.Cryptography.RSA]::Create(2048), 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1).CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
            $null = New-EmulatorItem "apps/$($app.ClientId)/certificates" @{ pem = $certificate.ExportCertificatePem() }
            $more.CertificatePath = "$TestDrive/canary.pfx"
            [IO.File]::WriteAllBytes($more.CertificatePath, $certificate.Export('Pfx', $good))
        }
        $env:SYSTEM_OIDCREQUESTURI = $env:EMULATOR_PIPELINES_URL
        $Error.Clear()
        try {
            $output = foreach ($value in $good, "$($good)x") {
                $given = if ($parameter -eq 'FederatedTokenScript') { { $value }.GetNewClosure() } else { ConvertTo-Secret $value }
                & {
                    $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
                    $signIn = @{ $parameter = $given }
                    try { Get-MonitorToken LogAnalytics @app @more @signIn -Verbose -Debug } catch { $_ | Format-List * -Force; $_.TargetObject | Format-List * -Force; Get-Error $_ }
                } *>&1
            }
        }
        finally { $env:SYSTEM_OIDCREQUESTURI = $null }
        $text = ($output | Out-String -Width 9999) + ($Error | Format-List * -Force | Out-String -Width 9999)
        # The right one worked, the wrong one did not: both have had their say.
        $text | Should -Match 'got a token for https://api.loganalytics.io'
        $text | Should -Match 'TokenException'
        foreach ($trace in $good, $good.Split('.')[-1], [Convert]::ToHexString([Text.Encoding]::Unicode.GetBytes($good))) {
            $text.Contains($trace, 'OrdinalIgnoreCase') | Should -BeFalse
        }
        $text | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.'
    }

    It 'are in no stream and no error of a call: <why>' -ForEach @(
        @{ Why = 'it works'; Fault = @{}; More = @{} }
        @{ Why = 'the service repeats the token'; Fault = @{ status = 403; body = '{"error":{"code":"Denied","message":"Denied: Bearer TOKEN"}}'; headers = @{ 'x-ms-request-id' = 'TOKEN'; 'WWW-Authenticate' = 'Bearer error="TOKEN", claims="TOKEN"' } }; More = @{} }
        @{ Why = 'the service repeats it in a redirect'; Fault = @{ status = 302; headers = @{ Location = 'https://elsewhere.example/?access_token=TOKEN' } }; More = @{} }
        @{ Why = 'the service repeats it beside rows'; Fault = @{ body = '{"tables":[{"columns":[],"rows":[]}],"error":{"code":"PartialError","message":"Bearer TOKEN"}}'; contentType = 'application/json' }; More = @{ AsTable = $true } }
        @{ Why = 'the service repeats it in the next page'; Fault = @{ body = '{"value":[],"nextLink":"https://elsewhere.example/?access_token=TOKEN"}'; contentType = 'application/json' }; More = @{ FollowPages = $true } }
        @{ Why = 'its response is of the type of the token'; Fault = @{ body = 'x'; contentType = 'a/TOKEN' }; More = @{} }
        @{ Why = 'it is gone'; Fault = @{ drop = $true }; More = @{} }
    ) {
        Clear-Emulator
        if ($fault.Count) { Add-Fault (("$($fault | ConvertTo-Json)").Replace('TOKEN', $plain) | ConvertFrom-Json -AsHashtable | ForEach-Object { $_.match = @{ path = '/v1' }; $_ }) }
        $uri = "https://user:$secret@api.loganalytics.io/v1/workspaces/x/query?query=print%201&sig=$secret"
        $Error.Clear()
        $output = & {
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            try { Invoke-MonitorRestMethod $uri @application @more -MaximumRetryCount 0 -Verbose -Debug | ForEach-Object { 'done' } }
            catch { $_ | Format-List * -Force; $_.TargetObject | Format-List * -Force; Get-Error $_; $_.Exception.ToString() }
        } *>&1
        $text = ($output | Out-String -Width 9999) + ($Error | Format-List * -Force | Out-String -Width 9999)
        $text | Should -Match 'GET https://api.loganalytics.io/v1/workspaces/x/query:'
        Assert-NoCanary $text
        $text | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.'
    }

    It 'in an address are not repeated where it is refused' -ForEach @(
        @{ Address = 'http://api.loganalytics.io/x?code=CANARY' }
        @{ Address = 'https://evil.example/x?sig=CANARY' }
        @{ Address = 'https://user:CANARY@evil.example/' }
    ) {
        $thrown = $null
        try { Get-MonitorToken -Uri $address.Replace('CANARY', $secret) @application } catch { $thrown = $_ }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        Assert-NoCanary $thrown.Exception.ToString()
        Assert-NoCanary "$($thrown.ErrorDetails) $($thrown.TargetObject) $($thrown.CategoryInfo)"
    }

    It 'in an address that is given for a name are not repeated either: <command>, <address>' -ForEach @(
        foreach ($command in 'Get-MonitorToken', 'Test-MonitorTokenCredential', 'Get-MonitorResource') {
            foreach ($address in 'http://api.loganalytics.io/x?code=CANARY', 'https://api.loganalytics.io/v1?sig=CANARY', 'https://user:CANARY@api.loganalytics.io/v1', 'user:CANARY@elsewhere.example') {
                # A question mark is a wildcard to Get-MonitorResource, so that nothing matches.
                if ($command -ne 'Get-MonitorResource' -or $address -notmatch '\?') { @{ Command = $command; Address = $address } }
            }
        }
    ) {
        $with = if ($command -eq 'Get-MonitorResource') { @{} } else { $application }
        $given = $address.Replace('CANARY', $secret)
        foreach ($names in @($given), @($given, 'LogAnalytics')) {
            $null = try { & $command $names @with -ErrorAction SilentlyContinue -ErrorVariable problem } catch { $problem = $_ }
            $problem[0].FullyQualifiedErrorId | Should -Match '^InvalidResource,'
            Assert-NoCanary ($problem[0].Exception.ToString())
            Assert-NoCanary "$($problem[0].ErrorDetails) $($problem[0].ErrorDetails.RecommendedAction) $($problem[0].TargetObject) $($problem[0].CategoryInfo)"
        }
    }

    It 'are in no transcript' {
        Clear-Emulator
        $script = @'
Import-Module $env:MONITORTOKEN_MODULE
Start-Transcript -Path $env:CANARY_TRANSCRIPT | Out-Null
$secret = ConvertTo-SecureString $env:CANARY_SECRET -AsPlainText -Force
$VerbosePreference = $DebugPreference = 'Continue'
Get-MonitorToken LogAnalytics -TenantId $env:CANARY_TENANT -ClientId $env:CANARY_CLIENT -ClientSecret $secret
Get-MonitorToken LogAnalytics -TenantId $env:CANARY_TENANT -ClientId $env:CANARY_CLIENT -ClientSecret $secret | Format-List *
Get-MonitorToken https://unknown.example -TenantId $env:CANARY_TENANT -ClientId $env:CANARY_CLIENT -ClientSecret $secret
Get-Error
Stop-Transcript | Out-Null
'@
        $env:CANARY_TRANSCRIPT = "$TestDrive/transcript.txt"
        $env:CANARY_SECRET = $secret
        $env:CANARY_TENANT = $application.TenantId
        $env:CANARY_CLIENT = $application.ClientId
        $null = Invoke-FreshPowerShell $script 2>&1
        $transcript = Get-Content $env:CANARY_TRANSCRIPT -Raw
        $transcript | Should -Match 'LogAnalytics'
        $transcript | Should -Match 'AADSTS500011'
        Assert-NoCanary $transcript
        $transcript | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.'
    }

    It 'are not in Export-Clixml <when>' -ForEach @(
        @{ When = 'in a second runspace'; Script = 'Start-ThreadJob { Import-Module $env:MONITORTOKEN_MODULE; $using:token | Export-Clixml $env:CANARY_FILE } | Receive-Job -Wait -AutoRemoveJob' }
        @{ When = 'after an import by force'; Script = 'Import-Module $env:MONITORTOKEN_MODULE -Force; $token | Export-Clixml $env:CANARY_FILE' }
        @{ When = 'after another module has taken its types away'; Script = 'Import-Module $env:CANARY_MODULE; Remove-Module other; $token | Export-Clixml $env:CANARY_FILE' }
        @{ When = 'after the module was removed'; Script = 'Remove-Module MonitorToken; $token | Export-Clixml $env:CANARY_FILE' }
    ) {
        $env:CANARY_FILE = "$TestDrive/token.xml"
        $null = New-Item "$TestDrive/other" -ItemType Directory -Force
        Set-Content "$TestDrive/other/other.types.ps1xml" '<Types><Type><Name>Other</Name><Members><NoteProperty><Name>A</Name><Value>1</Value></NoteProperty></Members></Type></Types>'
        $env:CANARY_MODULE = "$TestDrive/other/other.psd1"
        New-ModuleManifest $env:CANARY_MODULE -TypesToProcess other.types.ps1xml
        $plain = Invoke-FreshPowerShell ('Import-Module $env:MONITORTOKEN_MODULE
            $secret = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
            $token = Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -ClientId $env:EMULATOR_CLIENT_ID -ClientSecret $secret
            ' + $script + '
            $token.GetPlainText()') | Select-Object -Last 1
        $plain | Should -Match '^eyJ'
        $text = Get-Content $env:CANARY_FILE -Raw
        $text | Should -Match 'LogAnalytics'
        foreach ($trace in $plain, $plain.Split('.')[2], [Convert]::ToHexString([Text.Encoding]::Unicode.GetBytes($plain)).Substring(0, 60)) {
            $text.Contains($trace, 'OrdinalIgnoreCase') | Should -BeFalse
        }
    }

    It 'are in no CLIXML, wherever the object gets' -ForEach @(
        @{ Where = 'Select-Object *'; Write = { $token | Select-Object * | Export-Clixml $file } }
        @{ Where = 'Select-Object * -ExcludeProperty'; Write = { $token | Select-Object * -ExcludeProperty Scopes | Export-Clixml $file } }
        @{ Where = 'ConvertTo-CliXml'; Write = { Set-Content $file ($(if (Get-Command ConvertTo-CliXml -ErrorAction Ignore) { $token | ConvertTo-CliXml } else { [System.Management.Automation.PSSerializer]::Serialize($token) })) } }
        @{ Where = 'a PowerShell without the module'; Write = { $null = [powershell]::Create().AddScript('param($t, $f) $t | Export-Clixml $f').AddArgument($token).AddArgument($file).Invoke() } }
        @{ Where = 'Select-Object * there'; Write = { $null = [powershell]::Create().AddScript('param($t, $f) @{ t = @($t | Select-Object *) } | Export-Clixml $f -Depth 5').AddArgument($token).AddArgument($file).Invoke() } }
        @{ Where = 'a variable of another runspace'; Write = {
                $runspace = [runspacefactory]::CreateRunspace()
                $runspace.Open()
                $runspace.SessionStateProxy.SetVariable('t', $token)
                try { $null = [powershell]::Create($runspace).AddScript("`$t | Export-Clixml '$file'").Invoke() } finally { $runspace.Dispose() }
            } }
        @{ Where = 'a runspace pool'; Write = {
                $pool = [runspacefactory]::CreateRunspacePool(1, 2)
                $pool.Open()
                $shell = [powershell]::Create()
                $shell.RunspacePool = $pool
                try { $null = $shell.AddScript('param($t, $f) $t | Export-Clixml $f').AddArgument($token).AddArgument($file).Invoke() } finally { $pool.Dispose() }
            } }
        @{ Where = 'a list in ForEach-Object -Parallel'; Write = {
                $list = [System.Collections.Generic.List[MonitorToken.AccessToken]] @($token)
                1 | ForEach-Object -Parallel { $list = $using:list; $list | Export-Clixml $using:file }
            } }
        @{ Where = 'the serializer in ForEach-Object -Parallel'; Write = { 1 | ForEach-Object -Parallel { Set-Content $using:file ([System.Management.Automation.PSSerializer]::Serialize($using:token, 5)) } } }
        @{ Where = 'a thread job'; Write = { Start-ThreadJob { $using:token | Export-Clixml $using:file } | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        $file = "$TestDrive/$([guid]::NewGuid()).xml"
        & $write
        $text = Get-Content $file -Raw
        $text | Should -Match 'LogAnalytics' -Because $where
        Assert-NoCanary $text
    }

    It 'do not get into a process that is started' -ForEach @(
        @{ How = 'Start-Job'; Start = { Start-Job { ($using:token).Token } | Receive-Job -Wait -AutoRemoveJob } }
        @{ How = 'Start-Job with an argument'; Start = { Start-Job { param($t) $t.Token } -ArgumentList $token | Receive-Job -Wait -AutoRemoveJob } }
        @{ How = 'Start-Job from within ForEach-Object -Parallel'; Start = { 1 | ForEach-Object -Parallel { $t = $using:token; Start-Job { param($t) $t.Token } -ArgumentList $t | Receive-Job -Wait -AutoRemoveJob } } }
        @{ How = 'Start-Job from within a thread job'; Start = { Start-ThreadJob { param($t) Start-Job { param($t) $t.Token } -ArgumentList $t | Receive-Job -Wait -AutoRemoveJob } -ArgumentList $token | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        & $start | Should -BeNullOrEmpty -Because $how
    }

    It 'go where they are named, and are plain text there away from Windows' -Skip:$IsWindows {
        # What docs/security.md says of it, and no less.
        $token | Select-Object Resource, Token | Export-Clixml "$TestDrive/named.xml"
        [System.Net.NetworkCredential]::new('', (Import-Clixml "$TestDrive/named.xml").Token).Password | Should -BeExactly $plain
    }

    It 'survive where they must: the live object goes into a thread job' {
        $copy = Start-ThreadJob { ($using:token).GetPlainText() } | Receive-Job -Wait -AutoRemoveJob
        $copy | Should -BeExactly $plain
    }
}
