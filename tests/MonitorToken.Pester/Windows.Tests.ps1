# What Windows alone can show: cmd.exe, devices, and the folders of Visual Studio and of Azure Arc.

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"

    # A batch file in a folder of its own.
    function New-BatchFile([string] $Folder, [string] $Name, [string[]] $Lines) {
        $null = [IO.Directory]::CreateDirectory($Folder)
        [IO.File]::WriteAllLines("$Folder\$Name", $Lines)
    }

    function Get-ToolError([string] $Path) {
        $env:PATH = $Path
        Get-ThrownError { Get-MonitorToken LogAnalytics -AzureCli }
    }
}

Describe 'An az on PATH' -Skip:(-not $IsWindows) {
    BeforeAll {
        $path = $env:PATH
        $token = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token
        $answer = "$TestDrive\answer.json"
        [IO.File]::WriteAllText($answer, (ConvertTo-Json @{ accessToken = $token; expires_on = 4102444800 }))
        $prints = "@type `"$answer`""
    }

    BeforeEach { Clear-MonitorTokenCache }

    AfterEach { $env:PATH = $path }

    It 'is found: <name>' -ForEach @(
        @{ Name = 'in quotes, with a semicolon'; Folder = 'a;b'; Entry = '"{0}"' }
        @{ Name = 'with the prefix of long paths'; Folder = 'long'; Entry = '\\?\{0}' }
        @{ Name = 'beside an az.exe that is no program'; Folder = 'broken'; Entry = '{0}' }
    ) {
        $folder = "$((Get-Item $TestDrive).FullName)\$folder"
        New-BatchFile $folder az.cmd $prints
        if ($name -like '*no program') { Set-Content "$folder\az.exe" '404 Not Found' }
        $env:PATH = $entry -f $folder
        (Get-MonitorToken LogAnalytics -AzureCli).CredentialName | Should -Be 'AzureCli'
    }

    It 'that cmd.exe cannot be given is named' {
        $folder = "$((Get-Item $TestDrive).FullName)\100%"
        New-BatchFile $folder az.cmd $prints
        $thrown = Get-ToolError $folder
        $thrown.FullyQualifiedErrorId | Should -Match '^CredentialUnavailable,'
        "$thrown" | Should -BeLike "The Azure CLI at '$folder\az.cmd' can't be started: *%*"
    }

    It 'may speak in either code page of this Windows' {
        # Bytes, as the code pages of Europe have them: 850 and 1252.
        $words = [byte[]] (0x46, 0x81, 0x72), [byte[]] (0x46, 0xFC, 0x72)
        $culture = [Globalization.CultureInfo]::InstalledUICulture.TextInfo
        if ($culture.OEMCodePage -notin 437, 850 -or $culture.ANSICodePage -ne 1252) {
            Set-ItResult -Skipped -Because 'the code pages of this Windows are others'
        }
        foreach ($bytes in $words) {
            [IO.File]::WriteAllBytes("$TestDrive\words", [byte[]] ($bytes + 32 + 120 + 13 + 10))
            New-BatchFile "$TestDrive\words.d" az.cmd "@type `"$TestDrive\words`" >&2", '@exit /b 1'
            "$(Get-ToolError "$TestDrive\words.d")" | Should -Match "F$([char] 0xFC)r x"
        }
    }
}

Describe 'Visual Studio' -Skip:(-not $IsWindows) {
    BeforeAll {
        $folder = "$([Environment]::GetFolderPath('LocalApplicationData'))\.IdentityService\AzureServiceAuth"
        $file = "$folder\tokenprovider.json"
        $isThere = Test-Path $file
    }

    AfterAll { if (-not $isThere -and (Test-Path $file)) { Remove-Item $file } }

    It 'leaves nothing of a token provider that hangs' {
        if ($isThere) { Set-ItResult -Skipped -Because 'Visual Studio is installed here' }
        New-BatchFile "$TestDrive\vs" provider.cmd "@start /b ping -n 61 127.0.0.1 >nul", '@ping -n 61 127.0.0.1 >nul'
        $null = [IO.Directory]::CreateDirectory($folder)
        $provider = @{ Path = "$((Get-Item $TestDrive).FullName)\vs\provider.cmd"; Arguments = @(); Preference = 1 }
        [IO.File]::WriteAllText($file, (ConvertTo-Json @{ TokenProviders = @($provider) } -Depth 4))
        $before = @(Get-Process ping -ErrorAction Ignore).Id
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics -VisualStudio -TimeoutSec 3 }
        $thrown.FullyQualifiedErrorId | Should -Match '^Timeout,'
        foreach ($attempt in 1..40) {
            $left = @(Get-Process ping -ErrorAction Ignore | Where-Object Id -notin $before)
            if (-not $left) { break }
            Start-Sleep -Milliseconds 50
        }
        $left | Should -HaveCount 0
    }
}

Describe 'A path to a certificate' -Skip:(-not $IsWindows) {
    It 'that is a device is not read: <_>' -ForEach '\\.\CON', '\\.\NUL', '\\.\COM1' {
        $device = $_
        $thrown = Get-ThrownError { Get-MonitorTokenCredential -TenantId contoso.com -ClientId ([guid]::NewGuid()) -CertificatePath $device }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidCertificate,'
        "$thrown" | Should -Match 'is a device\.'
    }
}

Describe 'Azure Arc' -Skip:(-not $IsWindows) {
    BeforeAll {
        $tokens = "$env:ProgramData\AzureConnectedMachineAgent\Tokens"
        $variables = @{ IDENTITY_ENDPOINT = $env:EMULATOR_ARC_ENDPOINT; IMDS_ENDPOINT = 'http://localhost' }

        function Get-ChallengeError([string] $Realm) {
            Clear-Emulator
            Clear-MonitorTokenCache
            Add-Fault @{ host = 'Arc'; status = 401; headers = @{ 'WWW-Authenticate' = "Basic realm=$Realm" } }
            Get-ThrownError { Get-MonitorToken LogAnalytics -ManagedIdentity -TimeoutSec 20 }
        }
    }

    BeforeEach {
        if (-not $env:EMULATOR_ARC_ENDPOINT) { Set-ItResult -Skipped -Because 'the folder of Arc''s challenge files cannot be written here' }
        foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $variables[$name]) }
    }

    AfterEach {
        foreach ($name in $variables.Keys) { [Environment]::SetEnvironmentVariable($name, $null) }
        Clear-Emulator
    }

    It 'has the reason of its key file in the error: <says>' -ForEach @(
        @{ Says = 'doesn''t exist'; File = { "$tokens\none.key" } }
        @{ Says = 'isn''t in'; File = { "$env:windir\evil.key" } }
        @{ Says = 'differs in case from'; File = { "$tokens\none.key".ToUpperInvariant() } }
    ) {
        $thrown = Get-ChallengeError (& $file)
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResponse,'
        "$thrown" | Should -Match $says
    }

    It 'has a key file that is in use, which passes' {
        $null = [IO.Directory]::CreateDirectory($tokens)
        $path = "$tokens\$([guid]::NewGuid()).key"
        $held = [IO.File]::Open($path, 'Create', 'ReadWrite', 'None')
        try {
            $thrown = Get-ChallengeError $path
            $thrown.FullyQualifiedErrorId | Should -Match '^AuthorityUnreachable,'
            "$thrown" | Should -Match 'is in use'
        }
        finally {
            $held.Dispose()
            [IO.File]::Delete($path)
        }
    }
}
