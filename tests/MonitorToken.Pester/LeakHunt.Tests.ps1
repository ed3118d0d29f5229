# One session that signs in by every way, well and badly, at -Debug; then everything that it has told, written, left on
# disk or given to other programs is searched for every secret that there was.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $source = Get-Content "$PSScriptRoot/../MonitorToken.Proofs/Leaks/Canaries.cs" -Raw
    Add-Type -TypeDefinition ("#nullable enable`nusing System; using System.Collections.Generic; using System.Linq;`n" + $source)

    # The folders in which the session finds its tools and leaves its files.
    function New-Hunt([string] $Name) {
        $folder = "$TestDrive/$Name"
        foreach ($inner in 'home', 'tmp', 'work', 'tools', 'given/modules/Az.Accounts') { $null = New-Item "$folder/$inner" -ItemType Directory }
        foreach ($tool in 'az', 'azd', 'pwsh') {
            Set-Content "$folder/tools/$tool" @'
#!/bin/sh
{ printf '%s\n' "$0" "$@"; export -p; } >> "$HUNT_FOLDER/tools.txt"
cat "$HUNT_ANSWER"
! grep -q ERROR "$HUNT_ANSWER"
'@
            chmod +x "$folder/tools/$tool"
        }
        Set-Content "$folder/tools/xdg-open" "#!/bin/sh`nprintf %s `"`$1`" > `"`$HUNT_FOLDER/given/address.part`"; mv `"`$HUNT_FOLDER/given/address.part`" `"`$HUNT_FOLDER/given/address`""
        chmod +x "$folder/tools/xdg-open"
        $folder
    }

    # Runs the session, and is the person who accepts in its browser.
    function Start-Hunt([string] $Folder, [string[]] $Only, [hashtable] $Variables = @{}) {
        $program = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
        $start = [System.Diagnostics.ProcessStartInfo]::new($program)
        if ((Split-Path $program -LeafBase) -eq 'dotnet') { $start.ArgumentList.Add((Join-Path $PSHOME 'pwsh.dll')) }
        $arguments = if ($Only) { " -Only $($Only -join ',')" }
        foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', "& '$PSScriptRoot/LeakHunt.ps1'$arguments") { $start.ArgumentList.Add($argument) }
        $start.WorkingDirectory = "$Folder/work"
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $mine = @{
            HUNT_FOLDER = $Folder; HUNT_SECRETS = "$TestDrive/secrets.txt"
            HOME = "$Folder/home"; TMPDIR = "$Folder/tmp"; XDG_DATA_HOME = "$Folder/home/data"; XDG_CONFIG_HOME = "$Folder/home/config"; XDG_CACHE_HOME = "$Folder/home/cache"
            DISPLAY = ':0'
            PSModulePath = "$Folder/given/modules" + [IO.Path]::PathSeparator + $env:PSModulePath
        } + $Variables
        foreach ($name in $mine.Keys) { $start.Environment[$name] = $mine[$name] }
        $process = [System.Diagnostics.Process]::Start($start)
        $output, $problems = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
        for ($i = 0; $i -lt 2400 -and -not $process.WaitForExit(50); $i++) {
            if (Test-Path "$Folder/given/address") {
                $address = Get-Content "$Folder/given/address" -Raw
                Remove-Item "$Folder/given/address"
                $answer = Invoke-WebRequest $address -Method Post -Body @{ decision = 'accept' }
                $fields = @{}
                foreach ($field in $answer.InputFields) { $fields[$field.name] = [System.Net.WebUtility]::HtmlDecode($field.value) }
                $null = $answer.Content -match 'action="([^"]+)"'
                $null = Invoke-WebRequest ([System.Net.WebUtility]::HtmlDecode($Matches[1])) -Method Post -Body $fields
            }
        }
        if (-not $process.HasExited) { $process.Kill($true); throw 'The session has not ended.' }
        Set-Content "$Folder/console.txt" ($output.Result + $problems.Result)
    }

    # What the session has left, file by file; without what it was given to read.
    function Get-Trace([string] $Folder) {
        Get-ChildItem $Folder -Recurse -File -Force | Where-Object FullName -NotMatch '/(given|tools)/' | Sort-Object FullName
    }

    # The names of the files in which there is a secret.
    function Find-Leak([string] $Folder, [MonitorToken.Proofs.Leaks.Canaries] $Canaries) {
        foreach ($file in Get-Trace $Folder) {
            foreach ($found in $Canaries.In([IO.File]::ReadAllBytes($file.FullName))) { "$([IO.Path]::GetRelativePath($Folder, $file.FullName)): $found" }
        }
    }

    # Everything that went over the wire, and what did not. What the environment holds already, every program has.
    function Get-Secret {
        $all = @(Invoke-RestMethod $env:EMULATOR_ADMIN/secrets | ForEach-Object { $_ }) + @(Get-Content "$TestDrive/secrets.txt")
        $inherited = [Environment]::GetEnvironmentVariables().Values
        $all | Where-Object { $_ -notin $inherited } | Select-Object -Unique
    }
}

Describe 'Leaks' -Skip:(-not $IsLinux) {
    BeforeAll {
        Clear-Emulator
        $hunt = New-Hunt all
        Start-Hunt $hunt
        # The library remembers the first host of managed identities that it has found, so each has a session.
        foreach ($variables in
            @{ IDENTITY_ENDPOINT = $env:EMULATOR_MSI_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_MSI_SECRET },
            @{ IDENTITY_ENDPOINT = $env:EMULATOR_ARC_ENDPOINT; IMDS_ENDPOINT = 'http://localhost' },
            @{ MSI_ENDPOINT = $env:EMULATOR_CLOUD_SHELL_ENDPOINT },
            @{ IDENTITY_ENDPOINT = $env:EMULATOR_SERVICE_FABRIC_ENDPOINT; IDENTITY_HEADER = $env:EMULATOR_SERVICE_FABRIC_HEADER; IDENTITY_SERVER_THUMBPRINT = $env:EMULATOR_SERVICE_FABRIC_THUMBPRINT }) {
            if ($variables.Values -notcontains $null) { Start-Hunt $hunt ManagedIdentity $variables }
        }
        $canaries = [MonitorToken.Proofs.Leaks.Canaries]::new([string[]] (Get-Secret))
        $streams = Get-Content "$hunt/streams.txt" -Raw
    }

    It 'were looked for among the secrets of every way, while it worked and while it did not' {
        $canaries.Count | Should -BeGreaterThan 60
        foreach ($way in 'ClientSecret', 'Certificate', 'FederatedToken', 'WorkloadIdentity', 'GitHubActions', 'AzurePipelines', 'OnBehalfOf', 'DeviceCode', 'Cache', 'Interactive', 'ManagedIdentity', 'AzureCli', 'AzureDeveloperCli', 'AzurePowerShell', 'Environment', 'Default') {
            $streams | Should -Match "done: $way "
        }
        foreach ($way in 'ClientSecret', 'Certificate', 'FederatedToken', 'AzurePipelines', 'OnBehalfOf', 'DeviceCode', 'ManagedIdentity', 'AzureCli', 'AzureDeveloperCli', 'AzurePowerShell', 'VisualStudio', 'Environment') {
            $streams | Should -Match "refused: $way "
        }
        # It was as loud as can be.
        $streams | Should -Match 'Azure-Identity '
        $streams | Should -Match 'Azure-Core '
        $streams | Should -Match 'POST https://login'
    }

    It 'are none, in streams, console, transcript, errors, files, or what other programs were given' {
        foreach ($file in 'streams.txt', 'console.txt', 'transcript.txt', 'errors.txt', 'tools.txt') { (Get-Item "$hunt/$file").Length | Should -BeGreaterThan 1000 }
        @(Find-Leak $hunt $canaries | Where-Object { $_ -notmatch '^home/.*/MonitorToken/hunted\.tokens: ' }) | Should -BeNullOrEmpty
        Get-Content "$hunt/streams.txt", "$hunt/console.txt", "$hunt/transcript.txt", "$hunt/errors.txt" -Raw | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}'
    }

    It 'are in the cache that was to be unencrypted, and so would be found in a file' {
        @(Find-Leak $hunt $canaries | Where-Object { $_ -match '^home/.*hunted' }) | Should -Not -BeNullOrEmpty
    }

    It 'would be found wherever one was planted' {
        $plant = 'planted-' + [guid]::NewGuid().ToString('n')
        $folder = New-Hunt planted
        Start-Hunt $folder Planted @{ HUNT_PLANT = $plant }
        $found = @(Find-Leak $folder ([MonitorToken.Proofs.Leaks.Canaries]::new([string[]] $plant)))
        foreach ($where in 'streams.txt', 'console.txt', 'transcript.txt', 'errors.txt', 'tmp/planted.tmp', 'tools.txt') { $found -match "^$where" | Should -Not -BeNullOrEmpty -Because $where }
        # Once as an argument, once as a variable, which it was given by the session and not by this one.
        (Get-Content "$folder/tools.txt") -match "^$plant`$" | Should -HaveCount 1
        (Get-Content "$folder/tools.txt") -match "PLANTED=.*$plant" | Should -HaveCount 1
    }
}
