<#
.SYNOPSIS
A scheduled script that signs in with a certificate, writes a report, and warns before the certificate expires.

.DESCRIPTION
For Task Scheduler or cron, as an application with the role Log Analytics Reader on the workspace. The report has a line
for each computer with its last heartbeat of the past day. If there's none, a warning says so, and an earlier report is
left as it is. With -WarningAction Stop, the task fails instead of only showing a warning. For PowerShell 5.1 and 7.

.PARAMETER TenantId
The tenant of the application.

.PARAMETER ClientId
The client ID of the application.

.PARAMETER CertificateThumbprint
The thumbprint of a certificate in the store of the user or the machine.

.PARAMETER CertificatePath
A PEM or PFX file without a password, where there's no store.

.PARAMETER WorkspaceId
The workspace ID: a GUID, on the overview page of the workspace.

.PARAMETER Path
The CSV file to write.

.PARAMETER WarnDays
How many days before the certificate expires to begin warning.

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

# Reads the certificate, and makes no network calls yet.
$credential = Get-MonitorTokenCredential @application
$expiry = $credential.CertificateExpiresOn
$days = [Math]::Floor(($expiry - [DateTimeOffset]::Now).TotalDays)
if ($days -lt $WarnDays) {
    $date = $expiry.ToString('yyyy-MM-dd')
    Write-Warning "The certificate expires in $days days, on $date. Add a new one to the application $ClientId."
}

# As text, because Export-Csv would write a time in the format of this machine's culture.
$query = 'Heartbeat | summarize LastHeartbeat = tostring(max(TimeGenerated)) by Computer'
$uri = "https://api.loganalytics.azure.com/v1/workspaces/$WorkspaceId/query"
$report = Invoke-MonitorRestMethod $uri -Body @{ query = $query; timespan = 'P1D' } -AsTable -Credential $credential
if (-not $report) {
    Write-Warning "No computer has sent a heartbeat in the past day. $Path isn't written."
    return
}
$report | Export-Csv -Path $Path -NoTypeInformation -Encoding UTF8
Get-Item -Path $Path
