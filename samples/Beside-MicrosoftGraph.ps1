<#
.SYNOPSIS
Uses Microsoft.Graph and MonitorToken in one session, whichever is imported first, with one identity.

.DESCRIPTION
Connect-MgGraph uses a token from MonitorToken, so both act as the same managed identity, application or user, with one
sign-in. The caller needs the role Log Analytics Reader on the workspace, and Organization.Read.All in Microsoft Graph.

.PARAMETER WorkspaceId
The ID of a workspace to query: a GUID, on its overview page.

.PARAMETER First
The module to import first.

.EXAMPLE
./Beside-MicrosoftGraph.ps1 -WorkspaceId 6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [guid] $WorkspaceId,
    [ValidateSet('Microsoft.Graph.Authentication', 'MonitorToken')] [string] $First = 'Microsoft.Graph.Authentication'
)

$ErrorActionPreference = 'Stop'
Import-Module $First
Import-Module Microsoft.Graph.Authentication, MonitorToken

# Any resource works by its URI, not only those of Azure Monitor.
$token = Get-MonitorToken https://graph.microsoft.com
Connect-MgGraph -AccessToken $token.Token -NoWelcome
$organization = (Invoke-MgGraphRequest -Uri 'v1.0/organization?$select=displayName').value[0]

$uri = "https://api.loganalytics.azure.com/v1/workspaces/$WorkspaceId/query"
$rows = @(Invoke-MonitorRestMethod $uri -Body @{ query = 'Heartbeat | take 10'; timespan = 'PT1H' } -AsTable)

[pscustomobject] @{
    SignedInAs   = $token.Identity
    By           = $token.CredentialName
    Organization = $organization.displayName
    Heartbeats   = $rows.Count
}
