# How objects are displayed: the same in every culture, whole, and in every runspace, without a file that a policy refuses.
BeforeDiscovery {
    $cultures = 'en-US', '', 'th-TH', 'fa-IR', 'ar-SA' | ForEach-Object { @{ Culture = $_ } }
    $widths = foreach ($culture in $cultures) { foreach ($width in 80, 120) { @{ Culture = $culture.Culture; Width = $width } } }
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"

    # The types cannot be created from outside; a display needs no token behind them.
    $definitions = @'
function New-Shown([type] $Type, [object[]] $Arguments, [hashtable] $Properties) {
    $item = $Type.GetConstructors([Reflection.BindingFlags] 'Instance, NonPublic')[0].Invoke($Arguments)
    foreach ($name in $Properties.Keys) { $Type.GetProperty($name).SetValue($item, $Properties[$name]) }
    $item
}
$time = [datetimeoffset]::new(2026, 11, 27, 5, 22, 57, [timespan]::Zero)
$identity = 'fd65eb39-13e3-4ac4-a8fe-086009a4bf70'
$reason = 'The identity has no access, says https://api.loganalytics.io: AZURE_FEDERATED_TOKEN_FILE names no file of 1270cb96-bc0b-4f7f-9447-629a175759fb.'
$token, $unnamed = foreach ($audience in @('CustomMetrics', 'https://monitoring.azure.com/'), @($null, 'https://prometheus.monitor.azure.com/')) {
    New-Shown ([MonitorToken.AccessToken]) ([securestring]::new()) @{
        ResourceName = $audience[0]; Resource = $audience[1]; Scopes = [string[]] 'x'; TokenType = 'Bearer'; CredentialName = 'ManagedIdentity'
        ExpiresOn = $time; RefreshOn = $time; NotBefore = $time; Identity = $identity
    }
}
$test = New-Shown ([MonitorToken.CredentialTest]) $null @{
    CredentialName = 'AzureDeveloperCli'; Status = [MonitorToken.CredentialTestStatus]::Refused; Elapsed = [timespan]::FromSeconds(123.4)
    Identity = $identity; Reason = $reason; RecommendedAction = $reason; ExpiresOn = $time
}
$claims = New-Shown ([MonitorToken.TokenClaims]) (, [Collections.Generic.Dictionary[string, object]]::new()) @{ ExpiresOn = $time }
'@
    . ([scriptblock]::Create($definitions))
    $null = Get-MonitorResource

    Add-Type @'
using System.Collections.Generic; using System.Management.Automation; using System.Management.Automation.Host;
public sealed class NoScripts : AuthorizationManager {
    public NoScripts() : base("NoScripts") { }
    public static readonly List<string> Asked = new List<string>();
    protected override bool ShouldRun(CommandInfo command, CommandOrigin origin, PSHost host, out System.Exception reason) {
        reason = null;
        if (!(command is ExternalScriptInfo) || command.Definition.EndsWith(".psd1")) { return true; }
        lock (Asked) { Asked.Add(command.Definition); }
        return false;
    } }
public static class Allocation { public static long Of(System.Action<System.Management.Automation.PSCmdlet> call) {
    for (int i = 0; i < 100; i++) call(null);
    long before = System.GC.GetAllocatedBytesForCurrentThread();
    for (int i = 0; i < 1000; i++) call(null);
    return System.GC.GetAllocatedBytesForCurrentThread() - before; } }
'@

    $culture = [cultureinfo]::CurrentCulture
    $binding = [Reflection.BindingFlags] 'Static, NonPublic, Public'
    $views = (Get-Command Get-MonitorResource).ImplementingType.Assembly.GetType('MonitorToken.Commands.Views')
    $database = $views.Assembly.GetType('MonitorToken.Commands.FormatDatabase')
    $all = $views.GetNestedType('Definitions', $binding).GetField('All', $binding).GetValue($null)

    # Runs a script in a new runspace, and fails with its first error.
    function Invoke-Runspace([string] $Script, [object[]] $Arguments, $State = [initialsessionstate]::CreateDefault2()) {
        $runspace = [runspacefactory]::CreateRunspace($State)
        $runspace.Open()
        $shell = [powershell]::Create($runspace)
        try {
            $null = $shell.AddScript($Script)
            foreach ($argument in @($env:MONITORTOKEN_MODULE) + $Arguments) { $null = $shell.AddArgument($argument) }
            $shell.Invoke()
            if ($shell.Streams.Error.Count) { throw $shell.Streams.Error[0] }
        }
        finally {
            $shell.Dispose()
            $runspace.Dispose()
        }
    }

    function Get-Line($Item, [int] $Width) { ($Item | Out-String -Width $Width) -split '\r?\n' }

    # The text of the last column, whose first line begins where its heading does.
    function Get-LastColumn([string[]] $Lines, [string] $Heading) {
        $head = [array]::FindIndex($Lines, [Predicate[string]] { $args[0] -match $Heading })
        $first = $Lines[$head].IndexOf($Heading)
        $rows = $Lines | Select-Object -Skip ($head + 2) | Where-Object { $_ }
        ($rows | ForEach-Object { if ($_.Length -gt $first) { $_.Substring($first).Trim() } }) -join ' '
    }
}

AfterAll {
    [cultureinfo]::CurrentCulture = $culture
}

Describe 'The display of a token' {
    It 'has the whole identity and audience, and a Gregorian year: culture <culture>, <width> columns' -ForEach $widths {
        try {
            [cultureinfo]::CurrentCulture = $culture
            $lines = Get-Line ($token, $unnamed) $width
            $list = $token | Format-List | Out-String -Width $width
        }
        finally { [cultureinfo]::CurrentCulture = '' }
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual $width }
        $lines | Should -Contain '   Identity: fd65eb39-13e3-4ac4-a8fe-086009a4bf70 (ManagedIdentity)'
        $lines | Should -Contain 'CustomMetrics       2026-11-27 05:22:57 https://monitoring.azure.com/'
        $lines | Should -Contain '(unnamed)           2026-11-27 05:22:57 https://prometheus.monitor.azure.com/'
        foreach ($name in 'ExpiresOn', 'RefreshOn', 'NotBefore') { $list | Should -Match "(?m)^$name +: 2026-11-27 05:22:57Z\r?$" }
    }

    It 'has the expiry of a deserialized one: <as>' -ForEach @(
        @{ As = 'a DateTimeOffset'; Value = { $time } }
        @{ As = 'a DateTimeOffset of another zone'; Value = { $time.ToOffset([timespan]::FromHours(5)) } }
        @{ As = 'a deserialized DateTimeOffset'; Value = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($time, 2)) } }
        @{ As = 'a DateTime'; Value = { $time.UtcDateTime } }
        @{ As = 'a local DateTime'; Value = { $time.LocalDateTime } }
        @{ As = 'a string'; Value = { '11/27/2026 05:22:57 +00:00' } }
    ) {
        $item = [pscustomobject] @{ PSTypeName = 'Deserialized.MonitorToken.AccessToken'; Resource = 'x'; ResourceName = $null; ExpiresOn = & $value; CredentialName = 'c'; Identity = $null }
        Set-StrictMode -Version Latest
        try {
            [cultureinfo]::CurrentCulture = 'th-TH'
            (Get-Line $item 80) -match '^\(unnamed\) +2026-11-27 05:22:57 x$' | Should -HaveCount 1
        }
        finally { [cultureinfo]::CurrentCulture = '' }
    }

    It 'is the same after CLIXML and a job, in strict mode' {
        Set-StrictMode -Version Latest
        $token, $unnamed, $test | Export-Clixml $TestDrive/items.xml
        $job = Start-Job { Import-Clixml $args[0] } -ArgumentList "$TestDrive/items.xml"
        foreach ($items in (Import-Clixml $TestDrive/items.xml), ($job | Receive-Job -Wait -AutoRemoveJob)) {
            $lines = Get-Line $items[0, 1] 80
            $lines -match '2026-11-27 05:22:57' | Should -HaveCount 2
            $lines -match [regex]::Escape("$identity (ManagedIdentity)") | Should -HaveCount 1
            (Get-Line $items[2] 80) -match 'AzureDeveloperCli Refused +123\.4 s' | Should -HaveCount 1
        }
        $Error | Where-Object { $_ -match 'UtcDateTime' } | Should -BeNullOrEmpty
    }
}

Describe 'The display of a test' {
    It 'breaks no word and cuts nothing: culture <culture>, <width> columns' -ForEach $widths {
        try {
            [cultureinfo]::CurrentCulture = $culture
            $lines = Get-Line $test $width
            $list = Get-Line ($test | Format-List) $width
        }
        finally { [cultureinfo]::CurrentCulture = '' }
        foreach ($line in $lines + $list) { $line.Length | Should -BeLessOrEqual $width }
        Get-LastColumn $lines 'Identity or reason' | Should -BeExactly "${identity}: $reason"
        $lines -match '^AzureDeveloperCli Refused +123\.4 s ' | Should -HaveCount 1
        $shown = ($list -join "`n") -replace '\s+', ' '
        $shown | Should -BeLike "* ExpiresOn : 2026-11-27 05:22:57Z *"
        foreach ($name in 'Reason', 'RecommendedAction') { $shown.Contains("$name : $reason") | Should -BeTrue }
    }
}

Describe 'The display of claims and credentials' {
    It 'has Gregorian years: <culture>' -ForEach $cultures {
        $credential = Get-MonitorTokenCredential -ManagedIdentity
        $credential.GetType().BaseType.BaseType.GetMethods([Reflection.BindingFlags] 'Instance, NonPublic') | Where-Object Name -eq RecordExpiry |
            Select-Object -First 1 | ForEach-Object { $null = $_.Invoke($credential, @(, $token)) }
        try {
            [cultureinfo]::CurrentCulture = $culture
            $claims | Out-String | Should -Match '(?m)^ExpiresOn +: 2026-11-27 05:22:57Z\r?$'
            $credential | Format-List | Out-String | Should -Match '(?m)^TokenExpiresOn +: 2026-11-27 05:22:57Z\r?$'
        }
        finally { [cultureinfo]::CurrentCulture = '' }
        $credential | Out-String | Should -Match '(?m)^Name +Environment +ClientId'
    }
}

Describe 'A terminal' {
    It 'of 80 and of 120 columns displays all of it' {
        if (@(Get-Command script, stty -CommandType Application -ErrorAction Ignore).Count -lt 2 -or -not $IsLinux) {
            Set-ItResult -Skipped -Because 'this machine has no script of util-linux and no stty, which give a process a terminal'
            return
        }
        $program = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $library = if ((Split-Path $program -LeafBase) -eq 'dotnet') { Join-Path $PSHOME 'pwsh.dll' }
        Set-Content $TestDrive/show.ps1 @"
`$PSStyle.OutputRendering = 'PlainText'
Import-Module '$env:MONITORTOKEN_MODULE'
`$null = Get-MonitorResource
$definitions
foreach (`$width in 80, 120) {
    stty cols `$width
    foreach (`$i in 1..50) { if (`$Host.UI.RawUI.BufferSize.Width -eq `$width) { break }; Start-Sleep -Milliseconds 100 }
    foreach (`$culture in 'en-US', '') {
        [cultureinfo]::CurrentCulture = `$culture
        "<`$width"
        `$token, `$unnamed | Out-Default
        "|"
        `$test | Out-Default
        ">"
    }
}
"@
        $text = script -qec "'$program' $library -NoProfile -NonInteractive -File '$TestDrive/show.ps1'" /dev/null | Out-String
        $shown = [regex]::Matches(($text -replace '\r' -replace '\x1b\[[?\d;]*[a-zA-Z]'), '(?s)<(80|120)\n(.*?)\|\n(.*?)>')
        $shown | Should -HaveCount 4
        foreach ($part in $shown) {
            $tokens, $tests = $part.Groups[2, 3].Value | ForEach-Object { , ($_ -split '\n') }
            foreach ($line in $tokens + $tests) { $line.Length | Should -BeLessOrEqual ([int] $part.Groups[1].Value) }
            $tokens.Trim() | Should -Contain "Identity: $identity (ManagedIdentity)"
            $tokens | Should -Contain '(unnamed)           2026-11-27 05:22:57 https://prometheus.monitor.azure.com/'
            Get-LastColumn $tests 'Identity or reason' | Should -BeExactly "${identity}: $reason"
        }
    }
}

Describe 'The views' {
    It 'are in no file of the module' {
        Get-ChildItem $env:MONITORTOKEN_MODULE -Recurse -Include *.ps1xml, *.psm1, *.ps1, *.cdxml | Should -BeNullOrEmpty
    }

    # Execution policies, which Windows alone enforces, are decisions of PowerShell's own authorization manager.
    It 'are there where no script may run, and the import asks for none' {
        $state = [initialsessionstate]::CreateDefault2()
        $state.AuthorizationManager = [NoScripts]::new()
        $shown = Invoke-Runspace 'param($module) Import-Module $module -ErrorAction Stop; Get-MonitorResource | Out-String' -State $state
        "$shown" | Should -Match 'Environment: AzureCloud'
        [NoScripts]::Asked -match 'MonitorToken' | Should -BeNullOrEmpty
    }

    It 'come with the first command, and not with the import' {
        $counts = Invoke-Runspace 'param($module)
            $formats = [runspace]::DefaultRunspace.InitialSessionState.Formats
            $formats.Count
            $imported = Import-Module $module -PassThru
            $imported.ExportedFormatFiles.Count + $imported.ExportedTypeFiles.Count
            $formats.Count
            $null = Get-MonitorResource
            $formats.Count'
        $counts[1] | Should -Be 0
        $counts[2] | Should -Be $counts[0]
        $counts[3] | Should -Be ($counts[0] + 6)
    }

    It 'are added once, whatever is imported again' {
        $counts = Invoke-Runspace 'param($module, $token)
            foreach ($i in 1..3) { Import-Module $module -Force; $null = Get-MonitorResource; $null = Get-MonitorTokenCredential -ManagedIdentity; Remove-Module MonitorToken }
            @([runspace]::DefaultRunspace.InitialSessionState.Formats.Where{ $_.FormatData.TypeName -eq "MonitorToken.AccessToken" }).Count
            @((Get-FormatData MonitorToken.AccessToken).FormatViewDefinition).Count
            $token | Out-String' $token
        $counts[0, 1] | Should -Be 1, 2
        $counts[2] | Should -Match 'Identity: '
    }

    It 'cost later commands nothing, not even memory' {
        $register = $views.GetMethod('Register', $binding).CreateDelegate([Action[System.Management.Automation.PSCmdlet]])
        [Allocation]::Of($register) | Should -Be 0
    }

    It 'are in <where>' -ForEach @(
        @{ Where = 'a thread job'; Script = { Start-ThreadJob $show -ArgumentList $env:MONITORTOKEN_MODULE | Receive-Job -Wait -AutoRemoveJob } }
        @{ Where = 'ForEach-Object -Parallel'; Script = { $text = "$show"; 1..4 | ForEach-Object -Parallel { & ([scriptblock]::Create($using:text)) $env:MONITORTOKEN_MODULE } } }
        @{
            Where  = 'a pool, whose runspaces have one initial session state'
            Script = {
                $pool = [runspacefactory]::CreateRunspacePool(2, 4, [initialsessionstate]::CreateDefault2(), $Host)
                $pool.Open()
                $calls = foreach ($i in 1..8) { $shell = [powershell]::Create(); $shell.RunspacePool = $pool; @{ Shell = $shell.AddScript($show).AddArgument($env:MONITORTOKEN_MODULE); Result = $shell.BeginInvoke() } }
                foreach ($call in $calls) { $call.Shell.EndInvoke($call.Result); $call.Shell.Dispose() }
                $pool.Dispose()
            }
        }
        @{ Where = 'a runspace with the session state of another'; Script = {
                $state = [runspace]::DefaultRunspace.InitialSessionState.Clone()
                Invoke-Runspace $show -State $state
            }
        }
    ) {
        $show = [scriptblock]::Create('param($module) Import-Module $module; Get-MonitorResource LogAnalytics | Out-String')
        $shown = @(& $script)
        $shown.Count | Should -BeGreaterThan 0
        foreach ($text in $shown) { $text | Should -Match 'Environment: AzureCloud\s+Name +Aliases +Audience' }
    }

    It 'are in a constrained runspace without Update-FormatData: <mode>' -ForEach @{ Mode = 'ConstrainedLanguage' }, @{ Mode = 'NoLanguage' }, @{ Mode = 'RestrictedLanguage' } {
        $state = [initialsessionstate]::Create()
        $state.LanguageMode = $mode
        foreach ($command in @{ Name = 'Get-MonitorResource'; Type = (Get-Command Get-MonitorResource).ImplementingType }, @{ Name = 'Out-String'; Type = [Microsoft.PowerShell.Commands.OutStringCommand] }) {
            $state.Commands.Add([System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new($command.Name, $command.Type, $null))
        }
        $runspace = [runspacefactory]::CreateRunspace($state)
        $runspace.Open()
        $shell = [powershell]::Create($runspace)
        $null = $shell.AddCommand('Get-MonitorResource').Invoke()
        $shown = foreach ($item in $token, $test) {
            $shell.Commands.Clear()
            $shell.AddCommand('Out-String').AddParameter('Width', 80).Invoke(@($item))
        }
        $shown = -join $shown
        $shell.Streams.Error | Should -BeNullOrEmpty
        $shown | Should -Match '2026-11-27 05:22:57 https://monitoring.azure.com/'
        $shown | Should -Match 'Refused +123\.4 s'
        $runspace.Dispose()
    }

    It 'are left out, without an error, where <why>' -ForEach @(
        @{ Why = 'the session allows no updates'; Change = { $state.DisableFormatUpdates = $true } }
        @{ Why = 'runspaces share a format table'; Change = { $state.Formats.Clear(); $state.Formats.Add([System.Management.Automation.Runspaces.SessionStateFormatEntry]::new([System.Management.Automation.Runspaces.FormatTable]::LoadDefaultFormatFiles())) } }
    ) {
        $state = [initialsessionstate]::CreateDefault2()
        & $change
        $before = $state.Formats.Count
        $shown = Invoke-Runspace 'param($module) Import-Module $module; Get-MonitorResource LogAnalytics | Out-String; $Error.Count; [runspace]::DefaultRunspace.InitialSessionState.Formats.Count' -State $state
        $shown[0] | Should -Match '(?m)^Audience +: https://api.loganalytics.io\r?$'
        $shown[1, 2] | Should -Be 0, $before
    }

    It 'leave the user''s own in place' {
        Set-Content $TestDrive/mine.ps1xml '<Configuration><ViewDefinitions><View><Name>Mine</Name><ViewSelectedBy><TypeName>MonitorToken.AccessToken</TypeName></ViewSelectedBy><TableControl><TableHeaders><TableColumnHeader><Label>Mine</Label></TableColumnHeader></TableHeaders><TableRowEntries><TableRowEntry><TableColumnItems><TableColumnItem><PropertyName>CredentialName</PropertyName></TableColumnItem></TableColumnItems></TableRowEntry></TableRowEntries></TableControl></View></ViewDefinitions></Configuration>'
        foreach ($case in @(
                @{ Mine = $true; Script = 'Update-FormatData -PrependPath $file; $null = Get-MonitorResource' }
                @{ Mine = $true; Script = '$null = Get-MonitorResource; Update-FormatData -PrependPath $file' }
                # PowerShell rebuilds its formats, and ours are among them.
                @{ Mine = $false; Script = '$null = Get-MonitorResource; Update-FormatData -AppendPath $file' })) {
            $shown = Invoke-Runspace "param(`$module, `$token, `$file) Import-Module `$module; $($case.Script); `$token | Out-String; Get-MonitorResource LogAnalytics | Out-String" $token, "$TestDrive/mine.ps1xml"
            $shown[0] -match '(?m)^Mine\r?$' | Should -Be $case.Mine -Because $case.Script
            $shown[0] -match 'Identity: ' | Should -Be (-not $case.Mine) -Because $case.Script
            $shown[1] | Should -Match 'Environment: AzureCloud'
        }
    }

    It 'are loaded by what this PowerShell has inside, and in another one by a rebuild' {
        $script = 'param($module, $database, $all, $token, $method)
            $binding = [Reflection.BindingFlags] "Static, NonPublic, Public"
            $here = [runspace]::DefaultRunspace
            $database.GetMethod("Keep", $binding).Invoke($null, @($here.InitialSessionState, $all))
            $given = if ($method -eq "TryLoad") { @($here, $all) } else { @() }
            [bool] $database.GetMethod($method, $binding).Invoke($null, $given)
            $token | Out-String'
        foreach ($method in 'TryLoad', 'Rebuild') {
            $shown = Invoke-Runspace $script $database, $all, $token, $method
            $shown[0] | Should -BeTrue
            $shown[-1] | Should -Match 'Identity: '
        }
        (Invoke-Runspace $script $database, $all, $token, TryLoad)[1] | Should -BeTrue
    }
}
