<#
.SYNOPSIS
Queries a Log Analytics workspace from an Azure Automation runbook, with the account's managed identity.

.DESCRIPTION
For runbooks of PowerShell 5.1 and 7. The account has a managed identity, with the role Log Analytics Reader on the
workspace, and the module MonitorToken. The same script runs in a function app or on a virtual machine.

.PARAMETER WorkspaceId
The workspace's id: a GUID, on its overview page.

.PARAMETER Query
What to ask, in KQL.

.PARAMETER ClientId
The client id of a user-assigned identity. Without it, the system-assigned one is used.

.EXAMPLE
.\Runbook-LogAnalyticsQuery.ps1 -WorkspaceId 6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11

.EXAMPLE
.\Runbook-LogAnalyticsQuery.ps1 -WorkspaceId $workspace -Query 'Usage | summarize sum(Quantity) by DataType'
#>
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [guid] $WorkspaceId,
    [string] $Query = 'Heartbeat | where TimeGenerated > ago(1h) | project TimeGenerated, Computer, Category',
    [string] $ClientId
)

# A runbook goes on after errors unless it is told otherwise, and would report success.
$ErrorActionPreference = 'Stop'

$identity = @{ ManagedIdentity = $true }
if ($ClientId) { $identity.ClientId = $ClientId }

# An object for each row, with the columns as its properties. Times are DateTimes, in UTC.
$uri = "https://api.loganalytics.io/v1/workspaces/$WorkspaceId/query"
Invoke-MonitorRestMethod $uri -Body @{ query = $Query } -AsTable @identity
