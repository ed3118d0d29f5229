<#
.SYNOPSIS
Queries a Log Analytics workspace from an Azure Automation runbook, with the managed identity of the account.

.DESCRIPTION
For PowerShell 5.1 and 7 runbooks. The account needs the module MonitorToken, and a managed identity with the role Log
Analytics Reader on the workspace. The same script runs in a function app or on a virtual machine.

.PARAMETER WorkspaceId
The workspace ID: a GUID, on the overview page of the workspace.

.PARAMETER Query
The query, in KQL.

.PARAMETER Timespan
The time range to search, as an ISO 8601 duration: without it, the last hour. It applies in addition to any filter in
the query. A query without a time range reads the whole table.

.PARAMETER ClientId
The client ID of a user-assigned identity. Without it, the system-assigned one is used.

.EXAMPLE
.\Runbook-LogAnalyticsQuery.ps1 -WorkspaceId 6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11

.EXAMPLE
.\Runbook-LogAnalyticsQuery.ps1 -WorkspaceId $workspace -Query 'Usage | summarize sum(Quantity)' -Timespan P7D
#>
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [guid] $WorkspaceId,
    [string] $Query = 'Heartbeat | project TimeGenerated, Computer, Category',
    [string] $Timespan = 'PT1H',
    [string] $ClientId
)

# By default, a runbook continues after an error, and reports success.
$ErrorActionPreference = 'Stop'

$identity = @{ ManagedIdentity = $true }
if ($ClientId) { $identity.ClientId = $ClientId }

# Returns an object for each row, with a property for each column. Times are DateTime values in UTC.
$uri = "https://api.loganalytics.azure.com/v1/workspaces/$WorkspaceId/query"
Invoke-MonitorRestMethod $uri -Body @{ query = $Query; timespan = $Timespan } -AsTable @identity
