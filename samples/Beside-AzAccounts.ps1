<#
.SYNOPSIS
Uses Az.Accounts and MonitorToken in one session, whichever is imported first.

.DESCRIPTION
Each brings its own version of Azure.Core and MSAL, and neither meets the other's. MonitorToken can take over the login
of Connect-AzAccount, or sign in by itself. Run Connect-AzAccount first. Whoever runs it needs the role Log Analytics
Reader on the workspace.

.PARAMETER WorkspaceId
A workspace to query: a GUID, on its overview page.

.PARAMETER First
The module that is imported first.

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

# Az.Accounts, and MonitorToken by the same login: no other process, no second sign-in.
$azure = Get-AzAccessToken -ResourceUrl https://management.azure.com -AsSecureString
[pscustomobject] @{ Who = 'Az.Accounts'; Result = Get-SubscriptionCount $azure.Token }
$token = Get-MonitorToken ResourceManager -AzurePowerShell
[pscustomobject] @{ Who = 'MonitorToken, by the same login'; Result = Get-SubscriptionCount $token.Token }

# MonitorToken by whatever else this machine has, for which it loads libraries of its own.
$token = Get-MonitorToken LogAnalytics -Exclude AzurePowerShell
$uri = "https://api.loganalytics.io/v1/workspaces/$WorkspaceId/query?query=Heartbeat"
$rows = (Invoke-RestMethod $uri -Authentication Bearer -Token $token.Token).tables[0].rows
[pscustomobject] @{ Who = "MonitorToken, by $($token.CredentialName)"; Result = "$(@($rows).Count) heartbeats" }

# Az.Accounts has not noticed.
$azure = Get-AzAccessToken -ResourceUrl https://management.azure.com -AsSecureString
[pscustomobject] @{ Who = 'Az.Accounts, again'; Result = Get-SubscriptionCount $azure.Token }

foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
    foreach ($assembly in $context.Assemblies.GetName() | Where-Object Name -eq 'Azure.Core') {
        [pscustomobject] @{ Who = "Azure.Core $($assembly.Version)"; Result = "loaded for $($context.Name)" }
    }
}
