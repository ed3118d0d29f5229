<#
.SYNOPSIS
The main job in Windows PowerShell 5.1, which has no -Authentication and for which Pester's newer syntax is no use.
Runs in PowerShell 7 too. The environment must lead to the emulator.
#>
$ErrorActionPreference = 'Stop'
$module = if ($env:MONITORTOKEN_MODULE) { $env:MONITORTOKEN_MODULE } else { Join-Path $PSScriptRoot '../../out/MonitorToken' }
Import-Module -Name $module

$application = @{
    TenantId     = $env:EMULATOR_TENANT_ID
    ClientId     = $env:EMULATOR_CLIENT_ID
    ClientSecret = ConvertTo-SecureString -String $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
}
foreach ($endpoint in @{}, @{ UseV1Endpoint = $true }) {
    $header = Get-MonitorToken -Resource LogAnalytics -AsHeader @application @endpoint
    $answer = Invoke-RestMethod -Headers $header -Proxy $env:HTTPS_PROXY -Uri 'https://api.loganalytics.io/v1/workspaces/demo/query?query=Heartbeat'
    if (-not $answer.tables[0].rows.Count) { throw 'The query has returned no rows.' }
}

$token = Get-MonitorToken -Resource LogAnalytics -ManagedIdentity
if ($token.CredentialName -ne 'ManagedIdentity') { throw "The token came from $($token.CredentialName)." }
if (($token | Out-String) -match 'eyJ') { throw 'The token shows.' }

$application.ClientSecret = ConvertTo-SecureString -String 'wrong' -AsPlainText -Force
try {
    $null = Get-MonitorToken -Resource LogAnalytics @application
    throw 'A wrong secret was not refused.'
}
catch [MonitorToken.TokenException] {
    if ($_.Exception.ErrorCode -ne 'AADSTS7000215') { throw }
}
"Everything works in PowerShell $($PSVersionTable.PSVersion)."
