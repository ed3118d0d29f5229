# What `build.ps1 Package` has made, if MONITORTOKEN_PACKAGE names it: complete, as the Gallery wants it, and installable.
BeforeDiscovery {
    $missing = -not $env:MONITORTOKEN_PACKAGE
}

Describe 'The package' -Skip:$missing {
    BeforeAll {
        Import-Module "$PSScriptRoot/Emulator.psm1"
        $root = Split-Path (Split-Path $PSScriptRoot)
        $package = Get-Item $env:MONITORTOKEN_PACKAGE
        $content = Join-Path $TestDrive content
        [IO.Compression.ZipFile]::ExtractToDirectory($package, $content)
        $files = Get-ChildItem $content -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($content, $_.FullName).Replace('\', '/') }
        $metadata = ([xml](Get-Content $content/MonitorToken.nuspec -Raw)).package.metadata
        $manifest = Import-PowerShellDataFile $root/MonitorToken.psd1
        $bill = Get-Content $content/MonitorToken.cdx.json -Raw | ConvertFrom-Json
        $foreign = $files | Where-Object { $_ -like 'engine/*.dll' -and $_ -notlike '*/MonitorToken.*' }
    }

    It 'has the manifest at its root, and all that it names' {
        $files | Should -Contain MonitorToken.psd1
        $files | Should -Contain $manifest.RootModule
        foreach ($name in 'LICENSE', 'README.md', 'THIRD-PARTY-NOTICES.txt', 'icon.png', 'en-US/MonitorToken.PowerShell.dll-Help.xml') {
            $files | Should -Contain $name
        }
        foreach ($folder in 'net472', 'net8.0', 'net10.0/linux-x64', 'net10.0/win-x64', 'net10.0/osx-arm64') {
            $files | Should -Contain "engine/$folder/MonitorToken.Engine.dll"
        }
    }

    It 'has nothing that nobody needs' {
        $files | Where-Object { $_ -match '\.(pdb|xml|config)$|\.deps\.json$|^lib/|^ref/' -and $_ -notlike '*-Help.xml' -and $_ -ne '[Content_Types].xml' } | Should -BeNullOrEmpty
    }

    It 'has no script and no .ps1xml, which execution policies refuse' {
        $files -match '\.(ps1|psm1|ps1xml|cdxml)$' | Should -BeNullOrEmpty
    }

    # For whoever copies the folder.
    It 'lies unpacked beside it, as it is installed' -Skip:(-not $env:MONITORTOKEN_PACKAGE -or -not (Test-Path (Join-Path (Split-Path $env:MONITORTOKEN_PACKAGE) MonitorToken))) {
        $folder = Join-Path $package.DirectoryName MonitorToken
        $unpacked = Get-ChildItem $folder -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($folder, $_.FullName).Replace('\', '/') }
        $own = $files | Where-Object { $_ -notmatch '^(MonitorToken\.nuspec|\[Content_Types\]\.xml|_rels/|package/)' }
        $unpacked | Sort-Object | Should -Be ($own | Sort-Object)
        foreach ($file in $own) { (Get-FileHash -LiteralPath (Join-Path $folder $file)).Hash | Should -Be (Get-FileHash -LiteralPath (Join-Path $content $file)).Hash }
        (Test-ModuleManifest (Join-Path $folder MonitorToken.psd1)).Version | Should -Be $manifest.ModuleVersion
    }

    It 'is described by the manifest' {
        $metadata.id | Should -BeExactly MonitorToken
        $metadata.version | Should -BeExactly (@($manifest.ModuleVersion; $manifest.PrivateData.PSData.Prerelease).Where{ $_ } -join '-')
        $metadata.description | Should -BeExactly $manifest.Description
        $metadata.authors | Should -BeExactly $manifest.Author
        $metadata.projectUrl | Should -BeExactly $manifest.PrivateData.PSData.ProjectUri
        $tags = $metadata.tags.Split(' ')
        foreach ($tag in $manifest.PrivateData.PSData.Tags + 'PSModule' + $manifest.CmdletsToExport.ForEach{ "PSCmdlet_$_" }) { $tags | Should -Contain $tag }
    }

    # learn.microsoft.com: Package manifest values that impact the PowerShell Gallery UI; nuspec's own limits.
    It 'keeps the Gallery''s rules' {
        $metadata.description.Length | Should -BeLessOrEqual 4000
        $metadata.releaseNotes.Length | Should -BeLessOrEqual 35000
        $metadata.tags.Length | Should -BeLessOrEqual 4000
        $manifest.PrivateData.PSData.Tags | Should -Not -Match '\s'
        foreach ($address in $metadata.licenseUrl, $metadata.projectUrl, $metadata.iconUrl) { $address | Should -Match '^https://' }
        $metadata.releaseNotes | Should -Match '(?m)^### Added'
    }

    It 'names in its notices and its bill of materials whose work is in it' {
        $foreign.Count | Should -BeGreaterThan 30
        $notices = Get-Content $content/THIRD-PARTY-NOTICES.txt -Raw
        $bill.bomFormat | Should -BeExactly CycloneDX
        $bill.serialNumber | Should -Match '^urn:uuid:[0-9a-f-]{36}$'
        foreach ($file in $foreign) {
            $name = Split-Path $file -LeafBase
            $notices | Should -Match "(?m)^$([regex]::Escape($name)) [0-9.]+$"
            $component = $bill.components | Where-Object name -eq $name
            $component.licenses.expression | Should -BeExactly MIT
            $component.hashes.content | Should -Match '^[0-9a-f]{128}$'
            # Of an assembly's version the package has at least the first two numbers.
            if ($file -like 'engine/net8.0/*') {
                [version]$own = [Diagnostics.FileVersionInfo]::GetVersionInfo((Join-Path $content $file)).ProductVersion -replace '[+-].*'
                "$($own.Major).$($own.Minor)" | Should -BeExactly ($component.version -replace '^(\d+\.\d+).*', '$1') -Because $file
            }
        }
    }

    It 'has one version' {
        foreach ($file in $files -like '*MonitorToken*.dll') {
            [Diagnostics.FileVersionInfo]::GetVersionInfo((Join-Path $content $file)).ProductVersion | Should -Match "^$([regex]::Escape($metadata.version))(\+|$)"
        }
    }

    It 'is what the tests run through' {
        foreach ($file in Get-ChildItem $env:MONITORTOKEN_MODULE -Recurse -Filter *.dll) {
            $name = [IO.Path]::GetRelativePath($env:MONITORTOKEN_MODULE, $file.FullName)
            (Get-FileHash $file).Hash | Should -Be (Get-FileHash (Join-Path $content $name)).Hash
        }
    }

    # A home of its own: nothing is installed for whoever runs the tests. Windows knows of no other home.
    It 'is installed by <installer> from a folder' -Skip:$IsWindows -ForEach @(
        @{ Installer = 'Install-PSResource'; Script = 'Register-PSResourceRepository Folder -Uri {0} -Trusted; Install-PSResource MonitorToken -Repository Folder -Prerelease' }
        @{ Installer = 'Install-Module'; Script = 'Register-PSRepository Folder -SourceLocation {0} -InstallationPolicy Trusted; Install-Module MonitorToken -Repository Folder -Scope CurrentUser -AllowPrerelease -Force' }
    ) {
        $own = $env:HOME
        $env:HOME = Join-Path $TestDrive $installer
        $null = New-Item (Join-Path $env:HOME .local/share) -ItemType Directory
        try {
            $said = Invoke-FreshPowerShell ("`$ErrorActionPreference = 'Stop'`n" + ($script -f "'$($package.DirectoryName)'") + @'

$application = @{ TenantId = $env:EMULATOR_TENANT_ID; ClientId = $env:EMULATOR_CLIENT_ID }
$token = Get-MonitorToken LogAnalytics @application -ClientSecret (ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force)
(Get-Module MonitorToken).ModuleBase
$token.Identity
(Get-Help Get-MonitorToken).Synopsis
'@)
        }
        finally { $env:HOME = $own }
        $said[0] | Should -BeLike "$TestDrive/$installer/*/MonitorToken/$($manifest.ModuleVersion)"
        $said[1] | Should -Be $env:EMULATOR_CLIENT_ID
        $said[2] | Should -Match 'access token'
    }
}
