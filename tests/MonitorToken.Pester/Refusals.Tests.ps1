# How PowerShell tells what went wrong: id, category, what the exception has, and nobody else's words.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $notOurs = 'Exception|HttpRequest|SocketError|Object reference|disposed object|Cannot access|TimeSpan|ObjectName|A task was|operation was canceled|Stream'
}

Describe 'What a service answers' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
    }

    It '<what> is Throttled, says until when, and asks no second time' -ForEach @(
        @{ What = 'a 429 that asks for an hour'; Fault = @{ status = 429; body = '{}'; headers = @{ 'Retry-After' = '3600' } } }
        @{ What = 'a 503 that asks for an hour'; Fault = @{ status = 503; body = '{}'; headers = @{ 'Retry-After' = '3600' } } }
    ) {
        Add-Fault $fault
        foreach ($endpoint in @{}, @{ UseV1Endpoint = $true }) {
            Invoke-RestMethod -Method Delete $env:EMULATOR_ADMIN/requests
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application @endpoint }
            $thrown.FullyQualifiedErrorId | Should -BeExactly 'Throttled,MonitorToken.Commands.GetMonitorTokenCommand'
            $thrown.CategoryInfo.Category | Should -Be 'LimitsExceeded'
            $until = $thrown.Exception.RetryAfter
            $until | Should -BeOfType DateTimeOffset
            $until.Offset | Should -Be ([TimeSpan]::Zero)
            ($until - [DateTimeOffset]::UtcNow).TotalMinutes | Should -BeGreaterThan 50
            "$thrown" | Should -Match "asks to wait until $($until.ToString('u'))"
            $thrown.ErrorDetails.RecommendedAction | Should -Match 'RetryAfter'
            Get-Request | Should -HaveCount 1
            # Until then the next call is told the same, and nothing is sent.
            (Get-ThrownError { Get-MonitorToken LogAnalytics @application @endpoint }).FullyQualifiedErrorId | Should -Match '^Throttled,'
            Get-Request | Should -HaveCount 1
        }
    }

    It '<what> is InvalidResponse, InvalidResult, and says what came' -ForEach @(
        @{ What = 'a web page'; Fault = @{ body = '<html>Please log in</html>'; contentType = 'text/html' }; Says = 'a web page' }
        @{ What = 'nothing'; Fault = @{ body = '' }; Says = 'an empty response' }
        @{ What = 'JSON without a token'; Fault = @{ body = '{"token_type":"Bearer"}' }; Says = 'JSON without a token' }
        @{ What = 'JSON that is cut off'; Fault = @{ body = '{"access_tok' }; Says = 'isn''t JSON' }
        @{ What = 'a token that has expired'; Fault = @{ tokenLifetimeSeconds = -60 }; Says = 'that expired|without a valid expiry' }
    ) {
        Add-Fault $fault
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application }
        $thrown.FullyQualifiedErrorId | Should -BeExactly 'InvalidResponse,MonitorToken.Commands.GetMonitorTokenCommand'
        $thrown.CategoryInfo.Category | Should -Be 'InvalidResult'
        "$thrown" | Should -Match $says
        "$thrown" | Should -Not -Match $notOurs
        $thrown.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It '<what> is AuthorityUnreachable, in none of .NET''s words' -ForEach @(
        @{ What = 'a connection that is refused'; More = @{ Resource = 'https://api.loganalytics.io'; AuthorityHost = 'https://localhost:1'; DisableInstanceDiscovery = $true } }
        @{ What = 'a connection that is cut off'; More = @{ Resource = 'https://api.loganalytics.io' }; Fault = @{ drop = $true } }
        @{ What = 'an internal error'; More = @{ Resource = 'https://api.loganalytics.io' }; Fault = @{ status = 500; body = 'oops' } }
    ) {
        if ($fault) { Add-Fault $fault }
        $thrown = Get-ThrownError { Get-MonitorToken @application @more }
        $thrown.FullyQualifiedErrorId | Should -BeExactly 'AuthorityUnreachable,MonitorToken.Commands.GetMonitorTokenCommand'
        $thrown.CategoryInfo.Category | Should -Be 'ConnectionError'
        "$thrown" | Should -Not -Match $notOurs
        $thrown.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}

Describe 'What the caller has given' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
    }

    It '<what> is refused as <id> before anything is sent' -ForEach @(
        @{ What = 'a negative lifetime'; Id = 'InvalidOption'; More = @{ Resource = 'LogAnalytics'; MinimumLifetime = [TimeSpan]::FromMinutes(-1) }; Says = 'negative' }
        @{ What = 'claims that are no JSON'; Id = 'InvalidOption'; More = @{ Resource = 'LogAnalytics'; Claims = 'acrs=c1' }; Says = 'isn''t a JSON object' }
        @{ What = 'claims that are an array'; Id = 'InvalidOption'; More = @{ Resource = 'LogAnalytics'; Claims = '[]' }; Says = 'isn''t a JSON object' }
        @{ What = 'claims that are empty'; Id = 'InvalidOption'; More = @{ Resource = 'LogAnalytics'; Claims = '' }; Says = 'isn''t a JSON object' }
        @{ What = 'claims as they are in a header'; Id = 'InvalidOption'; More = @{ Resource = 'LogAnalytics'; Claims = 'eyJhY2Nlc3NfdG9rZW4iOnt9fQ==' }; Says = 'isn''t a JSON object' }
        @{ What = 'a scope for a resource'; Id = 'InvalidResource'; More = @{ Resource = 'https://api.loganalytics.io/.default' }; Says = 'a scope, not a resource' }
        @{ What = 'a scope alone'; Id = 'InvalidResource'; More = @{ Resource = '/.default' }; Says = 'scope|neither a name' }
        @{ What = 'a scope with white space'; Id = 'InvalidResource'; More = @{ Scope = 'a b' }; Says = 'white space' }
    ) {
        $thrown = Get-ThrownError { Get-MonitorToken @application @more }
        $thrown.FullyQualifiedErrorId | Should -BeExactly "$id,MonitorToken.Commands.GetMonitorTokenCommand"
        $thrown.CategoryInfo.Category | Should -Be 'InvalidArgument'
        "$thrown" | Should -Match $says
        "$thrown" | Should -Not -Match $notOurs
        $thrown.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        Get-Request | Should -BeNullOrEmpty
    }

    It 'a secret that is disposed of is InvalidCredential: <parameter>' -ForEach @(
        @{ Parameter = 'ClientSecret'; More = @{} }
        @{ Parameter = 'FederatedToken'; More = @{} }
        @{ Parameter = 'CertificatePassword'; More = @{ CertificatePath = '/nowhere.pfx' } }
        @{ Parameter = 'SystemAccessToken'; More = @{ AzurePipelines = $true; ServiceConnectionId = 'x' } }
    ) {
        $secret = ConvertTo-Secret 'canary'
        $secret.Dispose()
        $given = @{ $parameter = $secret }
        foreach ($command in 'Get-MonitorToken', 'Get-MonitorTokenCredential') {
            $what = if ($command -eq 'Get-MonitorToken') { @{ Resource = 'LogAnalytics' } } else { @{} }
            $thrown = Get-ThrownError { & $command @app @more @given @what }
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCredential,'
            "$thrown" | Should -Match 'disposed of'
            "$thrown" | Should -Not -Match $notOurs
        }
        Get-Request | Should -BeNullOrEmpty
    }

    It 'a secret that is <what> is InvalidCredential: <parameter>' -ForEach @(
        foreach ($one in @(
            @{ Parameter = 'ClientSecret'; More = @{} }
            @{ Parameter = 'FederatedToken'; More = @{} }
            @{ Parameter = 'UserAssertion'; More = @{ ClientSecret = 'x' } }
            @{ Parameter = 'SystemAccessToken'; More = @{ AzurePipelines = $true; ServiceConnectionId = 'x' }; MayBeNull = $true }
        )) {
            $one + @{ What = 'empty text'; Value = '' }
            $one + @{ What = 'an empty SecureString'; Value = [securestring]::new() }
            if (-not $one.MayBeNull) {
                $one + @{ What = 'nothing'; Value = $null }
                $one + @{ What = 'what a command did not give'; Value = [System.Management.Automation.Internal.AutomationNull]::Value }
            }
        }
    ) {
        $given = @{ $parameter = $value }
        foreach ($command in { Get-MonitorToken LogAnalytics @app @more @given 3> $null }, { Get-MonitorTokenCredential @app @more @given 3> $null }) {
            $thrown = Get-ThrownError $command
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCredential,'
            "$thrown" | Should -Match 'is empty'
            "$thrown" | Should -Not -Match $notOurs
            $thrown.ErrorDetails.RecommendedAction | Should -Match 'variable'
        }
        Get-Request | Should -BeNullOrEmpty
    }

    It '<parameter> of $null is as if it were left out' -ForEach @(
        @{ Parameter = 'CertificatePassword'; Way = @{ CertificatePath = '/nowhere.pfx' } }
        @{ Parameter = 'SystemAccessToken'; Way = @{ AzurePipelines = $true; ServiceConnectionId = 'x' } }
    ) {
        $nothing = @{ $parameter = $null }
        $without = Get-ThrownError { Get-MonitorToken LogAnalytics @app @way }
        $with = Get-ThrownError { Get-MonitorToken LogAnalytics @app @way @nothing }
        "$with" | Should -BeExactly "$without"
        $with.FullyQualifiedErrorId | Should -Match '^(InvalidCertificate|CredentialUnavailable),'
    }

    It 'a certificate password of no letters is one' -Skip:(-not $hasCertificateKeys) {
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=pester', [System.Security.Cryptography.RSA]::Create(2048), 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $file = "$TestDrive/no-letters.pfx"
        [System.IO.File]::WriteAllBytes($file, $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30)).Export('Pfx', ''))
        (Get-MonitorTokenCredential @app -CertificatePath $file -CertificatePassword '').Name | Should -Be 'Certificate'
    }

    It 'a secret that is disposed of after the credential was made is none of its business' {
        $credential = Get-MonitorTokenCredential @application
        $application.ClientSecret.Dispose()
        ($credential | Get-MonitorToken LogAnalytics).CredentialName | Should -Be 'ClientSecret'
    }

    It 'a certificate that is disposed of is InvalidCertificate, before and after the credential was made' -Skip:(-not $hasCertificateKeys) {
        function New-Certificate {
            $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=pester', [System.Security.Cryptography.RSA]::Create(2048), 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
            $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30))
        }
        $certificate = New-Certificate
        $certificate.Dispose()
        $later = New-Certificate
        $credential = Get-MonitorTokenCredential @app -Certificate $later
        $later.Dispose()
        foreach ($ask in { Get-MonitorToken LogAnalytics @app -Certificate $certificate }, { $credential | Get-MonitorToken LogAnalytics }) {
            $thrown = Get-ThrownError $ask
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCertificate,'
            "$thrown" | Should -Match 'disposed of'
            "$thrown" | Should -Not -Match $notOurs
        }
        Get-Request | Should -BeNullOrEmpty
    }

    It 'plain text of more than 65536 characters is refused in a sentence that does not repeat it' {
        $long = 'canary' + 'x' * 65536
        $Error.Clear()
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app -ClientSecret $long }
        "$thrown" | Should -Match 'at most'
        "$thrown" | Should -Not -Match 'canary'
        $Error | Out-String | Should -Not -Match 'canaryx'
        Get-Request | Should -BeNullOrEmpty
        # As long as that may be, it is taken.
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app -ClientSecret ('x' * 65536) -WarningAction SilentlyContinue }
        $thrown.FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
    }

    It 'a script that returns more than 65536 characters has failed, or Entra says so, but not .NET' {
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { 'x' * 70000 } }
        $thrown.FullyQualifiedErrorId | Should -Match '^AuthenticationFailed,'
        "$thrown" | Should -Not -Match $notOurs
    }
}

Describe 'The error of a chain' {
    It 'keeps its numbers where PowerShell joins the lines' {
        $text = Invoke-FreshPowerShell @'
$PSStyle.OutputRendering = 'PlainText'
Import-Module $env:MONITORTOKEN_MODULE
$ErrorView = 'ConciseView'
try { Get-MonitorToken LogAnalytics -Include Environment, WorkloadIdentity } catch { $_ | Out-String -Width 80 }
'@
        $joined = ($text -join ' ') -replace '[\s|]+', ' '
        $joined | Should -Match '1\. Environment: .* 2\. WorkloadIdentity: '
        # Not another member within the first one's reason, and no third.
        $joined | Should -Not -Match '3\. '
    }
}
