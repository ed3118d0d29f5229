# Each way of signing in once, from parameter to token. What they send in detail is tested over the wire in C#.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $tenant = $env:EMULATOR_TENANT_ID

    function New-Certificate {
        $key = [System.Security.Cryptography.RSA]::Create(2048)
        $request = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$([guid]::NewGuid())", $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(30))
    }
}

Describe 'Signing in' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
        $saved = @{}
        foreach ($name in 'ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'SYSTEM_OIDCREQUESTURI', 'SYSTEM_ACCESSTOKEN', 'PATH') {
            $saved[$name] = [Environment]::GetEnvironmentVariable($name)
        }
    }

    AfterEach {
        foreach ($name in $saved.Keys) { [Environment]::SetEnvironmentVariable($name, $saved[$name]) }
    }

    Context 'with a certificate' -Skip:(-not $hasCertificateKeys) {
        BeforeEach {
            $certificate = New-Certificate
            $null = New-EmulatorItem "apps/$($app.ClientId)/certificates" @{ pem = $certificate.ExportCertificatePem() }
        }

        It 'takes it as an object, and sends its chain' {
            $token = Get-MonitorToken LogAnalytics @app -Certificate $certificate -SendCertificateChain
            $token.CredentialName, $token.Identity | Should -Be 'Certificate', $app.ClientId
            (Get-Request).form.client_assertion | Should -Not -BeNullOrEmpty
        }

        It 'takes a PFX file with a password, by a path as PowerShell knows it' {
            $password = ConvertTo-Secret 'correct horse'
            [IO.File]::WriteAllBytes("$TestDrive/app.pfx", $certificate.Export('Pfx', $password))
            Push-Location TestDrive:/
            try { (Get-MonitorToken LogAnalytics @app -CertificatePath ./app.pfx -CertificatePassword $password).Identity | Should -Be $app.ClientId }
            finally { Pop-Location }
            (Get-ThrownError { Get-MonitorToken LogAnalytics @app -CertificatePath TestDrive:/app.pfx }).FullyQualifiedErrorId | Should -Match '^InvalidCertificate,'
        }

        It 'takes a PEM file with its key' {
            Set-Content "$TestDrive/app.pem" ($certificate.ExportCertificatePem() + "`n" + [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($certificate).ExportPkcs8PrivateKeyPem())
            (Get-MonitorToken LogAnalytics @app -CertificatePath "$TestDrive/app.pem").Identity | Should -Be $app.ClientId
        }

        It 'finds it in the store by its thumbprint' {
            $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
            $store.Open('ReadWrite')
            try {
                $store.Add($certificate)
                (Get-MonitorToken LogAnalytics @app -CertificateThumbprint $certificate.Thumbprint).Identity | Should -Be $app.ClientId
            }
            finally {
                $store.Remove($certificate)
                $store.Dispose()
            }
        }
    }

    Context 'with a federated identity' {
        BeforeEach {
            foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
                $null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
            }
        }

        It 'reads the workload identity''s file anew for each request' {
            1..2 | ForEach-Object {
                $null = New-EmulatorItem kubernetes-token
                (Get-MonitorToken LogAnalytics @app -WorkloadIdentity -TokenFilePath $env:EMULATOR_FEDERATED_TOKEN_FILE -ForceRefresh).CredentialName | Should -Be 'WorkloadIdentity'
            }
            (Get-Request).form.client_assertion | Select-Object -Unique | Should -HaveCount 2
        }

        It 'hands a token on' {
            (Get-MonitorToken LogAnalytics @app -FederatedToken (ConvertTo-Secret (New-EmulatorItem assertions).token)).CredentialName | Should -Be 'FederatedToken'
        }

        It 'runs a script anew for each request, in the session that asks' {
            $script:runs = 0
            $getAssertion = { $script:runs++; (New-EmulatorItem assertions).token }
            $null = Get-MonitorToken LogAnalytics, ResourceManager @app -FederatedTokenScript $getAssertion
            $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript $getAssertion
            $script:runs | Should -Be 2
            $null = Get-MonitorToken LogAnalytics @app -FederatedTokenScript { ConvertTo-Secret (New-EmulatorItem assertions).token }
        }

        It 'tells what a script has done wrong' {
            "$(Get-ThrownError { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { throw 'no vault today' } })" | Should -Match 'no vault today'
            "$(Get-ThrownError { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { '' } })" | Should -Match 'returned no token'
            $assertion = (New-EmulatorItem assertions).token
            $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @app -FederatedTokenScript { [int] $assertion } }
            "$thrown" | Should -Not -Match $assertion.Split('.')[1]
        }

        It 'asks GitHub Actions' {
            (Get-ThrownError { Get-MonitorToken LogAnalytics @app -GitHubActions }).FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
            $env:ACTIONS_ID_TOKEN_REQUEST_URL = $env:EMULATOR_GITHUB_URL
            $env:ACTIONS_ID_TOKEN_REQUEST_TOKEN = $env:EMULATOR_GITHUB_TOKEN
            (Get-MonitorToken LogAnalytics @app -GitHubActions).CredentialName | Should -Be 'GitHubActions'
        }

        It 'asks Azure Pipelines' {
            $pipeline = $app + @{ AzurePipelines = $true; ServiceConnectionId = $env:EMULATOR_SERVICE_CONNECTION_ID }
            (Get-ThrownError { Get-MonitorToken LogAnalytics @pipeline }).FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
            $env:SYSTEM_OIDCREQUESTURI = $env:EMULATOR_PIPELINES_URL
            (Get-MonitorToken LogAnalytics @pipeline -SystemAccessToken (ConvertTo-Secret $env:EMULATOR_PIPELINES_TOKEN)).CredentialName | Should -Be 'AzurePipelines'
        }
    }

    Context 'as a user' {
        It 'signs in on behalf of one' {
            $assertion = (New-EmulatorItem user-tokens @{ audience = $app.ClientId }).token
            $token = Get-MonitorToken LogAnalytics @application -UserAssertion (ConvertTo-Secret $assertion)
            $token.CredentialName | Should -Be 'OnBehalfOf'
            $token.Identity | Should -Match '@'
        }

        It 'shows a device code in the host even with all streams redirected, and stays signed in' {
            $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 2 }
            $output = Invoke-FreshPowerShell @'
Import-Module $env:MONITORTOKEN_MODULE
$result = & {
    Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -DeviceCode
    Get-MonitorToken ResourceManager -TenantId $env:EMULATOR_TENANT_ID -DeviceCode
} *>&1
"result: $(($result | Where-Object { $_ -is [MonitorToken.AccessToken] }).CredentialName -join ',')"
'@
            @($output -match 'enter the code [A-Z0-9]+') | Should -HaveCount 1
            $output[-1] | Should -Be 'result: DeviceCode,DeviceCode'
        }

        It 'counts down while it waits for the code, and ends at Ctrl+C' {
            $null = New-EmulatorItem device-codes/settings @{ interval = 1 }
            $shell = [powershell]::Create()
            $null = $shell.AddScript('Import-Module $env:MONITORTOKEN_MODULE; Get-MonitorToken LogAnalytics -TenantId organizations -DeviceCode').BeginInvoke()
            for ($i = 0; $i -lt 200 -and -not ($shell.Streams.Progress | Where-Object SecondsRemaining -gt 0); $i++) { Start-Sleep -Milliseconds 50 }
            ($shell.Streams.Progress | Where-Object SecondsRemaining -gt 0)[0].StatusDescription | Should -Match 'Waiting for the code [A-Z0-9]+ to be entered'
            $shell.BeginStop($null, $null).AsyncWaitHandle.WaitOne(10000) | Should -BeTrue
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Dispose()
        }

        It 'remembers a user by name of a cache for the next process, or says that it cannot' {
            $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 1 }
            $name = "pester-$([guid]::NewGuid().ToString('n'))"
            $script = "Import-Module `$env:MONITORTOKEN_MODULE; (Get-MonitorToken LogAnalytics -TenantId `$env:EMULATOR_TENANT_ID -DeviceCode -TokenCacheName $name).Identity"
            # A home of its own, without a keyring.
            $userHome, $data, $bus = $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS
            try {
                if ($IsLinux) {
                    $env:HOME = $env:XDG_DATA_HOME = "$TestDrive"
                    $env:DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'
                    $refusal = Invoke-FreshPowerShell "try { $script } catch { `$_.FullyQualifiedErrorId + ' ' + `$_.ErrorDetails.RecommendedAction }"
                    "$refusal" | Should -Match '^TokenCacheUnavailable,.*-AllowUnencryptedTokenCache'
                    $script = $script.Replace('-TokenCacheName', '-AllowUnencryptedTokenCache -TokenCacheName')
                }
                $first = Invoke-FreshPowerShell $script
                @($first -match 'enter the code') | Should -HaveCount 1
                Clear-Emulator
                $second = Invoke-FreshPowerShell $script
                $second | Should -Be @($first)[-1]
                Get-Request | Should -BeNullOrEmpty
            }
            finally {
                $env:HOME, $env:XDG_DATA_HOME, $env:DBUS_SESSION_BUS_ADDRESS = $userHome, $data, $bus
            }
        }
    }

    Context 'with a developer''s tool' -Skip:$IsWindows {
        It 'asks azd' {
            $answer = @{ token = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token; expiresOn = [DateTime]::UtcNow.AddHours(1).ToString('yyyy-MM-ddTHH:mm:ssZ') } | ConvertTo-Json -Compress
            Set-Content "$TestDrive/azd" "#!/bin/sh`necho '$answer'"
            chmod +x "$TestDrive/azd"
            $env:PATH = "$TestDrive" + [IO.Path]::PathSeparator + $env:PATH
            (Get-MonitorToken LogAnalytics -AzureDeveloperCli).CredentialName | Should -Be 'AzureDeveloperCli'
        }

        It 'says that Visual Studio is not there' {
            (Get-ThrownError { Get-MonitorToken LogAnalytics -VisualStudio }).FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
        }
    }
}
