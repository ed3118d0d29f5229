# The engine and all that it depends on stay out of the session, and the session's own versions out of the engine.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"

    # Runs in a fresh pwsh; must return 'ok' as its last line.
    $prelude = @'
$ErrorActionPreference = 'Stop'
function Get-Loaded {
    foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
        foreach ($assembly in $context.Assemblies) {
            $name = $assembly.GetName()
            if ($name.Name -match '^(Azure|Microsoft\.Identity|Microsoft\.Extensions|System\.ClientModel|MonitorToken)') {
                [pscustomobject]@{ Name = $name.Name; Version = $name.Version; Context = $context.Name }
            }
        }
    }
}
function Import-Hostile {
    foreach ($path in Get-ChildItem $env:MONITORTOKEN_HOSTILE/*.dll) {
        try { $null = [System.Reflection.Assembly]::LoadFrom($path.FullName) }
        catch [System.IO.FileLoadException] { if ($path.Name -ne 'System.Text.Json.dll') { throw } }
    }
}
function Get-Token {
    $secret = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
    Get-MonitorToken LogAnalytics -TenantId $env:EMULATOR_TENANT_ID -ClientId $env:EMULATOR_CLIENT_ID -ClientSecret $secret
}
function Assert-That([bool] $Condition, [string] $What) { if (-not $Condition) { throw "Not so: $What`n$(Get-Loaded | Out-String)" } }
'@
}

Describe 'Isolation' {
    It 'loads nothing of Azure.* or Microsoft.Identity.* at import, nor the engine' {
        Invoke-FreshPowerShell "$prelude
            Import-Module `$env:MONITORTOKEN_MODULE
            `$null = Get-Command Get-MonitorToken -Syntax
            `$null = Get-MonitorResource
            Assert-That (-not (Get-Loaded | Where-Object Name -match '^(Azure|Microsoft\.Identity|Microsoft\.Extensions|MonitorToken\.(Engine|LoadContext))')) 'nothing is loaded'
            'ok'" | Select-Object -Last 1 | Should -BeExactly 'ok'
    }

    It 'keeps the default load context clean when a token was fetched' {
        Invoke-FreshPowerShell "$prelude
            Import-Module `$env:MONITORTOKEN_MODULE
            Assert-That ((Get-Token).Identity -eq `$env:EMULATOR_CLIENT_ID) 'there is a token'
            `$loaded = Get-Loaded
            Assert-That (`$loaded.Name -contains 'Azure.Core') 'the engine has loaded Azure.Core'
            Assert-That (`$loaded.Name -contains 'Microsoft.Identity.Client') 'the engine has loaded MSAL'
            Assert-That (-not (`$loaded | Where-Object { `$_.Context -eq 'Default' -and `$_.Name -notmatch '^MonitorToken(\.PowerShell|\.LoadContext)?$' })) 'the default context is clean'
            'ok'" | Select-Object -Last 1 | Should -BeExactly 'ok'
    }

    It 'works in a session that has other versions <when>, which keep working' -ForEach @(
        @{ When = 'before the import'; Before = 'Import-Hostile'; After = '' }
        @{ When = 'between import and first token'; Before = ''; After = 'Import-Hostile' }
    ) {
        Invoke-FreshPowerShell "$prelude
            $before
            Import-Module `$env:MONITORTOKEN_MODULE
            $after
            Assert-That ((Get-Token).Identity -eq `$env:EMULATOR_CLIENT_ID) 'there is a token'
            `$loaded = Get-Loaded
            foreach (`$name in 'Azure.Core', 'Microsoft.Identity.Client') {
                Assert-That (`@(`$loaded | Where-Object Name -eq `$name).Count -eq 2) `"both versions of `$name are loaded`"
                Assert-That ((`$loaded | Where-Object { `$_.Name -eq `$name -and `$_.Context -eq 'Default' }).Version -lt (`$loaded | Where-Object { `$_.Name -eq `$name -and `$_.Context -ne 'Default' }).Version) `"the older `$name is the session's`"
            }
            Assert-That (([Azure.Core.ResourceIdentifier]'/subscriptions/b7a1f1a4-0000-4000-8000-000000000000').SubscriptionId -ne `$null) 'the other Azure.Core works'
            Assert-That ([Microsoft.Identity.Client.PublicClientApplicationBuilder]::Create('b7a1f1a4-0000-4000-8000-000000000000').Build().AppConfig.ClientId -like 'b7a1*') 'the other MSAL works'
            'ok'" | Select-Object -Last 1 | Should -BeExactly 'ok'
    }

    It 'works in a session whose System.Text.Json is another' {
        Invoke-FreshPowerShell "$prelude
            `$other = [System.Runtime.Loader.AssemblyLoadContext]::new('another module')
            `$json = `$other.LoadFromAssemblyPath((Get-Item `$env:MONITORTOKEN_HOSTILE/System.Text.Json.dll).FullName)
            Import-Module `$env:MONITORTOKEN_MODULE
            Assert-That ((Get-Token).Identity -eq `$env:EMULATOR_CLIENT_ID) 'there is a token'
            Assert-That (`$json.GetName().Version.Major -eq 9) 'the other one is there'
            'ok'" | Select-Object -Last 1 | Should -BeExactly 'ok'
    }

    It 'has one engine for all runspaces and imports' {
        Invoke-FreshPowerShell "$prelude
            Import-Module `$env:MONITORTOKEN_MODULE
            `$null = Get-Token
            Remove-Module MonitorToken
            Import-Module `$env:MONITORTOKEN_MODULE -Force
            `$null = Get-Token
            `$null = 1..3 | ForEach-Object -Parallel { Import-Module `$env:MONITORTOKEN_MODULE; Get-MonitorResource }
            Assert-That (`@(Get-Loaded | Where-Object Name -eq 'MonitorToken.Engine').Count -eq 1) 'there is one engine'
            'ok'" | Select-Object -Last 1 | Should -BeExactly 'ok'
    }

    Context 'when the module is not complete' {
        BeforeEach {
            $env:MONITORTOKEN_INCOMPLETE = Join-Path $TestDrive ([guid]::NewGuid()) MonitorToken
            $null = New-Item (Split-Path $env:MONITORTOKEN_INCOMPLETE) -ItemType Directory
            Copy-Item $env:MONITORTOKEN_MODULE $env:MONITORTOKEN_INCOMPLETE -Recurse
            Get-ChildItem $env:MONITORTOKEN_INCOMPLETE/engine -Exclude net472, net8.0 | Remove-Item -Recurse
        }

        It 'says at import which file is missing: <_>' -ForEach 'MonitorToken.Engine.dll', 'Azure.Core.dll', 'contents.txt' {
            Remove-Item "$env:MONITORTOKEN_INCOMPLETE/engine/net8.0/$_"
            Invoke-FreshPowerShell 'try { Import-Module $env:MONITORTOKEN_INCOMPLETE -ErrorAction Stop } catch { $_.Exception.Message }' |
                Select-Object -Last 1 |
                Should -BeLike "The module MonitorToken is incomplete: its file '*$_' is missing. Install the module again."
        }

        It 'fails without an end to the session when a file goes after the import: <_>' -Skip:$isWine -ForEach 'MonitorToken.Engine.dll', 'Azure.Core.dll' {
            $env:MONITORTOKEN_MISSING = "$env:MONITORTOKEN_INCOMPLETE/engine/net8.0/$_"
            Invoke-FreshPowerShell "$prelude
                Import-Module `$env:MONITORTOKEN_INCOMPLETE
                Remove-Item `$env:MONITORTOKEN_MISSING
                try { Get-Token } catch [MonitorToken.TokenException] { if (`$_.FullyQualifiedErrorId -like 'ModuleChanged,*') { 'ok' } }" | Select-Object -Last 1 | Should -BeExactly 'ok'
        }

        It 'never takes another module''s copy for a file that has gone' -Skip:$isWine {
            $env:MONITORTOKEN_MISSING = "$env:MONITORTOKEN_INCOMPLETE/engine/net8.0/Azure.Core.dll"
            $env:MONITORTOKEN_OTHERS = Join-Path (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))) Azure.Core.dll
            Copy-Item $env:MONITORTOKEN_MISSING $env:MONITORTOKEN_OTHERS
            Invoke-FreshPowerShell "$prelude
                Import-Module `$env:MONITORTOKEN_INCOMPLETE
                `$null = [System.Reflection.Assembly]::LoadFrom(`$env:MONITORTOKEN_OTHERS)
                Remove-Item `$env:MONITORTOKEN_MISSING
                try { Get-Token } catch [MonitorToken.TokenException] { if (`$_.FullyQualifiedErrorId -like 'ModuleChanged,*') { 'ok' } }" | Select-Object -Last 1 | Should -BeExactly 'ok'
        }
    }

    Context 'when parts of the engine were compiled ahead' {
        BeforeAll {
            $tokenFrom = "$prelude
                Import-Module `$env:MONITORTOKEN_AHEAD
                Assert-That ((Get-Token).Identity -eq `$env:EMULATOR_CLIENT_ID) 'there is a token'
                [System.Runtime.Loader.AssemblyLoadContext]::All.Assemblies | Where-Object { `$_.GetName().Name -eq 'Azure.Core' } | ForEach-Object Location"
            $system = if ($IsWindows) { 'win' } elseif ($IsMacOS) { 'osx' } else { 'linux' }
            $platform = "$system-$("$([System.Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)".ToLowerInvariant())"
        }

        BeforeEach {
            $env:MONITORTOKEN_AHEAD = Join-Path $TestDrive ([guid]::NewGuid()) MonitorToken
            $null = New-Item (Split-Path $env:MONITORTOKEN_AHEAD) -ItemType Directory
            Copy-Item $env:MONITORTOKEN_MODULE $env:MONITORTOKEN_AHEAD -Recurse
            Get-ChildItem $env:MONITORTOKEN_AHEAD/engine -Exclude net472, net8.0 | Remove-Item -Recurse
            $common = "$env:MONITORTOKEN_AHEAD/engine/net8.0/Azure.Core.dll"
            $ahead = "$env:MONITORTOKEN_AHEAD/engine/net$([Environment]::Version.Major).0/$platform"
        }

        It 'takes them, and the rest from where all of it is' {
            $null = New-Item $ahead -ItemType Directory
            Copy-Item $common $ahead
            Invoke-FreshPowerShell $tokenFrom | Select-Object -Last 1 | Should -BeExactly (Get-Item $ahead/Azure.Core.dll).FullName
        }

        It 'leaves those for <for> alone' -ForEach @(
            @{ For = 'another runtime'; Folder = "net$([Environment]::Version.Major - 1).0/*" }
            @{ For = 'another platform'; Folder = "net$([Environment]::Version.Major).0/solaris-sparc" }
        ) {
            $other = "$env:MONITORTOKEN_AHEAD/engine/$($Folder.Replace('*', $platform))"
            $null = New-Item $other -ItemType Directory -Force
            Copy-Item $common $other
            Invoke-FreshPowerShell $tokenFrom | Select-Object -Last 1 | Should -BeExactly (Get-Item $common).FullName
        }

        It 'does without them where they are <damaged>' -ForEach @(
            @{ Damaged = 'empty'; Keep = 0 }
            @{ Damaged = 'cut off'; Keep = 0.5 }
            @{ Damaged = 'something else'; Keep = -1 }
            @{ Damaged = 'of another version'; Keep = -2 }
        ) {
            $null = New-Item $ahead -ItemType Directory
            $whole = [IO.File]::ReadAllBytes($common)
            [byte[]] $content = $Keep -eq -2 ? [IO.File]::ReadAllBytes("$env:MONITORTOKEN_HOSTILE/Azure.Core.dll") : $Keep -lt 0 ? [Text.Encoding]::UTF8.GetBytes('no assembly' * 100) : [Linq.Enumerable]::Take($whole, [int] ($whole.Length * $Keep))
            [IO.File]::WriteAllBytes("$ahead/Azure.Core.dll", $content)
            Invoke-FreshPowerShell $tokenFrom | Select-Object -Last 1 | Should -BeExactly (Get-Item $common).FullName
        }
    }

    Context 'when the module is imported from a second folder' {
        BeforeAll {
            $env:MONITORTOKEN_SECOND = Join-Path $TestDrive second MonitorToken
            $null = New-Item (Split-Path $env:MONITORTOKEN_SECOND) -ItemType Directory
            Copy-Item $env:MONITORTOKEN_MODULE $env:MONITORTOKEN_SECOND -Recurse

            # Another build with the version 0.99: both are in the assembly's metadata.
            $env:MONITORTOKEN_OTHER = Join-Path $TestDrive other MonitorToken
            $null = New-Item (Split-Path $env:MONITORTOKEN_OTHER) -ItemType Directory
            Copy-Item $env:MONITORTOKEN_MODULE $env:MONITORTOKEN_OTHER -Recurse
            $commands = "$env:MONITORTOKEN_OTHER/MonitorToken.PowerShell.dll"
            $content = [IO.File]::ReadAllBytes($commands)
            $file = [Reflection.PortableExecutable.PEReader]::new([IO.MemoryStream]::new($content))
            $reader = [Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($file)
            $start = $file.PEHeaders.MetadataStartOffset
            $offset = [Reflection.Metadata.Ecma335.MetadataReaderExtensions]
            $content[$start + $offset::GetTableMetadataOffset($reader, 'Assembly') + 6] = 99
            [guid]::NewGuid().ToByteArray().CopyTo($content, $start + $offset::GetHeapMetadataOffset($reader, 'Guid'))
            $file.Dispose()
            [IO.File]::WriteAllBytes($commands, $content)
        }

        It 'works when it is the same version, in this runspace and in another' {
            Invoke-FreshPowerShell "$prelude
                Import-Module `$env:MONITORTOKEN_MODULE
                `$null = Get-Token
                Import-Module `$env:MONITORTOKEN_SECOND
                Assert-That ((Get-Token).Identity -eq `$env:EMULATOR_CLIENT_ID) 'there is a token'
                Assert-That (`$Error.Count -eq 0) 'there is no error'
                Start-ThreadJob { Import-Module `$env:MONITORTOKEN_SECOND; (Get-MonitorResource).Count } | Receive-Job -Wait -AutoRemoveJob
                " | Select-Object -Last 1 | Should -BeGreaterThan 0
        }

        It 'says that there is one already when it is another version, <where>' -ForEach @(
            @{ Where = 'in this runspace'; Import = 'Import-Module $env:MONITORTOKEN_OTHER' }
            @{ Where = 'in another'; Import = 'Start-ThreadJob { Import-Module $env:MONITORTOKEN_OTHER } | Receive-Job -Wait -AutoRemoveJob' }
        ) {
            Invoke-FreshPowerShell "$prelude
                Import-Module `$env:MONITORTOKEN_MODULE
                try { $import } catch { `$message = `$_.Exception.Message }
                Assert-That ((Get-Token).Identity -eq `$env:EMULATOR_CLIENT_ID) 'the first one works on'
                `$message" | Select-Object -Last 1 |
                Should -BeLike "*'MonitorToken.PowerShell, Version=0.99.*already loaded"
        }
    }
}
