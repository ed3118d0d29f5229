<#
.SYNOPSIS
Writes what a package needs beside the module: its nuspec, the third parties' notices and the bill of materials.
.DESCRIPTION
All of it follows from the manifest, CHANGELOG.md, and the packages whose files are in the module.
#>
[CmdletBinding()]
param(
    # The module as it was built.
    [Parameter(Mandatory)] [string] $Module,

    # Where the files are written.
    [Parameter(Mandatory)] [string] $Destination,

    # The time of the commit, in the package and its bill of materials.
    [Parameter(Mandatory)] [DateTimeOffset] $Timestamp
)

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
$Module, $Destination = $Module, $Destination | ForEach-Object { [IO.Path]::GetFullPath($_, $PWD) }
$manifest = Import-PowerShellDataFile (Join-Path $Module MonitorToken.psd1)
$data = $manifest.PrivateData.PSData
$version = @($manifest.ModuleVersion; $data.Prerelease).Where{ $_ } -join '-'

# Whose files are in the module. Each assembly that is not our own must be some package's.
function Get-Package {
    $assets = Get-Content (Join-Path $root src/MonitorToken.Module/obj/project.assets.json) -Raw | ConvertFrom-Json -AsHashtable
    $folder = @($assets.packageFolders.Keys)[0]
    $found = @{}
    foreach ($framework in 'net472', 'net8.0') {
        $files = Get-ChildItem (Join-Path $Module "engine/$framework") -Filter *.dll | ForEach-Object Name | Where-Object { $_ -notlike 'MonitorToken.*' }
        # SDKs before 10.0.300 name .NET Framework in full.
        $target = $assets.targets[$framework] ?? $assets.targets['.NETFramework,Version=v4.7.2']
        $owners = @{}
        foreach ($name in $target.Keys) {
            foreach ($asset in ($target[$name].runtime ?? @{}).Keys) { $owners[(Split-Path $asset -Leaf)] = $name }
        }
        foreach ($file in $files) {
            $name = $owners[$file] ?? $(throw "No package is known to have $file, so its licence is not known.")
            if ($found.ContainsKey($name)) { continue }
            $path = Join-Path $folder $assets.libraries[$name].path
            $found[$name] = [pscustomobject]@{
                Name         = $name.Split('/')[0]
                Version      = $name.Split('/')[1]
                Path         = $path
                Metadata     = ([xml](Get-Content (Get-ChildItem $path -Filter *.nuspec) -Raw)).package.metadata
                Sha512       = [Convert]::ToHexString([Convert]::FromBase64String((Get-Content (Get-ChildItem $path -Filter *.nupkg.sha512) -Raw))).ToLowerInvariant()
                Dependencies = ($target[$name].dependencies ?? @{}).Keys
            }
        }
    }
    Get-Ordered $found.Keys | ForEach-Object { $found[$_] }
}

# By the letters' numbers, so that no culture decides over it.
function Get-Ordered([string[]] $names) { [Linq.Enumerable]::Order($names, [StringComparer]::Ordinal) }

function Get-License($package) {
    $license = $package.Metadata.license
    if ($license.type -eq 'expression') { return $license.InnerText }
    throw "The licence of $($package.Name) $($package.Version) is not named by its package; add it to the notices by hand."
}

# The notices that the licences ask for: who, under which terms, and the terms.
function Write-Notice($packages) {
    $terms = (Get-Content (Join-Path $root LICENSE) -Raw) -replace '(?s)^.*?(?=Permission is hereby granted)'
    $text = @('MonitorToken contains the work of others, unchanged but for parts that are compiled ahead.', '')
    foreach ($package in $packages) {
        if ((Get-License $package) -ne 'MIT') { throw "The terms of $($package.Name) are not MIT's; they have to be added." }
        $text += "$($package.Name) $($package.Version)", "  $($package.Metadata.copyright)", "  $($package.Metadata.projectUrl)", ''
    }
    $text += ('-' * 78), 'All of them are under the MIT License:', '', $terms.TrimEnd(), ''

    # What they in turn contain. Each says it of itself, mostly in the same words: each notice once.
    $packages | ForEach-Object { Get-ChildItem $_.Path -File | Where-Object Name -match '^third-?party' } |
        ForEach-Object { (Get-Content $_ -Raw).ReplaceLineEndings("`n") -split '(?m)^(?=License notice for )' } |
        ForEach-Object { $_.Trim() } | Select-Object -Unique |
        ForEach-Object { $text += ('-' * 78), $_, '' }
    Set-Text THIRD-PARTY-NOTICES.txt ($text -join "`n")
}

# What is in it, as CycloneDX.
function Write-BillOfMaterials($packages) {
    $component = @{}
    foreach ($package in $packages) { $component[$package.Name] = "pkg:nuget/$($package.Name)@$($package.Version)" }
    $self = "pkg:nuget/MonitorToken@${version}?repository_url=https://www.powershellgallery.com/api/v2"
    # Of this version of this commit, and of no other.
    $serial = [guid]::new([byte[]] [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes("$self $($Timestamp.ToUnixTimeSeconds())"))[0..15])
    $bill = [ordered]@{
        '$schema'    = 'http://cyclonedx.org/schema/bom-1.6.schema.json'
        bomFormat    = 'CycloneDX'
        specVersion  = '1.6'
        serialNumber = "urn:uuid:$serial"
        version      = 1
        metadata     = [ordered]@{
            timestamp = $Timestamp.UtcDateTime.ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture)
            component = [ordered]@{
                type     = 'library'
                'bom-ref' = $self
                name     = 'MonitorToken'
                version  = $version
                licenses = @(@{ license = @{ id = 'MIT' } })
                purl     = $self
            }
        }
        components   = @(foreach ($package in $packages) {
                [ordered]@{
                    type       = 'library'
                    'bom-ref'  = $component[$package.Name]
                    publisher  = $package.Metadata.authors
                    name       = $package.Name
                    version    = $package.Version
                    hashes     = @([ordered]@{ alg = 'SHA-512'; content = $package.Sha512 })
                    licenses   = @(@{ expression = Get-License $package })
                    copyright  = $package.Metadata.copyright
                    purl       = $component[$package.Name]
                }
            })
        dependencies = @(
            [ordered]@{ ref = $self; dependsOn = @($packages | ForEach-Object { $component[$_.Name] }) }
            foreach ($package in $packages) {
                [ordered]@{ ref = $component[$package.Name]; dependsOn = @(Get-Ordered $package.Dependencies.Where{ $component.ContainsKey($_) } | ForEach-Object { $component[$_] }) }
            }
        )
    }
    Set-Text MonitorToken.cdx.json ($bill | ConvertTo-Json -Depth 10)
}

# The section of this version, or what is not released yet.
function Get-ReleaseNote {
    $changes = (Get-Content (Join-Path $root CHANGELOG.md) -Raw).ReplaceLineEndings("`n")
    foreach ($title in [regex]::Escape($version), 'Unreleased') {
        if ($changes -match "(?s)\n## \[$title\][^\n]*\n(.*?)(?=\n## \[|\n\[[^\n]*\]: |$)") { return $Matches[1].Trim() }
    }
    throw "CHANGELOG.md has nothing of version $version."
}

function Write-Nuspec {
    $files = @{ 'icon.png' = Join-Path $PSScriptRoot icon.png }
    foreach ($name in 'THIRD-PARTY-NOTICES.txt', 'MonitorToken.cdx.json') { $files[$name] = Join-Path $Destination $name }
    foreach ($name in 'LICENSE', 'README.md') { $files[$name] = Join-Path $root $name }
    foreach ($file in Get-ChildItem $Module -Recurse -File) {
        $files[[IO.Path]::GetRelativePath($Module, $file.FullName).Replace('\', '/')] = $file.FullName
    }
    $tags = 'PSModule', 'PSIncludes_Cmdlet' + $manifest.CmdletsToExport.ForEach{ "PSCmdlet_$_", "PSCommand_$_" } + $data.Tags
    function Format-Text([string] $text) { [Security.SecurityElement]::Escape($text) }
    $nuspec = @"
<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>MonitorToken</id>
    <version>$version</version>
    <authors>$(Format-Text $manifest.Author)</authors>
    <owners>$(Format-Text $manifest.CompanyName)</owners>
    <requireLicenseAcceptance>false</requireLicenseAcceptance>
    <licenseUrl>$(Format-Text $data.LicenseUri)</licenseUrl>
    <projectUrl>$(Format-Text $data.ProjectUri)</projectUrl>
    <icon>icon.png</icon>
    <iconUrl>$(Format-Text $data.IconUri)</iconUrl>
    <readme>README.md</readme>
    <description>$(Format-Text $manifest.Description)</description>
    <releaseNotes>$(Format-Text (Get-ReleaseNote))</releaseNotes>
    <copyright>$(Format-Text $manifest.Copyright)</copyright>
    <tags>$(Format-Text ($tags -join ' '))</tags>
  </metadata>
  <files>
$((Get-Ordered $files.Keys | ForEach-Object { "    <file src=`"$(Format-Text $files[$_])`" target=`"$(Format-Text $_)`" />" }) -join "`n")
  </files>
</package>
"@
    Set-Text MonitorToken.nuspec $nuspec
}

function Set-Text([string] $Name, [string] $Text) {
    $null = New-Item $Destination -ItemType Directory -Force
    [IO.File]::WriteAllText((Join-Path $Destination $Name), $Text.ReplaceLineEndings("`n").TrimEnd() + "`n")
}

$packages = Get-Package
Write-Notice $packages
Write-BillOfMaterials $packages
Write-Nuspec
