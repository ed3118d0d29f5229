<#
.SYNOPSIS
Times what users wait for, next to what it is fair to compare it with, in one run, and writes the table and the chart of
docs/development/performance.md. Ratios travel between machines; milliseconds do not.
.DESCRIPTION
To be run by the emulator's verb exec, as build.ps1 Benchmark does. What is timed in a fresh process is timed once in
each round, one after the other, so that a machine that is slow for a while is slow for all of them; the median of the
rounds counts.
#>
[CmdletBinding()]
param(
    # How often each fresh process is started.
    [ValidateRange(1, 101)]
    [int] $Rounds = 11,

    # Leaves docs/development/performance.md and its chart as they are.
    [switch] $NoReport
)

$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$module = Join-Path $root 'out/MonitorToken'
$invariant = [cultureinfo]::InvariantCulture
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "benchmark-$PID")

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int] [math]::Floor($Values.Count / 2)] }

# What a module costs that does nothing.
$bare = New-Item -ItemType Directory -Path (Join-Path $folder 'Bare')
Add-Type -OutputAssembly "$bare/Bare.dll" -TypeDefinition @'
using System.Management.Automation;
[Cmdlet("Get", "Nothing")] public sealed class GetNothingCommand : PSCmdlet { [Parameter] public string Name { get; set; } protected override void EndProcessing() { WriteObject("x"); } }
'@
Set-Content "$bare/Bare.psd1" "@{ RootModule = 'Bare.dll'; ModuleVersion = '1.0.0'; CmdletsToExport = @('Get-Nothing'); FunctionsToExport = @(); AliasesToExport = @(); VariablesToExport = @() }"

# A stand-in for Az.Accounts: it answers at once.
$accounts = New-Item -ItemType Directory -Path (Join-Path $folder 'Az.Accounts')
Add-Type -OutputAssembly "$accounts/Az.Accounts.dll" -TypeDefinition @'
using System; using System.Management.Automation; using System.Security;
public sealed class AzToken { public SecureString Token { get; set; } public DateTimeOffset ExpiresOn { get; set; } }
[Cmdlet("Get", "AzAccessToken")] public sealed class GetAzAccessTokenCommand : PSCmdlet {
    [Parameter] public string ResourceUrl { get; set; } [Parameter] public string TenantId { get; set; } [Parameter] public SwitchParameter AsSecureString { get; set; }
    public static string Token;
    protected override void EndProcessing() { WriteObject(new AzToken { Token = new System.Net.NetworkCredential("", Token).SecurePassword, ExpiresOn = DateTimeOffset.UtcNow.AddHours(1) }); } }
'@
Set-Content "$accounts/Az.Accounts.psd1" "@{ RootModule = 'Az.Accounts.dll'; ModuleVersion = '4.0.0'; CmdletsToExport = @('Get-AzAccessToken') }"

$application = '$secret = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force; $p = @{ TenantId = $env:EMULATOR_TENANT_ID; ClientId = $env:EMULATOR_CLIENT_ID; ClientSecret = $secret }'
$import = "Import-Module '$module'"
# A laptop: nothing answers at the metadata address.
$laptop = '$env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $env:EMULATOR_SILENT'
$post = 'Invoke-RestMethod -Method Post -Uri "https://login.microsoftonline.com/$($env:EMULATOR_TENANT_ID)/oauth2/v2.0/token" -Body @{ grant_type = "client_credentials"; client_id = $env:EMULATOR_CLIENT_ID; client_secret = $env:EMULATOR_CLIENT_SECRET; scope = "https://api.loganalytics.io/.default" }'
$get = 'Invoke-RestMethod -NoProxy -Headers @{ Metadata = "true" } -Uri "$env:AZURE_POD_IDENTITY_AUTHORITY_HOST/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://api.loganalytics.io"'

# Each is a script of what comes before, and the statement that is timed.
$fresh = [ordered]@{
    Import = '', $import
    BareImport = '', "Import-Module '$bare'"
    Secret = "$import; $application", 'Get-MonitorToken LogAnalytics @p'
    RawSecret = '', $post
    ManagedIdentity = $import, 'Get-MonitorToken LogAnalytics -ManagedIdentity'
    RawManagedIdentity = '', $get
    NoManagedIdentity = "$laptop; $import", '$(try { Get-MonitorToken LogAnalytics -ManagedIdentity } catch { })'
}
if (Get-Command az -CommandType Application -ErrorAction Ignore) {
    az login --service-principal --username $env:EMULATOR_CLIENT_ID --password $env:EMULATOR_CLIENT_SECRET --tenant $env:EMULATOR_TENANT_ID --output none
    $fresh.Az = '', 'az account get-access-token --resource https://api.loganalytics.io --output json'
    $fresh.Laptop = "$laptop; $import", 'Get-MonitorToken LogAnalytics'
    $fresh.LaptopSecond = "$laptop; $import; `$null = Get-MonitorToken LogAnalytics", 'Get-MonitorToken ResourceManager'
    $fresh.Test = "$laptop; $import", 'Test-MonitorTokenCredential'
}
if ($azAuth = Get-Module AzAuth -ListAvailable | Select-Object -First 1) {
    $fresh.AzAuthImport = '', "Import-Module '$($azAuth.ModuleBase)/AzAuth.psd1'"
    $fresh.AzAuthSecret = "Import-Module '$($azAuth.ModuleBase)/AzAuth.psd1'; $application", 'Get-AzToken -Resource https://api.loganalytics.io -TenantId $p.TenantId -ClientId $p.ClientId -ClientSecret $env:EMULATOR_CLIENT_SECRET'
}

# PowerShell notes which methods a process has needed, and has the next one compile them on the side. So each of these
# has a place of its own for that, as if it were run again and again; the first round is not counted. (On Windows the
# place cannot be moved, and what ran before counts as well.)
$times, $methods, $cache = @{}, @{}, $env:XDG_CACHE_HOME
foreach ($round in 0..$Rounds) {
    foreach ($name in $fresh.Keys) {
        $env:XDG_CACHE_HOME = Join-Path $folder "cache-$name"
        $before, $statement = $fresh[$name]
        $script = "$before; `$jit = [Runtime.JitInfo]::GetCompiledMethodCount(); `$clock = [Diagnostics.Stopwatch]::StartNew(); `$null = $statement; `$ms = `$clock.Elapsed.TotalMilliseconds; `$jit = [Runtime.JitInfo]::GetCompiledMethodCount() - `$jit; `"`$(`$ms.ToString([cultureinfo]::InvariantCulture)) `$jit`""
        $answer = (pwsh -NoProfile -NonInteractive -Command $script | Select-Object -Last 1) -split ' '
        if (-not $round) { continue }
        $times[$name] += @([double]::Parse($answer[0], $invariant))
        $methods[$name] += @([double] $answer[1])
    }
}

$env:XDG_CACHE_HOME = $cache

# In one process: microseconds of a statement that is run often, in turns with a command that has the same parameters.
$hot = @'
using System.Management.Automation;
[Cmdlet("Invoke", "Nothing", DefaultParameterSetName = "Default")]
public sealed class InvokeNothingCommand : MonitorToken.Commands.CredentialCommand {
'@
Import-Module $module
foreach ($property in [MonitorToken.Commands.GetMonitorTokenCommand].GetProperties() | Where-Object DeclaringType -EQ ([MonitorToken.Commands.GetMonitorTokenCommand])) {
    $position = if ($property.Name -eq 'Resource') { '(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)' }
    $hot += "[Parameter$position] public $($property.PropertyType.FullName) $($property.Name) { get; set; }`n"
}
$hot += 'protected override void BeginProcessing() { } protected override void ProcessRecord() { WriteObject("x"); } }'
Add-Type -TypeDefinition $hot -PassThru -IgnoreWarnings -WarningAction Ignore -ReferencedAssemblies @(
    [MonitorToken.Commands.GetMonitorTokenCommand].Assembly.Location, [MonitorToken.AccessToken].Assembly.Location, [psobject].Assembly.Location
    'netstandard', 'System.Runtime', 'System.Private.Uri', 'System.Security.Cryptography') | ForEach-Object { Import-Module $_.Assembly }
Invoke-Expression $application
$credential = Get-MonitorTokenCredential @p
Import-Module "$accounts/Az.Accounts.psd1"
[GetAzAccessTokenCommand]::Token = (Get-MonitorToken LogAnalytics @p).GetPlainText()
$often = [ordered]@{
    Nothing = { Invoke-Nothing LogAnalytics }
    NothingWithSecret = { Invoke-Nothing LogAnalytics @p }
    SecretFromMemory = { Get-MonitorToken LogAnalytics @p }
    CredentialFromMemory = { Get-MonitorToken LogAnalytics -Credential $credential }
    ChainFromMemory = { Get-MonitorToken LogAnalytics }
    AzAccessToken = { Get-AzAccessToken -ResourceUrl https://api.loganalytics.io -AsSecureString }
    AzurePowerShell = { Get-MonitorToken LogAnalytics -AzurePowerShell }
}
# Calls of a service, with a token at hand: what they take, and what they allocate on all threads.
$workspace = "https://api.loganalytics.io/v1/workspaces/$(New-Guid)/query"
$header = Get-MonitorToken LogAnalytics @p -AsHeader
$tenThousand = '{"query":"range Number from 1 to 10000 step 1"}'
$calls = [ordered]@{
    Call = 50, { Invoke-MonitorRestMethod $workspace -Body '{"query":"x"}' -Credential $credential }
    RawCall = 50, { Invoke-RestMethod $workspace -Method Post -ContentType application/json -Body '{"query":"x"}' -Headers $header }
    Rows = 2, { Invoke-MonitorRestMethod $workspace -Body $tenThousand -Credential $credential -AsTable }
    RawRows = 2, {
        $table = (Invoke-RestMethod $workspace -Method Post -ContentType application/json -Body $tenThousand -Headers $header).tables[0]
        foreach ($row in $table.rows) { [pscustomobject] @{ $table.columns[0].name = $row[0] } }
    }
}
$bytes = @{}
foreach ($round in 0..$Rounds) {
    foreach ($name in $calls.Keys) {
        $count, $script = $calls[$name]
        $before = [GC]::GetTotalAllocatedBytes()
        $clock = [Diagnostics.Stopwatch]::StartNew()
        for ($i = 0; $i -lt $count; $i++) { $null = & $script }
        if (-not $round) { continue }
        $times[$name] += @($clock.Elapsed.TotalMilliseconds * 1000 / $count)
        $bytes[$name] += @(([GC]::GetTotalAllocatedBytes() - $before) / 1KB / $count)
    }
}

foreach ($round in 0..$Rounds) {
    foreach ($name in $often.Keys) {
        # What takes a millisecond need not be run as often as what takes microseconds.
        $count = if ($name -match '^Az') { 300 } else { 5000 }
        # The statement stands in the loop itself: to invoke a script block costs more than the command.
        $loop = [scriptblock]::Create("foreach (`$i in 1..$count) { `$null = $($often[$name]) }")
        $clock = [Diagnostics.Stopwatch]::StartNew()
        & $loop
        # The first round is for the compiler.
        if ($round) { $times[$name] += @($clock.Elapsed.TotalMilliseconds * 1000 / $count) }
    }
}

function New-Row([string] $What, [string] $Ours, [string] $Than, [string] $Theirs, [string] $Unit, [double] $Aim, $From = $times) {
    if (-not $From.ContainsKey($Theirs) -or -not $From.ContainsKey($Ours)) { return }
    $mine, $other = (Get-Median $From[$Ours]), (Get-Median $From[$Theirs])
    [pscustomobject]@{ What = $What; Ours = '{0:0} {1}' -f $mine, $Unit; Than = $Than; Theirs = '{0:0} {1}' -f $other, $Unit; Ratio = $mine / $other; Aim = $Aim }
}

$rows = @(
    New-Row 'Import-Module' Import 'a module with a manifest and one command' BareImport ms 1.3
    New-Row 'first token, client secret' Secret 'Invoke-RestMethod, POST to Entra' RawSecret ms 1.3
    New-Row 'first token, managed identity' ManagedIdentity 'Invoke-RestMethod to the metadata service' RawManagedIdentity ms 1.3
    New-Row 'token from memory, client secret' SecretFromMemory 'a command with the same parameters that does nothing' NothingWithSecret µs 1.3
    New-Row 'token from memory, a credential' CredentialFromMemory 'a command with the same parameters that does nothing' Nothing µs 1.3
    New-Row 'token from memory, default chain' ChainFromMemory 'a command with the same parameters that does nothing' Nothing µs 1.4
    New-Row 'one request, Invoke-MonitorRestMethod' Call 'Invoke-RestMethod with a token at hand' RawCall µs 1.3
    New-Row 'what it allocates' Call 'Invoke-RestMethod with a token at hand' RawCall KB 1.3 $bytes
    New-Row 'ten thousand rows, -AsTable' Rows 'Invoke-RestMethod, and a loop that makes objects of rows' RawRows µs 1
    New-Row 'what they allocate' Rows 'Invoke-RestMethod, and a loop that makes objects of rows' RawRows KB 1 $bytes
    New-Row 'default chain on a laptop, az logged in' Laptop 'az account get-access-token' Az ms 1.2
    New-Row 'a second resource in that process' LaptopSecond 'az account get-access-token' Az ms 1.1
    New-Row 'Test-MonitorTokenCredential on a laptop' Test 'az account get-access-token' Az ms 0
    New-Row 'Import-Module' Import 'Import-Module AzAuth' AzAuthImport ms 0
    New-Row 'first token, client secret' Secret 'Get-AzToken of AzAuth' AzAuthSecret ms 0
)
$size = (Get-ChildItem $module -Recurse -File | Measure-Object Length -Sum).Sum / 1e6
Compress-Archive $module "$folder/module.zip"
$facts = [ordered]@{
    'Methods that are compiled for the first token, client secret' = '{0:0} (Invoke-RestMethod: {1:0})' -f (Get-Median $methods.Secret), (Get-Median $methods.RawSecret)
    '-AzurePowerShell in the session, on top of its own command' = '{0:0.0} ms' -f ((Get-Median $times.AzurePowerShell) / 1000 - (Get-Median $times.AzAccessToken) / 1000)
    '-ManagedIdentity on a laptop, until it says that there is none' = '{0:0} ms' -f (Get-Median $times.NoManagedIdentity)
    'Installed, and packed' = '{0:0.0} MB, {1:0.0} MB' -f $size, ((Get-Item "$folder/module.zip").Length / 1e6)
}
Remove-Item $folder -Recurse -Force

$rows | Select-Object What, Ours, Than, Theirs, @{ n = 'Ratio'; e = { $_.Ratio.ToString('0.00', $invariant) } }, @{ n = 'Aim'; e = { if ($_.Aim) { $_.Aim.ToString('0.0', $invariant) } } } | Format-Table -AutoSize | Out-String -Width 200
[pscustomobject] $facts | Format-List | Out-String -Width 200

if (-not $NoReport) {
    & "$PSScriptRoot/Write-PerformanceReport.ps1" -Rows $rows -Facts $facts -Rounds $Rounds
}
