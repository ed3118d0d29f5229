<#
.SYNOPSIS
Watches the heartbeats of a workspace for hours or days, without ever signing in again by hand.

.DESCRIPTION
Get-MonitorToken is simply called in each round: it answers from memory, and renews the token before it expires. So a
loop needs no clock of its own. Whoever runs it needs the role Log Analytics Reader on the workspace. For PowerShell 5.1
and 7.

.PARAMETER Rounds
After how many rounds to stop.

.PARAMETER IntervalSeconds
How long to wait between two rounds.

.EXAMPLE
./Watch-Heartbeat.ps1 -WorkspaceId 6c3ff5a5-5a47-4c6f-9f6b-0d6a6f2f3c11 -Rounds 1440 | Format-Table

.EXAMPLE
./Watch-Heartbeat.ps1 -WorkspaceId $workspace | Where-Object Computers -lt 3 | Export-Csv missing.csv -Append
#>
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [guid] $WorkspaceId,
    [ValidateRange(1, 2147483647)] [int] $Rounds = 60,
    [ValidateRange(0, 86400)] [int] $IntervalSeconds = 60
)

$ErrorActionPreference = 'Stop'
# The charset is named for 5.1, which otherwise sends text as ISO-8859-1.
$request = @{
    Method          = 'Post'
    Uri             = "https://api.loganalytics.io/v1/workspaces/$WorkspaceId/query"
    ContentType     = 'application/json; charset=utf-8'
    Body            = @{ query = 'Heartbeat | where TimeGenerated > ago(5m) | distinct Computer' } | ConvertTo-Json
    UseBasicParsing = $true
}

for ($round = 1; $round -le $Rounds; $round++) {
    $token = Get-MonitorToken LogAnalytics
    $answer = Invoke-RestMethod @request -Headers $token.GetHeader()
    [pscustomobject] @{
        Time           = Get-Date
        Computers      = @($answer.tables[0].rows).Count
        TokenExpiresOn = $token.ExpiresOn.LocalDateTime
    }
    if ($round -lt $Rounds) { Start-Sleep -Seconds $IntervalSeconds }
}
