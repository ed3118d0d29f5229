# Arguments that people pass without thinking: each works, or gets a sentence that says what to do.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $application = New-Application
    $without = $application.Clone()
    $without.Remove('ClientSecret')
}

Describe 'A secret' {
    It 'given as <name> is refused with a sentence, before anything is sent' -ForEach @(
        @{ Name = 'an array'; Value = { , @('first line', 'second line') }; Says = 'is of type Object\[\], which isn''t a secret' }
        @{ Name = 'a list'; Value = { , [System.Collections.Generic.List[string]] @('one') }; Says = 'which isn''t a secret' }
        @{ Name = 'characters'; Value = { , 'canary-s3cret'.ToCharArray() }; Says = 'is of type Char\[\], which isn''t a secret' }
        @{ Name = 'a PSCredential'; Value = { [pscredential]::new('app', (ConvertTo-Secret 'canary-s3cret')) }; Says = 'is of type PSCredential, which isn''t a secret' }
        @{ Name = 'a text with a line break'; Value = { "canary-s3cret`n" }; Says = 'starts or ends with white space' }
        @{ Name = 'a SecureString with a line break'; Value = { ConvertTo-Secret "canary-s3cret`r`n" }; Says = 'starts or ends with white space' }
        @{ Name = 'text of ConvertFrom-SecureString'; Value = { ConvertTo-Secret 'canary-s3cret' | ConvertFrom-SecureString }; Says = 'ConvertFrom-SecureString returns' }
        @{ Name = 'data of DPAPI'; Value = { '01000000d08c9ddf0115d1118c7a00c04fc297eb010000004a5b6c7d' }; Says = 'ConvertFrom-SecureString returns' }
    ) {
        if ($isWine -and $name -like '*ConvertFrom*') { Set-ItResult -Skipped -Because 'Wine''s DPAPI has a format of its own' }
        Clear-Emulator
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @without -ClientSecret (& $value) -WarningAction SilentlyContinue }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCredential,'
        "$thrown" | Should -Match $says
        $advice = $thrown.ErrorDetails.RecommendedAction
        if ($name -match 'array|list|characters|PSCredential') { $advice | Should -Match '-ServicePrincipal' }
        "$thrown $advice" | Should -Not -Match 'canary|first line'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'of any other parameter is refused alike: -<parameter>' -ForEach @(
        @{ Parameter = 'UserAssertion'; With = { $application } }
        @{ Parameter = 'FederatedToken'; With = { $without } }
        @{ Parameter = 'SystemAccessToken'; With = { $without + @{ AzurePipelines = $true; ServiceConnectionId = [guid]::NewGuid() } } }
    ) {
        Clear-Emulator
        $given = @{ $parameter = ConvertTo-Secret "canary-s3cret`n" } + (& $with)
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @given }
        "$thrown" | Should -Match 'starts or ends with white space'
        Get-Request | Should -BeNullOrEmpty
    }

    It 'of the environment is refused alike: <variable>' -ForEach @{ Variable = 'AZURE_CLIENT_SECRET' }, @{ Variable = 'AZURE_CLIENT_ID' } {
        Clear-Emulator
        try {
            $env:AZURE_TENANT_ID = $application.TenantId
            $env:AZURE_CLIENT_ID = $application.ClientId
            $env:AZURE_CLIENT_SECRET = 'canary-s3cret'
            Set-Item env:$variable "$(Get-Content env:$variable)`n"
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -FromEnvironment }
            "$thrown" | Should -Match "The value of $variable starts or ends with white space"
            "$thrown" | Should -Not -Match 'canary'
            Get-Request | Should -BeNullOrEmpty
        }
        finally { Remove-Item env:AZURE_TENANT_ID, env:AZURE_CLIENT_ID, env:AZURE_CLIENT_SECRET }
    }
}

Describe 'An id' {
    It 'with a line break is refused before anything is sent: -<parameter>' -ForEach @(
        @{ Parameter = 'ClientId'; Id = 'InvalidCredential' }
        @{ Parameter = 'TenantId'; Id = 'InvalidTenant' }
    ) {
        Clear-Emulator
        $given = $application.Clone()
        $given[$parameter] += "`n"
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @given }
        $thrown.FullyQualifiedErrorId | Should -Match "^$id,"
        "$thrown" | Should -Match 'starts or ends with white space'
        Get-Request | Should -BeNullOrEmpty
    }
}

Describe 'A resource' {
    It 'that is the URI of an endpoint leads to -Uri, before anything is sent: <address>' -ForEach @(
        @{ Address = 'https://api.loganalytics.io/v1/workspaces/x/query' }
        @{ Address = 'https://westeurope.monitoring.azure.com' }
        @{ Address = 'https://management.azure.com/subscriptions?api-version=2022-12-01' }
        @{ Address = 'https://rule-x1y2.westeurope-1.ingest.monitor.azure.com/' }
    ) {
        Clear-Emulator
        foreach ($thrown in (Get-ThrownError { Get-MonitorToken $address @application }), (Get-ThrownError { $address | Get-MonitorToken @application })) {
            $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
            "$thrown" | Should -Match 'is the URI of an endpoint'
            $thrown.ErrorDetails.RecommendedAction | Should -Match '-Uri'
        }
        Get-Request | Should -BeNullOrEmpty
        (Get-MonitorToken -Uri $address @application).ResourceName | Should -Not -BeNullOrEmpty
    }

    It 'that is an audience is used as it is: <address>' -ForEach @(
        @{ Address = 'https://management.azure.com/' }
        @{ Address = 'https://monitoring.azure.com' }
        @{ Address = 'https://monitoring.azure.com/' }
    ) {
        (Get-MonitorToken $address @application).Resource | Should -BeExactly $address
    }

    It 'may be an application''s id or URI, on both endpoints: <audience>' -ForEach @(
        @{ Audience = 'ce34e7e5-485f-4d76-964f-b3d2b16d1e4f' }
        @{ Audience = 'api://b1b2c3d4-0000-4000-8000-000000000001' }
    ) {
        foreach ($endpoint in @{}, @{ UseV1Endpoint = $true }) {
            Clear-Emulator
            $thrown = try { $null = Get-MonitorToken $audience @application @endpoint } catch { $_ }
            # The emulator may not know the application; what counts is what was asked for.
            if ($thrown) { $thrown.FullyQualifiedErrorId | Should -Match '^ResourceNotFound,' }
            $form = (Get-Request | Where-Object path -match '/token$' | Select-Object -Last 1).form
            if ($endpoint.Count) { $form.resource | Should -BeExactly $audience }
            else { $form.scope | Should -BeExactly "$audience/.default" }
        }
    }
}

Describe 'Names from other modules' {
    It 'are aliases of ours: -<alias>' -ForEach @(
        @{ Alias = 'ApplicationId' }
        @{ Alias = 'AppId' }
    ) {
        $given = @{ TenantId = $application.TenantId; ClientSecret = $application.ClientSecret; $alias = $application.ClientId }
        (Get-MonitorToken -ResourceUrl https://api.loganalytics.io @given -TimeoutSeconds 60).Identity | Should -Be $application.ClientId
        (Get-MonitorToken -Scopes https://api.loganalytics.io/.default @given).Identity | Should -Be $application.ClientId
    }

    It 'the switch -Identity is the managed identity''s' {
        (Get-MonitorToken OperationalInsights -Identity).CredentialName | Should -Be 'ManagedIdentity'
    }
}

Describe 'Get-MonitorResource in a pipeline' {
    It 'takes names: <name>' -ForEach @(
        @{ Name = 'a string'; Script = { 'LogAnalytics' | Get-MonitorResource }; Expected = 'LogAnalytics' }
        @{ Name = 'several'; Script = { 'LogAnalytics', 'Prom*' | Get-MonitorResource }; Expected = 'LogAnalytics', 'Prometheus' }
        @{ Name = 'a column'; Script = { [pscustomobject]@{ Name = 'ARM' } | Get-MonitorResource }; Expected = 'ResourceManager' }
        @{ Name = 'nothing'; Script = { @() | Get-MonitorResource }; Expected = @() }
    ) {
        @(& $script | ForEach-Object Name) | Should -Be $expected
    }

    It 'breaks no alias at 80 columns' {
        $lines = Get-MonitorResource LogAnalytics | Out-String -Width 80
        $lines | Should -Match '(?m)Logs,\s'
        $lines | Should -Match 'OperationalInsights'
    }

    It 'takes its own objects, with their cloud' {
        (Get-MonitorResource LogAnalytics -Environment AzureChinaCloud | Get-MonitorResource).Audience | Should -Be 'https://api.loganalytics.azure.cn'
    }
}

Describe 'Test-MonitorTokenCredential with several resources' {
    It 'has a row for each, which says which' {
        $rows = Test-MonitorTokenCredential LogAnalytics, ResourceManager @application
        $rows.Resource | Should -Be 'https://api.loganalytics.io', 'https://management.azure.com'
        $rows.Status | Should -Be 'Succeeded', 'Succeeded'
    }
}

Describe 'A PEM file' -Skip:(-not $hasCertificateKeys) {
    BeforeAll {
        function New-SelfSigned([string] $Name) {
            $key = [System.Security.Cryptography.RSA]::Create(2048)
            $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$Name", $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
            $certificate = $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30))
            [pscustomobject]@{ Certificate = $certificate.ExportCertificatePem(); Key = $key.ExportPkcs8PrivateKeyPem(); Encrypted = $key.ExportEncryptedPkcs8PrivateKeyPem('correct horse', [System.Security.Cryptography.PbeParameters]::new('Aes256Cbc', 'SHA256', 1000)) }
        }

        $leaf, $authority = (New-SelfSigned leaf), (New-SelfSigned authority)
        $curve = [System.Security.Cryptography.ECDsa]::Create()
        $curved = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=curve', $curve, 'SHA256').CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30)).ExportCertificatePem()
        $null = New-EmulatorItem "apps/$($application.ClientId)/certificates" @{ pem = $leaf.Certificate }
        $ids = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
    }

    It 'is read: <name>' -ForEach @(
        @{ Name = 'UTF-8 with a byte order mark'; Text = { $leaf.Certificate, $leaf.Key }; Encoding = 'utf8BOM' }
        @{ Name = 'UTF-16, as > writes it in Windows PowerShell'; Text = { $leaf.Certificate, $leaf.Key }; Encoding = 'unicode' }
        @{ Name = 'UTF-16 in the other order of bytes'; Text = { $leaf.Certificate, $leaf.Key }; Encoding = 'bigendianunicode' }
        @{ Name = 'the key first'; Text = { $leaf.Key, $leaf.Certificate }; Encoding = 'ascii' }
        @{ Name = 'the authority before the leaf'; Text = { $authority.Certificate, $leaf.Certificate, $leaf.Key }; Encoding = 'ascii' }
        @{ Name = 'an authority with another kind of key'; Text = { $curved, $leaf.Certificate, $leaf.Key }; Encoding = 'ascii' }
        @{ Name = 'the authority last, and an encrypted key'; Text = { $leaf.Certificate, $authority.Certificate, $leaf.Encrypted }; Encoding = 'ascii'; Password = 'correct horse' }
    ) {
        Set-Content "$TestDrive/app.pem" (& $text) -Encoding $encoding
        $more = if ($password) { @{ CertificatePassword = ConvertTo-Secret $password } } else { @{} }
        (Get-MonitorToken LogAnalytics @ids @more -CertificatePath "$TestDrive/app.pem" -ForceRefresh).Identity | Should -Be $ids.ClientId
    }

    It 'is refused with what is wrong with it: <name>' -ForEach @(
        @{ Name = 'empty'; Text = { '' }; Says = 'is empty'; Password = $false }
        @{ Name = 'only a key'; Text = { $leaf.Key }; Says = 'has no certificate'; Password = $false }
        @{ Name = 'only a certificate'; Text = { $leaf.Certificate }; Says = 'has no private key'; Password = $false }
        @{ Name = 'the key of another'; Text = { $authority.Certificate, $leaf.Key }; Says = 'doesn''t match any of its certificates'; Password = $false }
        @{ Name = 'damaged'; Text = { $leaf.Certificate, $leaf.Key.Substring(0, 300) }; Says = 'is damaged'; Password = $false }
        @{ Name = 'an encrypted key'; Text = { $authority.Certificate, $leaf.Certificate, $leaf.Encrypted }; Says = 'without a password'; Password = $true }
    ) {
        Set-Content "$TestDrive/app.pem" (& $text) -NoNewline:($name -eq 'empty')
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @ids -CertificatePath "$TestDrive/app.pem" }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCertificate,'
        "$thrown" | Should -Match $says
        "$thrown $($thrown.ErrorDetails.RecommendedAction)" -match '[Pp]assword' | Should -Be $password
    }

    It 'belongs to the file system, and to no other provider: <path>' -ForEach @(
        @{ Path = 'Env:/PATH'; Provider = 'Environment'; Location = $null }
        @{ Path = 'Function:/prompt'; Provider = 'Function'; Location = $null }
        @{ Path = 'app.pem'; Provider = 'Variable'; Location = 'Variable:' }
    ) {
        if ($location) { Push-Location $location }
        try {
            foreach ($command in
                { Get-MonitorTokenCredential @ids -CertificatePath $path },
                { Get-MonitorTokenCredential -WorkloadIdentity @ids -TokenFilePath $path }) {
                $thrown = Get-ThrownError $command
                $thrown.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
                "$thrown" | Should -BeExactly "'$path' isn't a file path: it belongs to the PowerShell provider $provider."
            }
        }
        finally {
            if ($location) { Pop-Location }
        }
    }

    It 'by a relative path in a variable: the error has the full path' {
        Push-Location $TestDrive
        try {
            $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_CERTIFICATE_PATH = $ids.TenantId, $ids.ClientId, 'nowhere.pem'
            "$(Get-ThrownError { Get-MonitorToken LogAnalytics -FromEnvironment })" | Should -Match ([regex]::Escape([IO.Path]::GetFullPath('nowhere.pem')))
            $env:AZURE_FEDERATED_TOKEN_FILE = 'nowhere.jwt'
            "$(Get-ThrownError { Get-MonitorToken LogAnalytics -WorkloadIdentity })" | Should -Match ([regex]::Escape([IO.Path]::GetFullPath('nowhere.jwt')))
        }
        finally {
            Remove-Item env:AZURE_TENANT_ID, env:AZURE_CLIENT_ID, env:AZURE_CLIENT_CERTIFICATE_PATH, env:AZURE_FEDERATED_TOKEN_FILE
            Pop-Location
        }
    }
}

Describe 'A token as JSON' {
    BeforeAll {
        $token = Get-MonitorToken LogAnalytics @application
        $json = $token | ConvertTo-Json
    }

    It 'has times, text and numbers, and no object made of members that nobody wants' {
        $members = ($json | ConvertFrom-Json -DateKind Offset).psobject.Properties
        foreach ($member in $members) { if ($null -ne $member.Value) { $member.Value.GetType().Name | Should -Not -Be 'PSCustomObject' -Because $member.Name } }
        $json | Should -Match '"ExpiresOn": "\d{4}-\d\d-\d\dT'
        $json | Should -Match '"ExpiresInSeconds": \d{4},'
        $json | Should -Not -Match 'eyJ|"Token"'
    }

    It 'has its lifetime as a time span for those who name it' {
        $token.ExpiresIn | Should -BeOfType timespan
        ($token | Select-Object ExpiresIn).ExpiresIn | Should -BeOfType timespan
        $token | Where-Object ExpiresIn -gt '0:10:00' | Should -Not -BeNullOrEmpty
        ($token | Select-Object *).ExpiresIn | Should -BeOfType timespan
        ($token | Format-Table ExpiresIn | Out-String) | Should -Match '\d\d:\d\d:\d\d'
    }

    It 'has its id in the sign-in logs' {
        $claims = $token | ConvertFrom-MonitorToken
        $token.UniqueTokenIdentifier | Should -Not -BeNullOrEmpty
        $claims.UniqueTokenIdentifier, $claims.Claims['uti'] | Should -Be $token.UniqueTokenIdentifier, $token.UniqueTokenIdentifier
        $json | Should -Match '"UniqueTokenIdentifier": "'
    }

    It 'has claims that are whole numbers as whole numbers' {
        $claims = ($token | ConvertFrom-MonitorToken).Claims
        foreach ($name in 'iat', 'nbf', 'exp') { $claims[$name] | Should -BeOfType long }
        ($claims | ConvertTo-Json) | Should -Match '"exp": \d+,?\r?\n'
    }
}

Describe 'Tab' {
    BeforeAll {
        function Find-Completion([string] $Line) { (TabExpansion2 $Line -cursorColumn $Line.Length).CompletionMatches }
    }

    It 'offers endpoints for -Uri, scopes for -Scope, and no file names' {
        Push-Location (New-Item -ItemType Directory "$TestDrive/tab")
        try {
            Set-Content somefile x
            (Find-Completion 'Get-MonitorToken -Uri https://api.log').CompletionText | Should -Contain "'https://api.loganalytics.io'"
            (Find-Completion 'Get-MonitorToken -Scope https://api.log').CompletionText | Should -Contain "'https://api.loganalytics.io/.default'"
            foreach ($parameter in 'Uri', 'Scope', 'CertificateThumbprint') { Find-Completion "Get-MonitorToken -$parameter some" | Should -BeNullOrEmpty }
        }
        finally { Pop-Location }
    }

    It 'offers the store''s certificates, with subject and expiry' -Skip:(-not $hasCertificateKeys) {
        $key = [System.Security.Cryptography.RSA]::Create(2048)
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=tab-$PID, O=Contoso", $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $certificate = $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30))
        $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
        $store.Open('ReadWrite')
        try {
            $store.Add([System.Security.Cryptography.X509Certificates.X509Certificate2]::new($certificate.Export('Pfx'), [string] $null, 'PersistKeySet'))
            foreach ($begin in '', $certificate.Thumbprint.Substring(0, 8).ToLower(), "tab-$PID") {
                $found = Find-Completion "Get-MonitorTokenCredential -CertificateThumbprint $begin" | Where-Object CompletionText -match $certificate.Thumbprint
                $found.ToolTip | Should -BeExactly ("CN=tab-$PID, O=Contoso, expires {0:yyyy-MM-dd}" -f $certificate.NotAfter)
                $found.ListItemText | Should -BeExactly "tab-$PID"
            }
        }
        finally {
            $store.Remove($certificate)
            $store.Dispose()
        }
    }
}

Describe '-Verbose' {
    It 'has the port of every address that has one' {
        $lines = Get-MonitorToken LogAnalytics -ManagedIdentity -ForceRefresh -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] -and "$_" -match 'https?://' }
        $lines | Should -Not -BeNullOrEmpty
        $port = ([uri] $env:AZURE_POD_IDENTITY_AUTHORITY_HOST).Port
        foreach ($line in $lines -match '127\.0\.0\.1|localhost') { "$line" | Should -Match ":$port/" }
        "$lines" | Should -Match ":$port/"
    }
}

Describe 'Module files that were replaced or removed under an open session' -Skip:$isWine {
    It 'are told with what to do: <name>' -ForEach @(
        @{ Name = 'the engine is gone'; Change = 'Remove-Item "$copy/engine" -Recurse -Force' }
        @{ Name = 'a library is gone'; Change = 'Remove-Item "$copy/engine/*/Azure.Core.dll", "$copy/engine/*/*/Azure.Core.dll" -ErrorAction Ignore' }
        @{ Name = 'a file is damaged'; Change = 'Get-ChildItem "$copy/engine" -Recurse -Filter MonitorToken.Engine.dll | ForEach-Object { Set-Content $_.FullName "half a file" }' }
    ) {
        $folder = if (Test-Path $env:MONITORTOKEN_MODULE -PathType Leaf) { Split-Path $env:MONITORTOKEN_MODULE } else { $env:MONITORTOKEN_MODULE }
        $copy = Join-Path $TestDrive ([guid]::NewGuid()) 'MonitorToken'
        Copy-Item $folder $copy -Recurse
        $id, $message, $action = Invoke-FreshPowerShell @"
`$copy = '$copy'
Import-Module "`$copy/MonitorToken.psd1"
$change
try { Get-MonitorToken LogAnalytics -ManagedIdentity } catch { "`$(`$_.FullyQualifiedErrorId)"; "`$_"; `$_.ErrorDetails.RecommendedAction }
"@
        $id | Should -BeExactly 'ModuleChanged,MonitorToken.Commands.GetMonitorTokenCommand'
        $message | Should -Not -Match 'Could not load'
        $action | Should -Match 'Start a new session'
    }
}
