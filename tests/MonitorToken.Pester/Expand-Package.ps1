<#
.SYNOPSIS
Lays a package out as it is installed, in a folder MonitorToken that MONITORTOKEN_MODULE can name, and returns that.
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
