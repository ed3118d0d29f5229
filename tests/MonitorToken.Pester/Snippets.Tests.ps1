# Whatever README and docs show is run as it stands, against the emulator. The help and its topics are among them, since
# docs/commands is made from them.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/Snippets.psm1"
    $root = Join-Path $PSScriptRoot '../..'
    $pages = @(Join-Path $root README.md) + @(Get-ChildItem (Join-Path $root docs) -Filter *.md -Recurse | Sort-Object FullName | ForEach-Object FullName)

    # What is not run, and why. Its commands and parameters are looked at all the same.
    $cannot = @(
        @{ Match = '-VisualStudio'; Because = 'Visual Studio is not there' }
        if (-not $IsLinux) { @{ Match = '-Interactive'; Because = 'the stand-in for a browser is one of Linux' } }
        if ($IsWindows) { @{ Match = '-Azure(Developer)?Cli'; Because = 'the stand-ins for az and azd are shell scripts' } }
    )
    $snippets = foreach ($snippet in Get-Snippet $pages) {
        $snippet.IsRun = -not ($cannot | Where-Object { $snippet.Code -match $_.Match }) -and (Get-Call $snippet.Code) -and -not (Test-Mention $snippet.Code)
        $snippet
    }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
    Import-Module "$PSScriptRoot/Snippets.psm1"
    Import-Module (New-AzAccounts (New-LibraryFolder))
    $environment = @{}
    foreach ($variable in Get-ChildItem Env:) { $environment[$variable.Name] = $variable.Value }
    $defaults = $PSDefaultParameterValues.Clone()

    # The application, and everything that it can prove itself with.
    $application = New-Application
    $tenant, $app, $secret = $application.TenantId, $application.ClientId, $application.ClientSecret
    $key = [System.Security.Cryptography.RSA]::Create(2048)
    $certificate = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$([guid]::NewGuid())", $key, 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1).CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(90))
    $thumbprint = $certificate.Thumbprint
    $password = ConvertTo-Secret 'correct horse'
    $null = New-EmulatorItem "apps/$app/certificates" @{ pem = $certificate.ExportCertificatePem() }
    $store = [System.Security.Cryptography.X509Certificates.X509Store]::new('My', 'CurrentUser')
    $store.Open('ReadWrite')
    $store.Add($certificate)
    foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
        $null = New-EmulatorItem "apps/$app/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
    }
    $null = New-EmulatorItem "apps/$app/federated-credentials" @{ issuer = "https://login.microsoftonline.com/$tenant/v2.0"; subject = $env:EMULATOR_USER_IDENTITY_OBJECT_ID }

    # What else the pages take for granted.
    $t, $c, $s = $tenant, $app, $secret
    $clientId, $tenantId = $app, $tenant
    $connection = $connectionId = $env:EMULATOR_SERVICE_CONNECTION_ID
    $identity = $id = $identityId = $env:EMULATOR_USER_IDENTITY_CLIENT_ID
    $customer = $tenant
    $workspace = $workspaceId = $env:WORKSPACE_ID = [guid]::NewGuid()
    $resourceId = "/subscriptions/$([guid]::NewGuid())/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-1"
    $metrics = @{ time = [DateTime]::UtcNow.ToString('o'); data = @{ baseData = @{ metric = 'm'; namespace = 'n'; series = @(@{ min = 1; max = 1; sum = 1; count = 1 }) } } } | ConvertTo-Json -Depth 6
    $json = ConvertTo-Json @(@{ TimeGenerated = [DateTime]::UtcNow.ToString('o'); Result = 'ok' })
    $null = New-EmulatorItem resources @{ audience = 'https://monitor.contoso.internal' }
    $userToken = ConvertTo-Secret (New-EmulatorItem user-tokens @{ audience = $app }).token
    $credential = Get-MonitorTokenCredential @application
    $token = Get-MonitorToken LogAnalytics @application
    $header = $token.GetHeader()

    # A folder with the files that are read, and a PATH with tools that are logged in.
    $null = New-Item -ItemType Directory "$TestDrive/files", "$TestDrive/bin"
    [IO.File]::WriteAllBytes("$TestDrive/files/app.pfx", $certificate.Export('Pfx', $password))
    Set-Content "$TestDrive/files/app.pem" ($certificate.ExportCertificatePem() + "`n" + $key.ExportPkcs8PrivateKeyPem())
    Push-Location "$TestDrive/files"
    $env:STANDIN_TOKEN = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
    $env:STANDIN_AZ_LOG = "$TestDrive/az.log"
    $env:STANDIN_AZACCOUNTS_LOG = "$TestDrive/azaccounts.log"
    if (-not $IsWindows) {
        New-AzureCli "$TestDrive/bin"
        $answer = @{ token = $env:STANDIN_TOKEN; expiresOn = [DateTime]::UtcNow.AddHours(1).ToString('yyyy-MM-ddTHH:mm:ssZ') } | ConvertTo-Json -Compress
        Set-Content "$TestDrive/bin/azd" "#!/bin/sh`necho '$answer'"
        chmod +x "$TestDrive/bin/azd"
    }
    $env:PATH = "$TestDrive/bin" + [IO.Path]::PathSeparator + $env:PATH
    $browser = if ($IsLinux) { Start-Browser "$TestDrive/bin" }

    # A home of its own, without a keyring.
    $env:HOME = $env:XDG_DATA_HOME = "$TestDrive"
    $env:DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent'
    $null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 0 }

    # A machine that is a job of GitHub Actions and one of Azure Pipelines, and has the application in variables.
    $env:ACTIONS_ID_TOKEN_REQUEST_URL, $env:ACTIONS_ID_TOKEN_REQUEST_TOKEN = $env:EMULATOR_GITHUB_URL, $env:EMULATOR_GITHUB_TOKEN
    $env:SYSTEM_OIDCREQUESTURI, $env:SYSTEM_ACCESSTOKEN = $env:EMULATOR_PIPELINES_URL, $env:EMULATOR_PIPELINES_TOKEN
    $env:TENANT_ID, $env:CLIENT_ID, $env:SERVICE_CONNECTION_ID = $tenant, $app, $connection
    $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_SECRET = $tenant, $app, [System.Net.NetworkCredential]::new('', $secret).Password

    # What a vault, a person or another module would answer.
    function Get-Secret { $secret }
    function Read-Host { $secret }
    function Get-Credential { [pscredential]::new($app, $secret) }
    function Connect-AzAccount { Az.Accounts\Connect-AzAccount -Token $env:STANDIN_TOKEN }
    function Start-Sleep { }
    # The drive Cert: is one of Windows.
    function Get-Item([string] $Path) { if ($Path -like 'Cert:*') { $certificate } else { Microsoft.PowerShell.Management\Get-Item $Path } }
}

AfterAll {
    Pop-Location
    if ($browser) { Stop-Browser $browser }
    $store.Remove($certificate)
    $store.Dispose()
    Remove-Module Az.Accounts
    foreach ($name in (Get-ChildItem Env:).Name) { [Environment]::SetEnvironmentVariable($name, $environment[$name]) }
}

Describe 'What the pages show' {
    BeforeEach {
        Clear-Emulator
        Clear-MonitorTokenCache
        # A data plane that the emulator does not have takes everything; what it was sent is looked at afterwards.
        $others = @([regex]::Matches($code, 'api\.applicationinsights\.io').Value | Sort-Object -Unique)
        foreach ($name in $others) { Add-Fault @{ match = @{ host = $name }; status = 200; body = '{}'; contentType = 'application/json' } }
        Connect-AzAccount
        # In a pod, managed identities are not asked for.
        $env:AZURE_FEDERATED_TOKEN_FILE = if ($code -match 'WorkloadIdentity') { $env:EMULATOR_FEDERATED_TOKEN_FILE }
        $null = New-EmulatorItem kubernetes-token
        $assertion = ConvertTo-Secret (New-EmulatorItem assertions).token
        $env:CI_ID_TOKEN = (New-EmulatorItem assertions).token
        Set-Content ./token.txt (New-EmulatorItem assertions).token
    }

    AfterEach {
        foreach ($name in @($PSDefaultParameterValues.Keys)) { if (-not $defaults.Contains($name)) { $PSDefaultParameterValues.Remove($name) } }
    }

    It 'names what exists, in <page>: <code>' -ForEach $snippets {
        Assert-Call $code
    }

    It 'works, in <page>: <code>' -ForEach ($snippets | Where-Object IsRun) {
        $ErrorActionPreference, $WarningPreference = 'Stop', 'SilentlyContinue'
        # There is no keyring here, and the private cloud is the emulator.
        $script = $code -replace '-TokenCacheName', '-AllowUnencryptedTokenCache -TokenCacheName' -replace 'https://login\.contoso\.internal', $env:EMULATOR_AUTHORITY
        { & ([scriptblock]::Create($script)) } | Should -Not -Throw
        foreach ($request in Get-Request | Where-Object host -in $others) {
            $claims = ConvertFrom-MonitorToken ("$($request.headers.Authorization)")
            $claims.Audience | Should -Be (Get-MonitorToken -Uri "https://$($request.host)/" @application).Resource
        }
    }
}
