<#
.SYNOPSIS
Counts the computers that report to a workspace, every minute, for as many rounds as you specify.

.DESCRIPTION
Invoke-MonitorRestMethod uses the cached token in each round, and renews it before it expires, so the loop doesn't need
to track the token's expiry. If the API is busy or the network is down for a while, a warning says so, and the next
round tries again; an error that won't go away, such as a missing role, ends the script. The caller needs the role Log
Analytics Reader on the workspace. For PowerShell 5.1 and 7.

.PARAMETER WorkspaceId
The workspace ID: a GUID, on the overview page of the workspace.

.PARAMETER Rounds
The number of rounds.

.PARAMETER IntervalSeconds
The pause between two rounds, in seconds.

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
$uri = "https://api.loganalytics.azure.com/v1/workspaces/$WorkspaceId/query"
$body = @{ query = 'Heartbeat | distinct Computer'; timespan = 'PT5M' }
# Here, any error in the setup ends the script.
$null = Get-MonitorToken -Uri $uri

$temporary = 'AuthorityUnreachable', 'ServiceUnreachable', 'Throttled', 'Timeout'

for ($round = 1; $round -le $Rounds; $round++) {
    try {
        # Without any heartbeat, the API returns no rows, or nothing at all (HTTP 204).
        $rows = @(Invoke-MonitorRestMethod $uri -Body $body -AsTable)
        [pscustomobject] @{ Time = Get-Date; Computers = $rows.Count }
    }
    catch {
        $id = $_.FullyQualifiedErrorId -replace ',.*'
        $status = $_.Exception.StatusCode
        $isTemporary = $id -in $temporary -or $status -in 408, 429 -or $status -ge 500
        if (-not $isTemporary) { throw }
        Write-Warning "Round ${round}: $($_.Exception.Message)"
    }
    if ($round -lt $Rounds) { Start-Sleep -Seconds $IntervalSeconds }
}
