<#
.SYNOPSIS
A session that signs in by every way there is, well and badly, as loudly as it can. LeakHunt.Tests.ps1 looks at what it
leaves. HUNT_FOLDER is where it writes, HUNT_PLANT is a secret that it is to spill everywhere, to prove the search.
#>
[CmdletBinding()]
param([string[]] $Only)

Import-Module "$PSScriptRoot/Emulator.psm1"
Import-Module "$PSScriptRoot/StandIns.psm1"
# PowerShell goes before everything else on its own path.
$env:PATH = "$env:HUNT_FOLDER/tools" + [IO.Path]::PathSeparator + $env:PATH
$null = Start-Transcript -Path "$env:HUNT_FOLDER/transcript.txt" -Append
$VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
$secrets = [System.Collections.Generic.List[string]]::new()

# Tells the hunt of a secret that never goes over the wire.
function Hide([string] $Secret) {
    $secrets.Add($Secret)
    $Secret
}

function Show-Failure($Failure) {
    $Failure | Format-List * -Force
    $Failure.TargetObject | Format-List * -Force
    Get-Error -InputObject $Failure
    for ($exception = $Failure.Exception; $exception; $exception = $exception.InnerException) {
        $exception | Format-List * -Force
        $exception.Data | Format-List * -Force
    }
}

# All six streams, and what came of the token or the failure.
function Invoke-Way([string] $Way, [hashtable] $SignIn, [scriptblock] $Script) {
    if ($Only -and $Way -notin $Only) { return }
    $text = & {
        try {
            $tokens = if ($Script) { & $Script } else { Get-MonitorToken LogAnalytics @SignIn -ForceRefresh -Debug -Verbose }
            foreach ($token in $tokens) {
                $token
                $token | Format-List * -Force
                $token | ConvertTo-Json -Depth 3 -WarningAction Ignore
                "done: $Way $($token.CredentialName)"
            }
        }
        catch { Show-Failure $_; "refused: $Way $($_.FullyQualifiedErrorId)" }
    } *>&1 | Out-String -Width 9999
    Add-Content "$env:HUNT_FOLDER/streams.txt" $text
    $text
}

$application = New-Application -Secret (Hide ('hunted-' + [guid]::NewGuid().ToString('n')))
$app = @{ TenantId = $application.TenantId; ClientId = $application.ClientId }
foreach ($issuer in (Invoke-RestMethod $env:EMULATOR_ADMIN/issuers).psobject.Properties.Value) {
    $null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = $issuer.url; subject = $issuer.subject }
}
$null = New-EmulatorItem device-codes/settings @{ interval = 1; approveAfterPolls = 1 }
$password = Hide ('hunted-' + [guid]::NewGuid().ToString('n'))
$certificate = [System.Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=hunted', [System.Security.Cryptography.RSA]::Create(2048), 'SHA256', [System.Security.Cryptography.RSASignaturePadding]::Pkcs1).CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
$null = New-EmulatorItem "apps/$($app.ClientId)/certificates" @{ pem = $certificate.ExportCertificatePem() }
$pfx = "$env:HUNT_FOLDER/given/app.pfx"
[IO.File]::WriteAllBytes($pfx, $certificate.Export('Pfx', $password))

if ($env:HUNT_PLANT) {
    $plant = $env:HUNT_PLANT
    Invoke-Way Planted @{} { Write-Verbose $plant; Write-Error "It is $plant." }
    [Console]::Error.WriteLine($plant)
    Set-Content "$([IO.Path]::GetTempPath())/planted.tmp" ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($plant)))
    $null = az $plant 2>&1
    $env:PLANTED = $plant
    $null = azd 2>&1
}

Invoke-Way ClientSecret $application
Invoke-Way ClientSecret ($app + @{ ClientSecret = ConvertTo-Secret (Hide ('wrong-' + [guid]::NewGuid().ToString('n'))) })
Invoke-Way ClientSecret ($application + @{ UseV1Endpoint = $true })
Invoke-Way ClientSecret ($app + @{ UseV1Endpoint = $true; ClientSecret = ConvertTo-Secret (Hide ('wrong-' + [guid]::NewGuid().ToString('n'))) })
Invoke-Way Certificate ($app + @{ Certificate = $certificate; SendCertificateChain = $true })
Invoke-Way Certificate ($app + @{ CertificatePath = $pfx; CertificatePassword = ConvertTo-Secret $password })
Invoke-Way Certificate ($app + @{ CertificatePath = $pfx; CertificatePassword = ConvertTo-Secret (Hide ('wrong-' + [guid]::NewGuid().ToString('n'))) })
Invoke-Way FederatedToken ($app + @{ FederatedToken = ConvertTo-Secret (Hide (New-EmulatorItem assertions).token) })
Invoke-Way FederatedToken ($app + @{ FederatedToken = ConvertTo-Secret ((Hide (New-EmulatorItem assertions).token) + 'x') })
Invoke-Way FederatedToken ($app + @{ FederatedTokenScript = { Hide (New-EmulatorItem assertions).token } })
Invoke-Way FederatedToken ($app + @{ FederatedTokenScript = { $null = Hide (New-EmulatorItem assertions).token; throw 'No vault today.' } })
$null = New-EmulatorItem "apps/$($app.ClientId)/federated-credentials" @{ issuer = "https://login.microsoftonline.com/$($app.TenantId)/v2.0"; subject = $env:EMULATOR_SYSTEM_IDENTITY_OBJECT_ID }
Invoke-Way FederatedToken ($app + @{ FederatedCredential = Get-MonitorTokenCredential -ManagedIdentity })
Invoke-Way FederatedToken ($app + @{ FederatedCredential = Get-MonitorTokenCredential -ManagedIdentity -ClientId $env:EMULATOR_USER_IDENTITY_CLIENT_ID })
$null = New-EmulatorItem kubernetes-token
Invoke-Way WorkloadIdentity ($app + @{ WorkloadIdentity = $true; TokenFilePath = $env:EMULATOR_FEDERATED_TOKEN_FILE })
$env:ACTIONS_ID_TOKEN_REQUEST_URL = $env:EMULATOR_GITHUB_URL
$env:ACTIONS_ID_TOKEN_REQUEST_TOKEN = $env:EMULATOR_GITHUB_TOKEN
Invoke-Way GitHubActions ($app + @{ GitHubActions = $true })
$env:SYSTEM_OIDCREQUESTURI = $env:EMULATOR_PIPELINES_URL
$pipeline = $app + @{ AzurePipelines = $true; ServiceConnectionId = $env:EMULATOR_SERVICE_CONNECTION_ID }
Invoke-Way AzurePipelines ($pipeline + @{ SystemAccessToken = ConvertTo-Secret $env:EMULATOR_PIPELINES_TOKEN })
Invoke-Way AzurePipelines ($pipeline + @{ SystemAccessToken = ConvertTo-Secret (Hide ('wrong-' + [guid]::NewGuid().ToString('n'))) })
$user = Hide (New-EmulatorItem user-tokens @{ audience = $app.ClientId }).token
Invoke-Way OnBehalfOf ($application + @{ UserAssertion = ConvertTo-Secret $user })
Invoke-Way OnBehalfOf ($application + @{ UserAssertion = ConvertTo-Secret ($user + 'x') })
Invoke-Way DeviceCode ($app + @{ DeviceCode = $true })
$people = New-EmulatorItem apps @{ isPublicClient = $true }
Invoke-Way DeviceCode @{ DeviceCode = $true; TenantId = $people.tenantId; ClientId = $people.clientId }
# Unencrypted by the user's own will: the one file in which tokens must be found.
Invoke-Way Cache @{ DeviceCode = $true; TenantId = $people.tenantId; ClientId = $people.clientId; TokenCacheName = 'hunted'; AllowUnencryptedTokenCache = $true }
Invoke-Way Interactive @{ Interactive = $true; TenantId = $people.tenantId; ClientId = $people.clientId }
Invoke-Way ManagedIdentity @{ ManagedIdentity = $true }
Invoke-Way ManagedIdentity @{ ManagedIdentity = $true; ClientId = [guid]::NewGuid() }
$env:STANDIN_AZ_LOG = "$env:HUNT_FOLDER/az.log"
$env:HUNT_ANSWER = "$env:HUNT_FOLDER/given/answer"
foreach ($good in $true, $false) {
    $token = Hide (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
    $answer = "{`"accessToken`":`"$token`",`"token`":`"$token`",`"Token`":`"$token`",`"expires_on`":4070908800,`"expiresOn`":`"2099-01-01T00:00:00Z`",`"ExpiresOn`":4070908800}"
    Set-Content $env:HUNT_ANSWER ($good ? $answer.Replace('4070908800', [DateTimeOffset]::UtcNow.AddHours(1).ToUnixTimeSeconds()).Replace('2099-01-01T00:00:00Z', [DateTime]::UtcNow.AddHours(1).ToString('yyyy-MM-ddTHH:mm:ssZ')) : "ERROR: nothing came of $answer")
    Invoke-Way AzureCli @{ AzureCli = $true }
    Invoke-Way AzureDeveloperCli @{ AzureDeveloperCli = $true }
    Invoke-Way AzurePowerShell @{ AzurePowerShell = $true }
}
Invoke-Way VisualStudio @{ VisualStudio = $true }
$env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_SECRET = $app.TenantId, $app.ClientId, [Net.NetworkCredential]::new('', $application.ClientSecret).Password
Invoke-Way Environment @{ FromEnvironment = $true }
Invoke-Way Default @{}
$env:AZURE_CLIENT_SECRET = Hide ('wrong-' + [guid]::NewGuid().ToString('n'))
Invoke-Way Environment @{ FromEnvironment = $true }
$env:AZURE_TENANT_ID = $env:AZURE_CLIENT_ID = $env:AZURE_CLIENT_SECRET = $null
Invoke-Way Commands @{} {
    $credential = Get-MonitorTokenCredential @application -Verbose -Debug
    $credential | Format-List * -Force | Out-String
    $credential | ConvertTo-Json -Depth 4 -WarningAction Ignore
    Test-MonitorTokenCredential -Credential $credential -Verbose -Debug | Format-List * -Force | Out-String
    Test-MonitorTokenCredential -Credential $credential -Uri 'https://api.loganalytics.io/v1/workspaces/x/query?query=print%201' -Verbose -Debug | Format-List * -Force | Out-String
    $query = 'https://api.loganalytics.io/v1/workspaces/x/query'
    Invoke-MonitorRestMethod $query -Body @{ query = 'print 1' } -Credential $credential -AsTable -Verbose -Debug | Format-List * | Out-String
    try { Invoke-MonitorRestMethod "$query/none" -Credential $credential -Verbose -Debug } catch { Show-Failure $_ }
    Get-MonitorToken LogAnalytics -Credential $credential -Verbose -Debug | ConvertFrom-MonitorToken -Verbose -Debug | Format-List * -Force | Out-String
    Clear-MonitorTokenCache -Verbose -Debug
    ConvertFrom-MonitorToken ($user + '.x') -Verbose -Debug
}

"== errors of the session"
$remembered = $Error | ForEach-Object { Show-Failure $_ } | Out-String -Width 9999
Add-Content "$env:HUNT_FOLDER/errors.txt" $remembered
$remembered
$null = Stop-Transcript
Add-Content $env:HUNT_SECRETS $secrets
