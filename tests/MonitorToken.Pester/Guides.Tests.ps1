# What the README shows must exist.
BeforeDiscovery {
    $readme = Get-Content (Join-Path $PSScriptRoot '../../README.md') -Raw
    $blocks = [regex]::Matches($readme, '(?s)```powershell\r?\n(.*?)```') | ForEach-Object { $_.Groups[1].Value }
    $lines = [regex]::Matches($readme, '`((?:Get|Test|ConvertFrom)-Monitor[^`]+)`') | ForEach-Object { $_.Groups[1].Value.Replace('\|', '|') }
    $snippets = @($blocks) + @($lines) | ForEach-Object { @{ Snippet = $_ } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'The README' {
    It 'shows a command for each method of Microsoft''s page' {
        $snippets = Get-Content (Join-Path $PSScriptRoot '../../README.md') -Raw
        foreach ($method in '-UseV1Endpoint', '-AsRestResponse \\\| ConvertTo-Json', '-AzureCli', '-ManagedIdentity -ClientId', '-ClientSecret', '-Interactive') {
            $snippets | Should -Match $method
        }
    }

    It 'shows only what exists: <snippet>' -ForEach $snippets {
        $problems = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($snippet, [ref] $null, [ref] $problems)
        $problems | Should -BeNullOrEmpty
        foreach ($call in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            if ($call.GetCommandName() -notlike '*-Monitor*') { continue }
            $command = Get-Command $call.GetCommandName()
            foreach ($element in $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                $command.Parameters.Keys + 'Full' | Should -Contain $element.ParameterName
            }
        }
    }
}

Describe 'The ways of signing in' {
    It 'are those that exist, all of them' {
        $readme = Get-Content (Join-Path $PSScriptRoot '../../README.md') -Raw
        $table = $readme.Substring($readme.IndexOf('| Parameters | When to use it |'))
        $table = $table.Substring(0, $table.IndexOf('```'))
        $shown = [regex]::Matches($table, '(?<=[` ])-([A-Z]\w+)') | ForEach-Object { $_.Groups[1].Value } | Sort-Object -Unique
        $command = Get-Command Get-MonitorToken
        foreach ($name in $shown) { $command.Parameters.Keys | Should -Contain $name }
        foreach ($set in $command.ParameterSets | Where-Object Name -ne 'Default') {
            $own = $set.Parameters | Where-Object { $_.IsMandatory -and $_.Name -notin 'TenantId', 'ClientId' }
            foreach ($parameter in $own) { $shown | Should -Contain $parameter.Name }
        }
    }
}

Describe 'The one-liners' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
        $t, $c, $s = $application.TenantId, $application.ClientId, $application.ClientSecret
        $id = $env:EMULATOR_USER_IDENTITY_CLIENT_ID
    }

    It 'of the table work: <line>' -ForEach @(
        $readme = Get-Content (Join-Path $PSScriptRoot '../../README.md') -Raw
        $table = $readme.Substring($readme.IndexOf('| There | Here |'))
        $table = $table.Substring(0, $table.IndexOf('## Resources'))
        [regex]::Matches($table, '`(Get-MonitorToken[^`]+)`') | ForEach-Object { @{ Line = $_.Groups[1].Value.Replace('\|', '|') } } | Where-Object { $_.Line -notmatch 'AzureCli|AzurePowerShell|Interactive' }
    ) {
        Invoke-Expression $line | Should -Not -BeNullOrEmpty
    }
}
