<#
.SYNOPSIS
Builds, tests and packs MonitorToken.
.EXAMPLE
./build.ps1 Test
.EXAMPLE
./build.ps1 Soak -Minutes 30
.EXAMPLE
./build.ps1 Package -Platform linux-x64

Packs the module for this platform alone, and leaves it unpacked in out/package/MonitorToken.
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
    [int] $Seed = (Get-Random -Maximum 1000000),

    # The platforms that Package compiles the engine ahead of time for. The module works on any other, too, where its
    # first token takes longer.
    [ValidateSet('linux-x64', 'win-x64', 'osx-arm64')]
    [string[]] $Platform = @('linux-x64', 'win-x64', 'osx-arm64'),

    # The thumbprint of a certificate in CurrentUser/My, on Windows. With it, Package signs the module's files and the package.
    [string] $SigningCertificate = $env:MONITORTOKEN_SIGNING_CERTIFICATE
)

$ErrorActionPreference = 'Stop'
$timestamper = 'http://timestamp.digicert.com'

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
            # Only now: at its end the process puts back what it has found there.
            Get-ChildItem out/MonitorToken -Recurse -Filter *.pdb | Remove-Item
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
            if ($PSVersionTable.PSVersion -lt '7.4') { throw 'Packing wants PowerShell 7.4 or newer.' }
            if (Test-Path out/package) { Remove-Item out/package -Recurse }
            Invoke-Dotnet build src/MonitorToken.Module --configuration Release
            foreach ($runtime in $Platform | Select-Object -Unique) {
                Invoke-Dotnet publish src/MonitorToken.Precompiled --configuration Release --runtime $runtime
            }
            $certificate = if ($SigningCertificate) { Get-Item "Cert:/CurrentUser/My/$SigningCertificate" }
            if ($certificate) {
                $signed = Get-ChildItem out/MonitorToken -Recurse -Include MonitorToken*.dll, *.psd1 |
                    Set-AuthenticodeSignature -Certificate $certificate -HashAlgorithm SHA256 -TimestampServer $timestamper
                $signed | Where-Object Status -ne Valid | ForEach-Object { throw "$($_.Path) is not signed: $($_.StatusMessage)" }
            }
            # The commit's time, so that the same commit gives the same package, with SDK 10.0.400 or newer.
            $time = [int64] $(if (Test-Path .git) { git log -1 --format=%ct } else { Get-Date -UFormat %s })
            src/MonitorToken.Package/Write-PackageFiles.ps1 -Module out/MonitorToken -Destination out/package -Timestamp ([DateTimeOffset]::FromUnixTimeSeconds($time))
            Invoke-Dotnet pack src/MonitorToken.Package "-p:DeterministicTimestamp=$time"
            $package = Get-Item out/package/*.nupkg
            if ($certificate) {
                Invoke-Dotnet nuget sign $package --certificate-fingerprint $certificate.GetCertHashString('SHA256') --timestamper $timestamper
            }
            $package
            # To be copied: unlike out/MonitorToken, no later build replaces it.
            Get-Item (src/MonitorToken.Package/Expand-Package.ps1 $package out/package)
        }
        'Clean' {
            Get-ChildItem -Path src, tests -Include bin, obj -Recurse -Directory | Remove-Item -Recurse -Force
            foreach ($folder in 'out', 'obj') { if (Test-Path $folder) { Remove-Item $folder -Recurse -Force } }
        }
    }
}
finally {
    Pop-Location
}
