<#
.SYNOPSIS
A scheduled script that signs in with a certificate, writes a report, and warns before the certificate expires.

.DESCRIPTION
For Task Scheduler or cron, as an application that has the role Log Analytics Reader on the workspace. The report has a
line for each computer with its last heartbeat. The warning is printed; give -WarningAction Stop to let the task fail
instead. For PowerShell 5.1 and 7.

.PARAMETER CertificateThumbprint
A certificate in the store of the user or of the machine.

.PARAMETER CertificatePath
A PEM or PFX file without password, where there is no store.

.PARAMETER WarnDays
How many days ahead to warn.

.EXAMPLE
.\Scheduled-CertificateReport.ps1 -TenantId $t -ClientId $app -CertificateThumbprint $x -WorkspaceId $w -Path C:\day.csv
#>
#Requires -Modules MonitorToken
[CmdletBinding(DefaultParameterSetName = 'Store')]
param(
    [Parameter(Mandatory = $true)] [string] $TenantId,
    [Parameter(Mandatory = $true)] [string] $ClientId,
    [Parameter(Mandatory = $true, ParameterSetName = 'Store')] [string] $CertificateThumbprint,
    [Parameter(Mandatory = $true, ParameterSetName = 'File')] [string] $CertificatePath,
    [Parameter(Mandatory = $true)] [guid] $WorkspaceId,
    [Parameter(Mandatory = $true)] [string] $Path,
    [int] $WarnDays = 30
)

$ErrorActionPreference = 'Stop'
$application = @{ TenantId = $TenantId; ClientId = $ClientId }
if ($CertificateThumbprint) { $application.CertificateThumbprint = $CertificateThumbprint }
else { $application.CertificatePath = $CertificatePath }

# Reads the certificate, and asks nobody yet.
$credential = Get-MonitorTokenCredential @application
$expiry = $credential.CertificateExpiresOn
$days = [Math]::Floor(($expiry - [DateTimeOffset]::Now).TotalDays)
if ($days -lt $WarnDays) {
    $date = $expiry.ToString('yyyy-MM-dd')
    Write-Warning "The certificate expires in $days days, on $date. Give the application $ClientId a new one."
}

$query = 'Heartbeat | summarize LastHeartbeat = max(TimeGenerated) by Computer'
# The charset is named for 5.1, which otherwise sends text as ISO-8859-1.
$request = @{
    Method          = 'Post'
    Uri             = "https://api.loganalytics.io/v1/workspaces/$WorkspaceId/query"
    Headers         = $credential | Get-MonitorToken LogAnalytics -AsHeader
    ContentType     = 'application/json; charset=utf-8'
    Body            = @{ query = $query } | ConvertTo-Json
    UseBasicParsing = $true
}
$table = (Invoke-RestMethod @request).tables[0]
$report = foreach ($row in $table.rows) {
    $properties = [ordered] @{}
    for ($i = 0; $i -lt $row.Count; $i++) { $properties[$table.columns[$i].name] = $row[$i] }
    [pscustomobject] $properties
}
$report | Export-Csv -Path $Path -NoTypeInformation -Encoding UTF8
Get-Item -Path $Path
