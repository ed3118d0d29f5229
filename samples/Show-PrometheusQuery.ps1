<#
.SYNOPSIS
Draws a Prometheus query in the terminal: a line for each series, and the time below.

.DESCRIPTION
Queries an Azure Monitor workspace with managed Prometheus. The caller needs the role Monitoring Data Reader on the
workspace.

.PARAMETER Endpoint
The query endpoint of the workspace, on its overview page.

.PARAMETER Query
The query, in PromQL.

.PARAMETER Since
How far to look back: from one minute to 32 days, including range selectors, so for rate(x[1d]), 31 days. Without it,
one day.

.PARAMETER Width
The number of values in a line.

.EXAMPLE
./Show-PrometheusQuery.ps1 -Endpoint https://w-1-abcd.westeurope.prometheus.monitor.azure.com -Query up

.EXAMPLE
./Show-PrometheusQuery.ps1 -Endpoint $endpoint -Query 'sum(rate(node_cpu_seconds_total[5m])) by (mode)' -Since 2:0
#>
#Requires -Version 7.4
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [uri] $Endpoint,
    [Parameter(Mandatory)] [string] $Query,
    [ValidateScript(
        { $_ -ge [timespan]::FromMinutes(1) -and $_ -le [timespan]::FromDays(32) },
        ErrorMessage = 'Specify a -Since of 1 minute to 32 days: Azure Monitor returns no more at once.')]
    [timespan] $Since = '1.0:0',
    [ValidateRange(2, 500)] [int] $Width = 60
)

$ErrorActionPreference = 'Stop'
$end = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
# Rounded down, so that the range isn't longer than 32 days.
$step = [Math]::Max(1, [Math]::Floor($Since.TotalSeconds / ($Width - 1)))
$start = $end - $step * ($Width - 1)

$uri = [uri]::new($Endpoint, '/api/v1/query_range')
$body = @{ query = $Query; start = $start; end = $end; step = $step }
$answer = Invoke-MonitorRestMethod $uri -Body $body -ContentType application/x-www-form-urlencoded

# Values can be missing in a series, so each is drawn at the column of its time.
$bars = '▁▂▃▄▅▆▇█'
$lines = foreach ($series in $answer.data.result) {
    $points = foreach ($point in $series.values | Where-Object { $_[1] -notmatch 'NaN|Inf' }) {
        @{ Column = [Math]::Round(($point[0] - $start) / $step); Value = [double] $point[1] }
    }
    $range = $points.Value | Measure-Object -Minimum -Maximum
    $height = $range.Maximum - $range.Minimum
    $graph = [char[]] (' ' * $Width)
    foreach ($point in $points) {
        $share = $height -gt 0 ? ($point.Value - $range.Minimum) / $height : 0
        $graph[$point.Column] = $bars[[int] ($share * ($bars.Length - 1))]
    }
    @{
        Name  = ($series.metric.psobject.Properties | ForEach-Object { "$($_.Name)=$($_.Value)" }) -join ', '
        Graph = -join $graph
        Range = $points ? ('{0:0.##} to {1:0.##}' -f $range.Minimum, $range.Maximum) : 'no values'
    }
}
if (-not $lines) { return "$Query has no values since $($Since.ToString('g'))." }

$Query
$margin = ($lines.Name | Measure-Object -Property Length -Maximum).Maximum + 2
foreach ($line in $lines) { $line.Name.PadRight($margin) + $line.Graph + '  ' + $line.Range }
$from, $to = $start, $end | ForEach-Object { [DateTimeOffset]::FromUnixTimeSeconds($_).LocalDateTime.ToString('g') }
' ' * $margin + $from + $to.PadLeft($Width - $from.Length)
