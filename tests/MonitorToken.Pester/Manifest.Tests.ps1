BeforeAll {
    $manifest = Join-Path $env:MONITORTOKEN_MODULE 'MonitorToken.psd1'
}

Describe 'The manifest' {
    It 'is valid, and static' {
        (Test-ModuleManifest $manifest).Name | Should -Be 'MonitorToken'
        (Import-PowerShellDataFile $manifest).RootModule | Should -Be 'MonitorToken.PowerShell.dll'
    }

    It 'serves both editions' {
        $data = Import-PowerShellDataFile $manifest
        $data.PowerShellVersion | Should -Be '5.1'
        $data.CompatiblePSEditions | Should -Be 'Desktop', 'Core'
    }

    It 'exports the commands by name, and nothing else' {
        $module = Import-Module $env:MONITORTOKEN_MODULE -PassThru -Force
        $module.ExportedCommands.Keys | Sort-Object | Should -Be 'Clear-MonitorTokenCache', 'ConvertFrom-MonitorToken', 'Get-MonitorResource', 'Get-MonitorToken', 'Get-MonitorTokenCache', 'Get-MonitorTokenCredential', 'Invoke-MonitorRestMethod', 'Test-MonitorTokenCredential'
        $module.ExportedCmdlets.Count | Should -Be 8
        $module.ExportedAliases.Count + $module.ExportedFunctions.Count + $module.ExportedVariables.Count | Should -Be 0
        (Import-PowerShellDataFile $manifest).CmdletsToExport | Sort-Object | Should -Be ($module.ExportedCmdlets.Keys | Sort-Object)
    }

    It 'lists only files that are there' {
        $data = Import-PowerShellDataFile $manifest
        Join-Path $env:MONITORTOKEN_MODULE $data.RootModule | Should -Exist
    }

    It 'names no script and no .ps1xml, which execution policies refuse with the whole module' {
        $data = Import-PowerShellDataFile $manifest
        foreach ($name in 'FormatsToProcess', 'TypesToProcess', 'ScriptsToProcess', 'NestedModules', 'RequiredModules') { $data.Keys | Should -Not -Contain $name }
    }

    It 'has the version of its assemblies' {
        $module = Import-Module $env:MONITORTOKEN_MODULE -PassThru
        [MonitorToken.AccessToken].Assembly.GetName().Version.ToString(3) | Should -Be $module.Version.ToString()
    }

    It 'has approved verbs and singular nouns' {
        foreach ($command in (Import-Module $env:MONITORTOKEN_MODULE -PassThru).ExportedCmdlets.Values) {
            (Get-Verb $command.Verb) | Should -Not -BeNullOrEmpty
            $command.Noun | Should -Not -Match 's$'
        }
    }
}
