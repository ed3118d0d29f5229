<#
.SYNOPSIS
Puts together what MonitorToken.Coverage has counted: a line for each assembly, and the files that tests reach less than
90 % of. Writes out/coverage/summary.md.
#>
$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$enough = 0.9

# A line is in several copies of its assembly; it is reached if it is in one of them.
$files = @{}
foreach ($report in Get-ChildItem (Join-Path $root out/coverage) -Filter *.cobertura.xml) {
    $document = [xml] (Get-Content $report -Raw)
    $source = @($document.coverage.sources.source)[0]
    foreach ($class in $document.SelectNodes('//class')) {
        $path = [System.IO.Path]::Combine("$source", $class.filename).Replace('\', '/')
        # The repository's folder, or what a build that tells nobody its folder has in place of it.
        $path = $path.Replace("$root/".Replace('\', '/'), '').Replace('/_/', '')
        if ($path -notmatch '^src/[^/]+/(?!obj/)') { continue }
        if (-not $files[$path]) { $files[$path] = @{} }
        foreach ($line in $class.SelectNodes('lines/line')) {
            $number = [int] $line.number
            $files[$path][$number] = [bool] $files[$path][$number] -or $line.hits -ne '0'
        }
    }
}
if (-not $files.Count) { throw 'Nothing was counted. Run: ./build.ps1 Coverage' }

$rows = foreach ($path in $files.Keys | Sort-Object) {
    $lines = $files[$path]
    [pscustomobject] @{
        Assembly = $path.Split('/')[1]
        Path     = $path
        Lines    = $lines.Count
        Reached  = @($lines.Values -eq $true).Count
        Missed   = @($lines.Keys | Where-Object { -not $lines[$_] } | Sort-Object)
    }
}

# 3-5, 9
function Format-Range([int[]] $Number) {
    $ranges = for ($i = 0; $i -lt $number.Count; $i++) {
        $first = $number[$i]
        while ($i + 1 -lt $number.Count -and $number[$i + 1] -eq $number[$i] + 1) { $i++ }
        if ($first -eq $number[$i]) { "$first" } else { "$first-$($number[$i])" }
    }
    $ranges -join ', '
}

function Format-Share([int] $Part, [int] $Whole) { '{0:0.0} %' -f (100 * $part / $whole) }

$summary = @(
    '| Assembly | Lines | Reached |'
    '| --- | ---: | ---: |'
    foreach ($assembly in @($rows | Group-Object Assembly) + @([pscustomobject] @{ Name = '**all**'; Group = $rows })) {
        $lines = ($assembly.Group | Measure-Object Lines -Sum).Sum
        $reached = ($assembly.Group | Measure-Object Reached -Sum).Sum
        "| $($assembly.Name) | $lines | $(Format-Share $reached $lines) |"
    }
    ''
    '| Under 90 % | Reached | Lines that no test reaches |'
    '| --- | ---: | --- |'
    foreach ($row in $rows | Where-Object { $_.Reached -lt $enough * $_.Lines } | Sort-Object { $_.Reached / $_.Lines }) {
        "| $($row.Path) | $(Format-Share $row.Reached $row.Lines) | $(Format-Range $row.Missed) |"
    }
)
Set-Content (Join-Path $root out/coverage/summary.md) $summary
$summary
