BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'Clear-MonitorTokenCache' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
    }

    It 'forgets the tokens of the process, those that other runspaces have got too' {
        $null = Get-MonitorToken LogAnalytics @application
        1 | ForEach-Object -Parallel { Import-Module $env:MONITORTOKEN_MODULE; Clear-MonitorTokenCache }
        $null = Get-MonitorToken LogAnalytics @application
        Get-Request | Should -HaveCount 2
    }

    It 'does nothing with -WhatIf, and says what it would' {
        $null = Get-MonitorToken LogAnalytics @application
        Clear-MonitorTokenCache -WhatIf
        $null = Get-MonitorToken LogAnalytics @application
        Get-Request | Should -HaveCount 1
    }

    It 'leaves alone what was handed out' {
        $token = Get-MonitorToken LogAnalytics @application
        Clear-MonitorTokenCache
        $token.GetPlainText() | Should -Not -BeNullOrEmpty
    }

    It 'deletes a named cache and who has signed in with it, damaged or not, and no other' -Skip:(-not $IsLinux) {
        $data = $env:XDG_DATA_HOME
        $env:XDG_DATA_HOME = Join-Path $TestDrive data
        try {
            $library = New-Item -ItemType Directory -Path "$env:XDG_DATA_HOME/.IdentityService" -Force
            $ours = New-Item -ItemType Directory -Path "$env:XDG_DATA_HOME/MonitorToken" -Force
            'Work.nocae', 'Work.cae', 'Work.other.nocae' | ForEach-Object { Set-Content "$library/$_" 'damaged' }
            'Work.abc-_1.json', 'Work.other.abc.json' | ForEach-Object { Set-Content "$ours/$_" '{}' }
            Clear-MonitorTokenCache -Name Work -WhatIf
            "$library/Work.nocae" | Should -Exist
            Clear-MonitorTokenCache -Name Work
            (Get-ChildItem $library -File).Name | Where-Object { $_ -notlike '*.lockfile' } | Should -Be 'Work.other.nocae'
            (Get-ChildItem $ours).Name | Should -Be 'Work.other.abc.json'
        }
        finally { $env:XDG_DATA_HOME = $data }
    }

    It 'refuses what is no name' {
        $thrown = Get-ThrownError { Clear-MonitorTokenCache -Name ../Work }
        $thrown.FullyQualifiedErrorId | Should -BeExactly 'InvalidOption,MonitorToken.Commands.ClearMonitorTokenCacheCommand'
    }
}
