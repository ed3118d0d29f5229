<#
.SYNOPSIS
Uses Az.Accounts and MonitorToken in one session, whichever is imported first.

.DESCRIPTION
Each module loads its own version of Azure.Core and MSAL, and neither affects the other. MonitorToken can use the login
of Connect-AzAccount, or sign in by itself. Run Connect-AzAccount first. The caller needs the role Log Analytics Reader
on the workspace.

.PARAMETER WorkspaceId
The ID of a workspace to query: a GUID, on its overview page.

.PARAMETER First
The module to import first.

.EXAMPLE
Connect-AzAccount; ./Beside-AzAccounts.ps1 -WorkspaceId 6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11
#>
#Requires -Version 7.4
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [guid] $WorkspaceId,
    [ValidateSet('Az.Accounts', 'MonitorToken')] [string] $First = 'Az.Accounts'
)

$ErrorActionPreference = 'Stop'
Import-Module $First
Import-Module Az.Accounts, MonitorToken

function Get-SubscriptionCount([securestring] $Token) {
    $uri = 'https://management.azure.com/subscriptions?api-version=2022-12-01'
    "$(@((Invoke-RestMethod $uri -Authentication Bearer -Token $Token).value).Count) subscriptions"
}

# Az.Accounts, and MonitorToken with the same login: no other process, no second sign-in.
$azure = Get-AzAccessToken -ResourceUrl https://management.azure.com -AsSecureString
[pscustomobject] @{ Who = 'Az.Accounts'; Result = Get-SubscriptionCount $azure.Token }
$token = Get-MonitorToken ResourceManager -AzurePowerShell
[pscustomobject] @{ Who = 'MonitorToken, with the same login'; Result = Get-SubscriptionCount $token.Token }

# MonitorToken with another credential of this machine, for which it loads its own libraries.
$token = Get-MonitorToken LogAnalytics -Exclude AzurePowerShell
$uri = "https://api.loganalytics.azure.com/v1/workspaces/$WorkspaceId/query"
$body = @{ query = 'Heartbeat | take 10'; timespan = 'PT1H' }
$rows = @(Invoke-MonitorRestMethod $uri -Body $body -AsTable -Exclude AzurePowerShell)
[pscustomobject] @{ Who = "MonitorToken, with $($token.CredentialName)"; Result = "$($rows.Count) heartbeats" }

# Az.Accounts still works.
$azure = Get-AzAccessToken -ResourceUrl https://management.azure.com -AsSecureString
[pscustomobject] @{ Who = 'Az.Accounts, again'; Result = Get-SubscriptionCount $azure.Token }

foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
    foreach ($assembly in $context.Assemblies.GetName() | Where-Object Name -eq 'Azure.Core') {
        [pscustomobject] @{ Who = "Azure.Core $($assembly.Version)"; Result = "loaded for $($context.Name)" }
    }
}
