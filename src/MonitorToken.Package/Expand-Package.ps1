<#
.SYNOPSIS
Unpacks a package into a folder named MonitorToken, as it is installed, and returns the folder's path.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $Destination
)

$ErrorActionPreference = 'Stop'
$module = [IO.Path]::GetFullPath((Join-Path $Destination MonitorToken), $PWD)
if (Test-Path $module) { Remove-Item $module -Recurse -Force }
[IO.Compression.ZipFile]::ExtractToDirectory((Get-Item $Path).FullName, $module)
# What is NuGet's alone.
'MonitorToken.nuspec', '_rels', 'package', '[Content_Types].xml' | ForEach-Object { Remove-Item -LiteralPath (Join-Path $module $_) -Recurse -Force }
$module
