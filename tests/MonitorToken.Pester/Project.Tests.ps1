# What those who carry on are told is so: links lead somewhere, and what CONTRIBUTING names is there.
BeforeDiscovery {
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
    $files = Get-ChildItem $root -Recurse -File -Force | Where-Object { [System.IO.Path]::GetRelativePath($root, $_.FullName) -notmatch '(^|[\\/])(\.git|bin|obj|out)[\\/]' }
    $pages = $files | Where-Object Extension -eq '.md' | ForEach-Object { @{ Page = [System.IO.Path]::GetRelativePath($root, $_.FullName) } }
    $documents = $files | Where-Object Extension -eq '.json' | ForEach-Object { @{ Document = [System.IO.Path]::GetRelativePath($root, $_.FullName) } }
}

BeforeAll {
    $root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path

    # The text without what is code: there a bracket is no link, and a number sign no heading.
    function Get-Prose([string] $Path) {
        (Get-Content $Path -Raw) -replace '(?ms)^ *```.*?^ *```', '' -replace '`[^`\n]+`', 'code'
    }

    # As GitHub makes them of headings: a second one of the same words gets a number.
    function Get-Anchor([string] $Path) {
        $seen = @{}
        $text = (Get-Content $Path -Raw) -replace '(?ms)^ *```.*?^ *```', ''
        foreach ($heading in [regex]::Matches($text, '(?m)^#{1,6} +(.+?)\r?$')) {
            $words = $heading.Groups[1].Value -replace '\[([^\]]*)\]\([^)]*\)', '$1'
            $anchor = $words.ToLowerInvariant() -replace '[^\p{L}\p{N} _-]', '' -replace ' ', '-'
            $count = [int] $seen[$anchor]
            $seen[$anchor] = $count + 1
            if ($count) { "$anchor-$count" } else { $anchor }
        }
        [regex]::Matches($text, '<a (?:id|name)="([^"]+)"') | ForEach-Object { $_.Groups[1].Value }
    }
}

Describe 'The links of <page>' -ForEach $pages {
    It 'lead somewhere' {
        $path = Join-Path $root $page
        $links = [regex]::Matches((Get-Prose $path), '\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|(?m)^\[[^\]]+\]:\s*(\S+)|<(?:img|source)[^>]+src(?:set)?="([^"]+)"') |
            ForEach-Object { $_.Groups[1].Value + $_.Groups[2].Value + $_.Groups[3].Value } |
            Where-Object { $_ -notmatch '^[a-z]+:' }
        foreach ($link in $links) {
            $target, $anchor = $link -split '#', 2
            $target = if ($target) { Join-Path (Split-Path $path) ([uri]::UnescapeDataString($target)) } else { $path }
            Test-Path $target | Should -BeTrue -Because "$link is where nothing is"
            if ($anchor) { Get-Anchor $target | Should -Contain $anchor -Because "$link is no heading there" }
        }
    }
}

Describe 'The file <document>' -ForEach $documents {
    It 'is JSON' {
        { Get-Content (Join-Path $root $document) -Raw | ConvertFrom-Json -AsHashtable } | Should -Not -Throw
    }
}

Describe 'build.ps1' {
    It 'packs for each platform, or for those that are named' {
        $parameter = (Get-Command (Join-Path $root build.ps1)).Parameters['Platform']
        $parameter.ParameterType | Should -Be ([string[]])
        $platforms = $parameter.Attributes.ValidValues
        $platforms | Should -Be 'linux-x64', 'win-x64', 'osx-arm64'
        # Without the parameter all of them; the package's own test has the same.
        $tree = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $root build.ps1), [ref] $null, [ref] $null)
        ($tree.ParamBlock.Parameters | Where-Object { $_.Name.VariablePath.UserPath -eq 'Platform' }).DefaultValue.SafeGetValue() | Should -Be $platforms
        $expected = Get-Content (Join-Path $PSScriptRoot Package.Tests.ps1) -Raw
        foreach ($platform in $platforms) { $expected | Should -Match "net10\.0/$platform'" }
    }
}

Describe 'CONTRIBUTING' {
    BeforeAll {
        $text = Get-Content (Join-Path $root CONTRIBUTING.md) -Raw
        $code = [regex]::Matches($text, '`([^`\n]+)`').ForEach({ $_.Groups[1].Value })
        $words = ($code -join ' ') -split '\s+'
    }

    It 'names files and folders that are there' {
        $paths = $words | Where-Object { $_ -match '^\.?[A-Za-z][\w.-]*/' -or $_ -match '\.(cs|ps1|md|yml|props|txt|sln)$' -or $_ -match '^\.\w+$' } | Where-Object { $_ -notmatch '^(out|obj)/' }
        $paths.Count | Should -BeGreaterThan 25
        # A source file may go by its name alone.
        $sources = (Get-ChildItem (Join-Path $root src) -Recurse -Filter *.cs).Name
        foreach ($path in $paths) { $path -in $sources -or (Test-Path (Join-Path $root $path)) | Should -BeTrue -Because "$path is named" }
    }

    It 'names tasks of build.ps1 and classes of tests that are there' {
        $tasks = (Get-Command (Join-Path $root build.ps1)).Parameters['Task'].Attributes.ValidValues
        foreach ($call in [regex]::Matches($text, 'build\.ps1 (\w+)')) { $tasks | Should -Contain $call.Groups[1].Value }
        foreach ($call in [regex]::Matches($text, '-(class|namespace) MonitorToken\.(\w+)\.([\w.]+)')) {
            $project, $rest = $call.Groups[2].Value, $call.Groups[3].Value.Replace('.', '/')
            $path = Join-Path $root "tests/MonitorToken.$project/$rest$(if ($call.Groups[1].Value -eq 'class') { '.cs' })"
            Test-Path $path | Should -BeTrue -Because "$call is named"
        }
    }

    It 'names base classes that the engine has, for ways of signing in' {
        foreach ($name in [regex]::Matches($text, '`(\w+Credential)`').ForEach({ $_.Groups[1].Value })) {
            Test-Path (Join-Path $root "src/MonitorToken.Engine/*/$name.cs") | Should -BeTrue -Because "$name is named"
        }
    }
}
