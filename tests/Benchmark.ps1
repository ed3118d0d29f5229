<#
.SYNOPSIS
Times what users wait for, next to what it is fair to compare it with, in one run. Ratios travel between
machines; milliseconds do not.
#>
[CmdletBinding()]
param(
    # How often each fresh process is started; the median counts.
    [int] $Runs = 7
)

$ErrorActionPreference = 'Stop'
$module = Join-Path (Split-Path $PSScriptRoot) 'out/MonitorToken'
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "benchmark-$PID")
$bare = Join-Path $folder 'Bare.dll'
Add-Type -OutputAssembly $bare -TypeDefinition @'
using System.Management.Automation;
[Cmdlet("Get", "Nothing")] public sealed class GetNothingCommand : PSCmdlet { [Parameter] public string Name { get; set; } protected override void EndProcessing() { WriteObject("x"); } }
'@

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[int][math]::Floor($Values.Count / 2)] }

# Milliseconds of the last statement of a script, in a fresh pwsh.
function Measure-Fresh([string] $Before, [string] $Statement) {
    $script = "$Before; `$clock = [Diagnostics.Stopwatch]::StartNew(); `$null = $Statement; `$clock.Elapsed.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture)"
    Get-Median (1..$Runs | ForEach-Object { [double]::Parse((pwsh -NoProfile -NonInteractive -Command $script | Select-Object -Last 1), [cultureinfo]::InvariantCulture) })
}

# Microseconds of a statement that is run often in one process.
function Measure-Hot([string] $Before, [string] $Statement) {
    $script = "$Before; 1..300 | ForEach-Object { `$null = $Statement }; `$clock = [Diagnostics.Stopwatch]::StartNew(); foreach (`$i in 1..3000) { `$null = $Statement }; `$clock.Elapsed.TotalMilliseconds / 3"
    [double] (pwsh -NoProfile -NonInteractive -Command $script | Select-Object -Last 1)
}

function Write-Ratio([string] $What, [double] $Ours, [string] $Than, [double] $Theirs, [string] $Unit) {
    [pscustomobject]@{ What = $What; Ours = '{0:0} {1}' -f $Ours, $Unit; ComparedWith = $Than; Theirs = '{0:0} {1}' -f $Theirs, $Unit; Ratio = '{0:0.00}' -f ($Ours / $Theirs) }
}

$application = '$s = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force; $p = @{ TenantId = $env:EMULATOR_TENANT_ID; ClientId = $env:EMULATOR_CLIENT_ID; ClientSecret = $s }'
$import = "Import-Module '$module'"
$post = 'Invoke-RestMethod -Method Post -Uri "https://login.microsoftonline.com/$($env:EMULATOR_TENANT_ID)/oauth2/v2.0/token" -Body @{ grant_type = "client_credentials"; client_id = $env:EMULATOR_CLIENT_ID; client_secret = $env:EMULATOR_CLIENT_SECRET; scope = "https://api.loganalytics.io/.default" }'

$results = @(
    Write-Ratio 'Import' (Measure-Fresh '' $import) 'a bare one-command DLL' (Measure-Fresh '' "Import-Module '$bare'") ms
    Write-Ratio 'First token, client secret' (Measure-Fresh "$import; $application" 'Get-MonitorToken LogAnalytics @p') 'a raw Invoke-RestMethod POST' (Measure-Fresh '' $post) ms
    Write-Ratio 'Next token, from memory' (Measure-Hot "$import; $application" 'Get-MonitorToken LogAnalytics @p') 'a compiled command that does nothing' (Measure-Hot "Import-Module '$bare'" 'Get-Nothing -Name x') 'us'

    if (Get-Command az -CommandType Application -ErrorAction Ignore) {
        az login --service-principal --username $env:EMULATOR_CLIENT_ID --password $env:EMULATOR_CLIENT_SECRET --tenant $env:EMULATOR_TENANT_ID --output none
        # A laptop: nothing answers at the metadata address.
        $laptop = '$env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $env:EMULATOR_SILENT'
        $az = Measure-Fresh '' 'az account get-access-token --resource https://api.loganalytics.io --output json'
        Write-Ratio 'Default chain on a laptop, first token' (Measure-Fresh "$laptop; $import" 'Get-MonitorToken LogAnalytics') 'az account get-access-token' $az ms
        Write-Ratio 'Test-MonitorTokenCredential on a laptop' (Measure-Fresh "$laptop; $import" 'Test-MonitorTokenCredential') 'az account get-access-token' $az ms
        Write-Ratio '-ManagedIdentity where there is none' (Measure-Fresh "$laptop; $import" '$(try { Get-MonitorToken LogAnalytics -ManagedIdentity } catch { })') 'az account get-access-token' $az ms
    }
)
$results | Format-Table -AutoSize | Out-String -Width 160
Remove-Item $folder -Recurse -Force
