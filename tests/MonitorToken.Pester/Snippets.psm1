# What a page shows to be typed: its blocks of PowerShell, the scripts in its blocks of YAML, and one-liners in its text.
$own = 'Get-MonitorToken', 'Get-MonitorTokenCredential', 'Test-MonitorTokenCredential', 'ConvertFrom-MonitorToken', 'Clear-MonitorTokenCache', 'Get-MonitorResource', 'Invoke-MonitorRestMethod'
$fence = '(?ms)^(?<indent>[ ]*)```(?<language>\w*)[^\n]*\n(?<code>.*?)^[ ]*```'

# Each as Page and Code. What several pages show is there once.
function Get-Snippet {
    param([Parameter(Mandatory)] [string[]] $Path)
    $seen = [System.Collections.Generic.HashSet[string]]::new()
    foreach ($file in $Path) {
        $text = (Get-Content $file -Raw).Replace("`r", '')
        $codes = foreach ($block in [regex]::Matches($text, $fence)) {
            switch ($block.Groups['language'].Value) {
                powershell { $block.Groups['code'].Value }
                # A session, with what was answered in between.
                console { ($block.Groups['code'].Value -split '\n' -match '^PS> ' -replace '^PS> ') -join "`n" }
                # What a job fills in before it runs a script, is a variable here.
                yaml { (Get-YamlScript $block.Groups['code'].Value) -replace '\$\{\{ *(?:vars|secrets|env)\.(\w+) *\}\}', '$env:$1' -replace '\$\((\w+)\)', '$$$1' }
            }
        }
        $lines = [regex]::Matches(($text -replace $fence), "``((?:$($own -join '|')) [^``]+)``") | ForEach-Object { $_.Groups[1].Value.Replace('\|', '|') }
        foreach ($code in @($codes) + @($lines) | Where-Object { $_ }) {
            if ($seen.Add($code.Trim())) { @{ Page = Split-Path $file -Leaf; Code = $code.Trim() } }
        }
    }
}

function Get-YamlScript([string] $Yaml) {
    $key, $script = $null, $null
    foreach ($line in $Yaml -split '\n') {
        $column = $line.Length - $line.TrimStart(' ', '-').Length
        if ($null -ne $script -and $line.Trim() -and $column -le $key) { $script -join "`n"; $script = $null }
        if ($null -ne $script) { $script += @($line) }
        elseif ($line -match '^[ -]*(?:run|pwsh|powershell|inlineScript): (?<rest>.+)$') {
            $key = $column
            if ($Matches['rest'] -match '^[|>]') { $script = @() } else { $Matches['rest'] }
        }
    }
    if ($script) { $script -join "`n" }
}

# The calls of the module's commands in it.
function Get-Call([string] $Code) {
    $problems = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $problems)
    if ($problems) { throw "$($problems[0].Message) in: $Code" }
    $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | Where-Object { $_.GetCommandName() -like '*-Monitor*' }
}

# Whether it only mentions a command: with values left out.
function Test-Mention([string] $Code) {
    if ($Code.Contains('…')) { return $true }
    foreach ($call in Get-Call $Code) {
        $parameters = (Get-Command $call.GetCommandName()).Parameters
        for ($i = 1; $i -lt $call.CommandElements.Count; $i++) {
            $element = $call.CommandElements[$i]
            if ($element -isnot [System.Management.Automation.Language.CommandParameterAst] -or $element.Argument) { continue }
            $parameter = $parameters[$element.ParameterName]
            if ($parameter -and $parameter.SwitchParameter) { continue }
            if ($i + 1 -ge $call.CommandElements.Count -or $call.CommandElements[$i + 1] -is [System.Management.Automation.Language.CommandParameterAst]) { return $true }
        }
    }
    $false
}

# Fails for a command or parameter that does not exist, and for parameters that do not go together.
function Assert-Call([string] $Code) {
    foreach ($call in Get-Call $Code) {
        $command = Get-Command $call.GetCommandName()
        $given = @($call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] } | ForEach-Object ParameterName)
        foreach ($name in $given) { $command.Parameters.Keys | Should -Contain $name -Because $call.Extent.Text }
        if (Test-Mention $Code) { continue }
        $isSplatted = [bool] ($call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.VariableExpressionAst] -and $_.Splatted })
        $command.ParameterSets | Where-Object {
            $of = $_.Parameters
            -not ($given | Where-Object { $_ -notin $of.Name }) -and
            ($isSplatted -or -not ($of | Where-Object { $_.IsMandatory -and -not $_.ValueFromPipeline -and $_.Position -lt 0 -and $_.Name -notin $given }))
        } | Should -Not -BeNullOrEmpty -Because $call.Extent.Text
    }
}

Export-ModuleMember -Function Get-Snippet, Get-Call, Test-Mention, Assert-Call
