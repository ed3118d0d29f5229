<#
.SYNOPSIS
Builds, tests and packs MonitorToken.
.EXAMPLE
./build.ps1 Test
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Quickstart', 'Benchmark', 'Package', 'Clean')]
    [string] $Task = 'Build'
)

$ErrorActionPreference = 'Stop'

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE) { throw "dotnet $args ended with exit code $LASTEXITCODE." }
}

Push-Location $PSScriptRoot
try {
    switch ($Task) {
        'Build' { Invoke-Dotnet build }
        'Test' { Invoke-Dotnet test }
        'Quickstart' { Invoke-Dotnet run --project tests/EntraEmulator -- quickstart }
        'Benchmark' {
            Invoke-Dotnet build --configuration Release
            Invoke-Dotnet run --no-build --configuration Release --project tests/EntraEmulator -- exec pwsh -NoProfile -File tests/Benchmark.ps1
        }
        'Package' {
            Invoke-Dotnet build --configuration Release
            $version = (Import-PowerShellDataFile MonitorToken.psd1).ModuleVersion
            Compress-Archive -Path out/MonitorToken -DestinationPath "out/MonitorToken.$version.zip" -Force
            Get-Item "out/MonitorToken.$version.zip"
        }
        'Clean' {
            Get-ChildItem -Path src, tests -Include bin, obj -Recurse -Directory | Remove-Item -Recurse -Force
            if (Test-Path out) { Remove-Item out -Recurse -Force }
        }
    }
}
finally {
    Pop-Location
}
