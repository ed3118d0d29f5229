<#
.SYNOPSIS
Builds, tests and packs MonitorToken.
.EXAMPLE
./build.ps1 Test
.EXAMPLE
./build.ps1 Soak -Minutes 30
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Coverage', 'Quickstart', 'Benchmark', 'Soak', 'Package', 'Clean')]
    [string] $Task = 'Build',

    # How long Soak goes on, and how many times the usual number of inputs its fuzzing takes, 30 at most.
    [ValidateRange(0.5, 1440)]
    [double] $Minutes = 10,

    # Repeats the choices of an earlier Soak, which says at its beginning which seed it has.
    [int] $Seed = (Get-Random -Maximum 1000000)
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
        'Coverage' {
            Invoke-Dotnet build
            Invoke-Dotnet msbuild tests/MonitorToken.Coverage -restore '-target:Coverage'
            & ./tests/Write-CoverageReport.ps1
        }
        'Quickstart' { Invoke-Dotnet run --project tests/EntraEmulator -- quickstart }
        'Benchmark' {
            Invoke-Dotnet build --configuration Release
            Invoke-Dotnet publish src/MonitorToken.Precompiled --configuration Release
            Invoke-Dotnet run --no-build --configuration Release --project tests/EntraEmulator -- exec pwsh -NoProfile -File tests/Benchmark.ps1
        }
        'Soak' {
            Invoke-Dotnet build
            $given = $env:MONITORTOKEN_FUZZ_FACTOR, $env:MONITORTOKEN_FUZZ_SEED
            try {
                $env:MONITORTOKEN_FUZZ_FACTOR = [math]::Min([math]::Ceiling($Minutes), 30)
                $env:MONITORTOKEN_FUZZ_SEED = $Seed
                Invoke-Dotnet run --no-build --project tests/MonitorToken.Proofs -- -namespace MonitorToken.Proofs.Fuzz
            }
            finally { $env:MONITORTOKEN_FUZZ_FACTOR, $env:MONITORTOKEN_FUZZ_SEED = $given }
            Invoke-Dotnet run --no-build --project tests/EntraEmulator -- exec pwsh -NoProfile -File tests/MonitorToken.Soak/Soak.ps1 -Minutes $Minutes -Seed $Seed
        }
        'Package' {
            Invoke-Dotnet build --configuration Release
            foreach ($platform in 'linux-x64', 'win-x64', 'osx-arm64') {
                Invoke-Dotnet publish src/MonitorToken.Precompiled --configuration Release --runtime $platform
            }
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
