<#
.SYNOPSIS
Queries Log Analytics or Application Insights, and returns an object for each row.

.DESCRIPTION
Queries a workspace, the logs of one Azure resource, or an Application Insights resource; for the latter, it replaces
calls with an API key (X-Api-Key). Each object has a property for each column, with its type: datetime (in UTC), long,
real, bool, guid, timespan, and dynamic as an object. A query without results returns nothing. If the API returned only
a part of the rows, a warning says so. If it's busy, the query is sent again, after as long as the API asks to wait.

The caller needs the role Log Analytics Reader on the workspace, Reader on the resource, or Monitoring Reader on the
Application Insights resource. For PowerShell 5.1 and 7.

.PARAMETER Query
The query, in KQL.

.PARAMETER WorkspaceId
The workspace ID: a GUID, on the overview page of the workspace.

.PARAMETER ResourceId
The ID of any Azure resource: /subscriptions/<id>/resourceGroups/<group>/providers/<namespace>/<type>/<name>. The query
searches the tables of all workspaces that the resource sends logs to and that the caller can read.

.PARAMETER ApplicationId
The Application ID of an Application Insights resource: a GUID, on its page API Access.

.PARAMETER Timespan
The time range to search: a duration that ends now, such as P7D or 7.0:0, or a start and an end, such as
2026-11-01/2026-11-08 (in UTC). It applies in addition to any filter in the query. Without it, the last hour.

.PARAMETER Environment
The cloud of the workspace or resource, such as AzureUSGovernment. That of the credential must be the same.

.PARAMETER Credential
A credential from Get-MonitorTokenCredential. Without it, the default chain is used.

.PARAMETER ShowPermissions
Return, instead of the rows, which workspaces the query has searched, and which tables of them are missing because the
caller can't read them: the API leaves them out silently.

.EXAMPLE
./Invoke-LogQuery.ps1 'Heartbeat | summarize max(TimeGenerated) by Computer' -WorkspaceId $workspace -Timespan P1D

.EXAMPLE
./Invoke-LogQuery.ps1 'requests | where success == false' -ApplicationId $app -Timespan (New-TimeSpan -Minutes 30)

.EXAMPLE
./Invoke-LogQuery.ps1 AzureActivity -ResourceId $vm -Timespan P7D -ShowPermissions
#>
#Requires -Modules MonitorToken
[CmdletBinding(DefaultParameterSetName = 'Workspace')]
param(
    [Parameter(Mandatory = $true, Position = 0)] [string] $Query,
    [Parameter(Mandatory = $true, ParameterSetName = 'Workspace')] [guid] $WorkspaceId,
    [Parameter(Mandatory = $true, ParameterSetName = 'Resource')]
    [ValidatePattern('^/subscriptions/(?!.*\.\.)[^?#%\\]+$')] [string] $ResourceId,
    [Parameter(Mandatory = $true, ParameterSetName = 'Application')] [guid] $ApplicationId,
    [object] $Timespan = 'PT1H',
    [string] $Environment = 'AzureCloud',
    [object] $Credential,
    [switch] $ShowPermissions
)

$ErrorActionPreference = 'Stop'
$service = if ($PSCmdlet.ParameterSetName -eq 'Application') { 'ApplicationInsights' } else { 'LogAnalytics' }
$endpoint = (Get-MonitorResource $service -Environment $Environment).Endpoint
# The newer host of the public cloud.
if ($endpoint -eq 'https://api.loganalytics.io') { $endpoint = 'https://api.loganalytics.azure.com' }
$path = switch ($PSCmdlet.ParameterSetName) {
    Workspace { "/workspaces/$WorkspaceId" }
    Resource { $ResourceId.TrimEnd('/') }
    Application { "/apps/$ApplicationId" }
}

# The API requires ISO 8601; PowerShell writes durations as 7.00:00:00.
$culture = [cultureinfo]::InvariantCulture
$range = "$Timespan"
try {
    if ($range -match '^(\d{4}-\d\d-\d\d[^/]*)/(\d{4}-\d\d-\d\d[^/]*)$') {
        $start, $end = $Matches[1, 2] | ForEach-Object { [DateTimeOffset]::Parse($_, $culture, 'AssumeUniversal') }
        $isPositive = $start -lt $end
    }
    else {
        if ($range -match ':') { $range = [System.Xml.XmlConvert]::ToString([timespan]::Parse($range, $culture)) }
        $isPositive = [System.Xml.XmlConvert]::ToTimeSpan($range) -gt [timespan]::Zero
    }
}
catch { $isPositive = $false }
if (-not $isPositive) { throw 'Specify a duration, such as PT1H or (New-TimeSpan -Hours 1), or a start and an end.' }

$call = @{ Uri = "$endpoint/v1$path/query"; Body = @{ query = $Query; timespan = $range } }
if ($Credential) { $call.Credential = $Credential }
if ($ShowPermissions) {
    (Invoke-MonitorRestMethod @call -Headers @{ Prefer = 'include-permissions=true' }).permissions.resources
}
else { Invoke-MonitorRestMethod @call -AsTable }
