# The help topic has a section for each way of signing in, and names only what exists.
BeforeDiscovery {
    # Sets that say the same in several ways share a section; on behalf of a user is no set of its own.
    $sections = @{
        ServicePrincipal      = 'ClientSecret'
        CertificatePath       = 'Certificate'
        CertificateThumbprint = 'Certificate'
        FederatedTokenScript  = 'FederatedToken'
    }
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $ways = (Get-Command Get-MonitorToken).ParameterSets.Name | ForEach-Object { if ($sections[$_]) { $sections[$_] } else { $_ } }
    $ways = @($ways) + 'OnBehalfOf' | Sort-Object -Unique | ForEach-Object { @{ Way = $_ } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $topic = Get-Content (Join-Path $env:MONITORTOKEN_MODULE 'en-US/about_MonitorToken_Credentials.help.txt') -Raw
    $headings = @{}
    foreach ($section in [regex]::Matches($topic, '(?m)^(?<name>\S[^\r\n]*)\r?\n(?<text>(?:[ \t][^\n]*\n|\r?\n)*)')) {
        $headings[$section.Groups['name'].Value] = $section.Groups['text'].Value
    }
    $source = Get-Content (Join-Path $PSScriptRoot '../../src/MonitorToken/TokenException.cs') -Raw
    $errorIds = [regex]::Matches([regex]::Match($source, '(?s)enum TokenError\s*\{(.*?)\}').Groups[1].Value, '\w+').Value
    $commands = 'Get-MonitorToken', 'Get-MonitorTokenCredential', 'Test-MonitorTokenCredential', 'ConvertFrom-MonitorToken', 'Get-MonitorResource', 'Clear-MonitorTokenCache'
}

Describe 'The topic about_MonitorToken_Credentials' {
    It 'is what Get-Help finds' {
        (Get-Help about_MonitorToken_Credentials | Out-String) | Should -Match 'Every way of signing in'
    }

    It 'leads to the errors, which Get-Help finds too' {
        $topic | Should -Match 'about_MonitorToken_Errors'
        (Get-Help about_MonitorToken_Errors | Out-String) | Should -Match 'RetryAfter'
    }

    It 'reads well in 80 columns, in any code page' {
        $topic -split '\r?\n' | Where-Object Length -gt 78 | Should -BeNullOrEmpty
        $topic | Should -Not -Match '[^\x00-\x7F]'
    }

    It 'tells of <way>: when, what it needs, an example, its errors' -ForEach $ways {
        $headings.Keys | Should -Contain $way
        foreach ($part in 'When:', 'Needs:', 'Example:', 'Errors:') {
            $headings[$way] | Should -Match "(?m)^    $part"
        }
    }

    It 'names every parameter that says as whom' {
        $common = [System.Management.Automation.Cmdlet]::CommonParameters
        foreach ($name in (Get-Command Get-MonitorTokenCredential).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $topic | Should -Match "-$name\b"
        }
    }

    It 'names only parameters that exist' {
        $known = $commands + 'Read-Host', 'Get-Content' | ForEach-Object { (Get-Command $_).Parameters.Keys }
        # A dash that follows a word is part of a command's name.
        foreach ($match in [regex]::Matches($topic, '(?<![\w.])-([A-Z]\w+)')) {
            $known | Should -Contain $match.Groups[1].Value
        }
    }

    It 'names only commands that exist' {
        foreach ($match in [regex]::Matches($topic, '\w+-Monitor\w+')) {
            $commands | Should -Contain $match.Value
        }
    }

    It 'names only error ids that exist, and all that signing in gives' {
        $named = [regex]::Matches($topic, '(?m)^    ([A-Z]\w+(?:, [A-Z]\w+)*)\r?$').Value -split ',' | ForEach-Object Trim | Sort-Object -Unique
        $named | Where-Object { $_ -notin $errorIds -and $_ -notin $commands -and $_ -notin 'about_MonitorToken_Credentials', 'about_MonitorToken_Errors' } | Should -BeNullOrEmpty
        # That one is ConvertFrom-MonitorToken's.
        $errorIds | Where-Object { $_ -ne 'InvalidToken' -and $_ -notin $named } | Should -BeNullOrEmpty
    }

    It 'has examples in PowerShell that bind: <way>' -ForEach ($ways | Where-Object { $_.Way -notin 'GitHubActions', 'AzurePipelines' }) {
        $example = [regex]::Match($headings[$way], '(?s)    Example:\s*\n(.*?)    Errors:').Groups[1].Value
        $problems = $null
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($example, [ref] $null, [ref] $problems)
        $problems | Should -BeNullOrEmpty
        $calls = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | Where-Object { $_.GetCommandName() -like '*-Monitor*' }
        $calls | Should -Not -BeNullOrEmpty
        foreach ($call in $calls) {
            $given = @($call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] } | ForEach-Object ParameterName)
            (Get-Command $call.GetCommandName()).ParameterSets | Where-Object {
                $own = $_.Parameters
                -not ($given | Where-Object { $_ -notin $own.Name }) -and -not ($own | Where-Object { $_.IsMandatory -and -not $_.ValueFromPipeline -and $_.Name -notin $given })
            } | Should -Not -BeNullOrEmpty -Because $call.Extent.Text
        }
    }
}
