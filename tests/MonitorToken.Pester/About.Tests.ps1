# One help topic is for the first steps, one has a section for each way of signing in, one is about errors. All name only
# what exists. (Their examples are run in Snippets.Tests.ps1.)
BeforeDiscovery {
    # Sets that say the same in several ways share a section; on behalf of a user is no set of its own.
    $sections = @{
        ServicePrincipal      = 'ClientSecret'
        CertificatePath       = 'Certificate'
        CertificateThumbprint = 'Certificate'
        FederatedTokenScript  = 'FederatedToken'
        FederatedCredential   = 'FederatedToken'
    }
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $ways = (Get-Command Get-MonitorToken).ParameterSets.Name | ForEach-Object { if ($sections[$_]) { $sections[$_] } else { $_ } }
    $ways = @($ways) + 'OnBehalfOf' | Sort-Object -Unique | ForEach-Object { @{ Way = $_ } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    function Get-Topic([string] $Name) { Get-Content (Join-Path $env:MONITORTOKEN_MODULE "en-US/$Name.help.txt") -Raw }

    $topic = Get-Topic about_MonitorToken_Credentials
    $headings = @{}
    foreach ($section in [regex]::Matches($topic, '(?m)^(?<name>\S[^\r\n]*)\r?\n(?<text>(?:[ \t][^\n]*\n|\r?\n)*)')) {
        $headings[$section.Groups['name'].Value] = $section.Groups['text'].Value
    }
    $source = Get-Content (Join-Path $PSScriptRoot '../../src/MonitorToken/TokenException.cs') -Raw
    $errorIds = [regex]::Matches([regex]::Match($source, '(?s)enum TokenError\s*\{(.*?)\}').Groups[1].Value, '\w+').Value
    $commands = (Get-Command -Module MonitorToken).Name
}

Describe 'The topic <name>' -ForEach @(
    @{ Name = 'about_MonitorToken'; Says = 'first steps' }
    @{ Name = 'about_MonitorToken_Credentials'; Says = 'Every sign-in method' }
    @{ Name = 'about_MonitorToken_Errors'; Says = 'Every error ID' }
) {
    BeforeAll { $text = Get-Topic $name }

    It 'is what Get-Help finds' {
        (Get-Help $name | Out-String) | Should -Match $says
        (Get-Help $name | Out-String).TrimEnd() | Should -BeExactly $text.TrimEnd()
    }

    It 'reads well in 80 columns, in any code page' {
        $text -split '\r?\n' | Where-Object Length -gt 78 | Should -BeNullOrEmpty
        $text | Should -Not -Match '[^\x00-\x7F]'
    }

    It 'names only parameters that exist' {
        $known = @($commands) + 'Read-Host', 'Get-Content', 'Start-Sleep', 'Get-Help', 'Invoke-RestMethod' | ForEach-Object { (Get-Command $_).Parameters.Keys }
        # A dash that follows a word is part of a command's name; an operator begins with a small letter.
        foreach ($match in [regex]::Matches($text, '(?<![\w.])-([A-Z]\w+)')) {
            $known | Should -Contain $match.Groups[1].Value
        }
    }

    It 'names only commands and topics that exist, and points to the other topics' {
        foreach ($match in [regex]::Matches($text, '\w+-Monitor\w+')) {
            $commands | Should -Contain $match.Value
        }
        $topics = [regex]::Matches($text, 'about_\w+').Value | Sort-Object -Unique
        $topics | Should -Be 'about_MonitorToken', 'about_MonitorToken_Credentials', 'about_MonitorToken_Errors'
    }
}

Describe 'The topic about_MonitorToken' {
    It 'is a screen and a half' {
        @((Get-Topic about_MonitorToken) -split '\r?\n').Count | Should -BeLessOrEqual 82
    }

    It 'has the words that people search for: <_>' -ForEach 'service principal', 'client credentials flow', 'managed identity', 'workload identity', 'OAuth 2.0', 'bearer token', 'authentication' {
        # Lines wrap anywhere.
        (Get-Topic about_MonitorToken) -replace '\s+', ' ' | Should -Match ([regex]::Escape($_))
        (Get-Content (Join-Path $PSScriptRoot '../../README.md') -TotalCount 10) -join ' ' | Should -Match ([regex]::Escape($_))
        if ($_ -notin 'workload identity', 'authentication') { (Get-Help Get-MonitorToken).Synopsis | Should -Match ([regex]::Escape(($_ -replace ' flow'))) }
    }
}

Describe 'The topic about_MonitorToken_Errors' {
    BeforeAll { $text = Get-Topic about_MonitorToken_Errors }

    It 'has the category that <_> really has' -ForEach @(
        $source = Get-Content (Join-Path $PSScriptRoot '../../src/MonitorToken/TokenException.cs') -Raw
        [regex]::Matches([regex]::Match($source, '(?s)enum TokenError\s*\{(.*?)\}').Groups[1].Value, '\w+').Value
    ) {
        $assembly = (Get-Command Get-MonitorToken).ImplementingType.Assembly
        $id = [MonitorToken.AccessToken].Assembly.GetType('MonitorToken.TokenError')::$_
        $category = $assembly.GetType('MonitorToken.Commands.ErrorRecords').GetMethod('CategoryOf', [System.Reflection.BindingFlags] 'NonPublic, Static').Invoke($null, @($id))
        $text | Should -Match "(?m)^    $_ \($category\)\r?`$"
    }

    It 'names every property of the exception' {
        foreach ($property in [MonitorToken.TokenException].GetProperties([System.Reflection.BindingFlags] 'Public, Instance, DeclaredOnly').Name) {
            $text | Should -Match "\b$property\b"
        }
        foreach ($property in [MonitorToken.RequestException].GetProperties([System.Reflection.BindingFlags] 'Public, Instance, DeclaredOnly').Name) {
            $text | Should -Match "\b$property\b"
        }
    }

    It 'has examples that run: a look at an error, and a job that gets past a service that is down' {
        # Indented by eight, up to a line that is not.
        $look, $job = [regex]::Matches($text, '(?m)^        (?:try \{|for \()[^\r\n]*(?:\r?\n {8}[^\r\n]*)+').Value
        # The look for the service, and the request with its two repetitions.
        Clear-Emulator
        Add-Fault @{ status = 503; times = 4 }
        (Invoke-Expression $look) -match '^AuthorityUnreachable,' | Should -HaveCount 1
        Clear-MonitorTokenCache
        Clear-Emulator
        Add-Fault @{ status = 503; times = 4 }
        . ([scriptblock]::Create($job))
        $header.Authorization | Should -BeLike 'Bearer *'
        $try | Should -Be 2
        (Get-Request).statusCode | Should -Be 503, 503, 503, 503, 200
    }
}

Describe 'The topic about_MonitorToken_Credentials, way by way,' {
    It 'has no more than 3,000 words' {
        [regex]::Matches($topic, '\S*\w\S*').Count | Should -BeLessOrEqual 3000
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

    It 'names only error ids that exist, and all that signing in gives' {
        $named = [regex]::Matches($topic, '(?m)^    ([A-Z]\w+(?:, [A-Z]\w+)*)\r?$').Value -split ',' | ForEach-Object Trim | Sort-Object -Unique
        $named | Where-Object { $_ -notin $errorIds } | Should -BeNullOrEmpty
        # That one is ConvertFrom-MonitorToken's.
        foreach ($id in $errorIds | Where-Object { $_ -ne 'InvalidToken' }) { $topic | Should -Match "\b$id\b" }
    }
}
