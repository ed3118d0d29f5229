<#
.SYNOPSIS
Runs one Pester file. The environment must lead to the emulator, as `EntraEmulator exec` makes it.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $ResultPath
)

$ErrorActionPreference = 'Stop'
$PSStyle.OutputRendering = 'PlainText'

# Set by dotnet test. By hand it is the Pester of this machine, or the one that was fetched for the repository, or will be.
$pester = $env:MONITORTOKEN_PESTER
if (-not $pester -and (Get-Module Pester -ListAvailable | Where-Object { $_.Version -ge '5.5' -and $_.Version -lt '6.0' })) {
    $pester = 'Pester'
}
if (-not $pester) {
    $fetched = Join-Path $PSScriptRoot '../../out/modules/pester/*/Pester.psd1'
    if (-not (Test-Path $fetched)) { $output = dotnet restore (Join-Path $PSScriptRoot Pester) }
    $pester = Get-Item $fetched | Select-Object -Last 1 -ExpandProperty FullName
    if (-not $pester) {
        throw "Pester 5.5 or newer is not installed and cannot be fetched. Install it with: Install-Module Pester -MinimumVersion 5.5 -MaximumVersion 5.99 -Force`n$($output | Out-String)"
    }
}
Import-Module -Name $pester -MinimumVersion 5.5 -MaximumVersion 5.99

# The two files that need them are seldom what is run by hand.
if (-not $env:MONITORTOKEN_HOSTILE -and -not (Test-Path (Join-Path $PSScriptRoot 'bin/*/net10.0/hostile')) -and
    (Select-String -Path $Path -Pattern MONITORTOKEN_HOSTILE -Quiet)) {
    dotnet build $PSScriptRoot --verbosity quiet
}

$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.Exit = $true
$configuration.Run.Throw = $false
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
if ($ResultPath) {
    $configuration.TestResult.Enabled = $true
    $configuration.TestResult.OutputFormat = 'JUnitXml'
    $configuration.TestResult.OutputPath = $ResultPath
}
Invoke-Pester -Configuration $configuration
