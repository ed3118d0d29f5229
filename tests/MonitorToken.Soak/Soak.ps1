<#
.SYNOPSIS
Uses the built module for minutes in 64 runspaces, while faults, secrets and variables change, and counts what must
not happen. Started by build.ps1 Soak, in the emulator's environment. The exit code is 1 if it has happened.
#>
[CmdletBinding()]
param(
    [double] $Minutes = 10,

    # Repeats the choices of an earlier run.
    [int] $Seed = (Get-Random -Maximum 1000000)
)

$ErrorActionPreference = 'Stop'
$built = Get-ChildItem "$PSScriptRoot/bin/*/net8.0/MonitorToken.Soak.dll" | Sort-Object LastWriteTime | Select-Object -Last 1
Add-Type -Path $built.FullName
$module = [IO.Path]::GetFullPath((Join-Path $PSScriptRoot '../../out/MonitorToken'))
$good = [MonitorToken.Soak.SoakRun]::Run($module, $Minutes, $Seed, [Action[string]] { param($line) [Console]::WriteLine($line) })
# A runspace that hangs must not keep the process.
[Environment]::Exit($good ? 0 : 1)
