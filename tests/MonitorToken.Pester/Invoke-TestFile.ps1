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
Import-Module -Name ($env:MONITORTOKEN_PESTER ?? 'Pester') -MinimumVersion 5.5 -MaximumVersion 5.99

# Set by dotnet test; one file run by hand finds what the last build left.
function Find-Build([string] $Path) {
    Join-Path $PSScriptRoot $Path | Get-Item -ErrorAction Ignore | Sort-Object LastWriteTime | Select-Object -Last 1 -ExpandProperty FullName
}
$env:MONITORTOKEN_MODULE ??= Find-Build '../../out/MonitorToken'
$env:MONITORTOKEN_EMULATOR ??= Find-Build '../EntraEmulator/bin/*/net10.0/EntraEmulator.dll'
$env:MONITORTOKEN_HOSTILE ??= Find-Build 'bin/*/net10.0/hostile'
# Which two files need, and no build but this project's brings.
if (-not $env:MONITORTOKEN_HOSTILE -and (Select-String -Path $Path -Pattern MONITORTOKEN_HOSTILE -Quiet)) {
    throw "$Path needs what this fetches: dotnet build tests/MonitorToken.Pester"
}

# What a Windows that is Wine cannot do; asked while Pester looks which tests there are.
# Keys for certificates: it has no CNG for them.
$global:hasCertificateKeys = $true
if ($IsWindows) {
    $probe = [System.Security.Cryptography.RSA]::Create(2048)
    try { $null = $probe.SignData([byte[]] 1, 'SHA256', 'Pkcs1') } catch { $global:hasCertificateKeys = $false }
    $probe.Dispose()
}
# Exceptions that leave a constructor called by reflection: .NET ends by them there, or waits for ever.
$global:isWine = $IsWindows -and (Test-Path HKCU:\Software\Wine)

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
