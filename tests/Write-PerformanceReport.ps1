<#
.SYNOPSIS
Puts what Benchmark.ps1 has measured into docs/development/performance.md, and draws docs/performance.svg of it.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [object[]] $Rows,

    [Parameter(Mandatory)]
    [Collections.IDictionary] $Facts,

    [Parameter(Mandatory)]
    [int] $Rounds
)

$ErrorActionPreference = 'Stop'
$invariant = [cultureinfo]::InvariantCulture
$docs = Join-Path (Split-Path $PSScriptRoot) 'docs'

function Get-ProcessorName {
    $name = if (Test-Path /proc/cpuinfo) { (Select-String '^model name\s*:\s*(.*)' /proc/cpuinfo | Select-Object -First 1).Matches.Groups[1].Value }
    $name ? $name : [Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture
}

$table = @(
    '| What | MonitorToken | Compared with | Time | Ratio | Target |'
    '|---|---:|---|---:|---:|---:|'
    foreach ($row in $Rows) {
        $aim = if ($row.Aim) { $row.Aim.ToString('0.0', $invariant) }
        "| $($row.What) | $($row.Ours) | $($row.Than) | $($row.Theirs) | $($row.Ratio.ToString('0.00', $invariant)) | $aim |"
    }
    ''
    '| what | |'
    '|---|---|'
    foreach ($fact in $Facts.Keys) { "| $fact | $($Facts[$fact]) |" }
    ''
    "Medians of $Rounds rounds on $(Get-Date -Format yyyy-MM-dd): $(Get-ProcessorName), $([Environment]::ProcessorCount) cores, $([Runtime.InteropServices.RuntimeInformation]::OSDescription), PowerShell $($PSVersionTable.PSVersion), $([Runtime.InteropServices.RuntimeInformation]::FrameworkDescription). The server is the project's emulator, on the same machine."
) -join "`n"

$page = Join-Path $docs 'development/performance.md'
$text = Get-Content $page -Raw
$text = [regex]::Replace($text, '(?s)(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)', [Text.RegularExpressions.MatchEvaluator] { "$table`n" })
[IO.File]::WriteAllText($page, $text)

# One bar a row: how many times as long as what is beside it. The line is where both take the same time.
$barHeight, $gap, $left, $unit = 16, 12, 330, 160
$height = $Rows.Count * ($barHeight + $gap) + 50
$widest = [math]::Max(2, [math]::Ceiling(($Rows.Ratio | Measure-Object -Maximum).Maximum * 2) / 2)
$width = $left + $widest * $unit + 60
$escape = [Security.SecurityElement]
$bars = for ($i = 0; $i -lt $Rows.Count; $i++) {
    $row = $Rows[$i]
    $y = 30 + $i * ($barHeight + $gap)
    $length = [math]::Round($row.Ratio * $unit)
    "<text x='$($left - 8)' y='$($y + 7)' text-anchor='end'>$($escape::Escape($row.What))</text>"
    "<text x='$($left - 8)' y='$($y + 19)' text-anchor='end' class='than'>: $($escape::Escape($row.Than))</text>"
    "<rect x='$left' y='$y' width='$length' height='$barHeight' rx='2'/>"
    "<text x='$($left + [math]::Max($length, $row.Aim * $unit) + 6)' y='$($y + 12)'>$($row.Ratio.ToString('0.00', $invariant))</text>"
    if ($row.Aim) {
        $x = ($left + $row.Aim * $unit).ToString('0', $invariant)
        "<path class='aim' d='M$x $($y - 3)v$($barHeight + 6)'/>"
    }
}
$one = $left + $unit
$svg = @"
<svg xmlns="http://www.w3.org/2000/svg" width="$width" height="$height" viewBox="0 0 $width $height" role="img" aria-label="How many times as long as what it is compared with">
<style>text{font:12px system-ui,sans-serif;fill:#24292f}.than{font-size:10px;fill:#6e7781}rect{fill:#0969da}.one{stroke:#6e7781;stroke-dasharray:3 3}.aim{stroke:#cf222e;stroke-width:2}svg{background:#fff}</style>
<path class="one" d="M$one 22V$($height - 14)"/>
<text x="$one" y="16" text-anchor="middle">as long as the other</text>
$($bars -join "`n")
<text x="$left" y="$($height - 2)" class="than">red: the aim</text>
</svg>
"@
[IO.File]::WriteAllText((Join-Path $docs 'performance.svg'), ($svg -replace "`r`n", "`n") + "`n")
