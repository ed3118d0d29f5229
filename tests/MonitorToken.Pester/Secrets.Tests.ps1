# A token or a secret must not be in anything that is shown, written or logged unless it was asked for by name.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $secret = 'canary-secret-' + [guid]::NewGuid().ToString('n')
    $application = New-Application -Secret $secret
    $token = Get-MonitorToken LogAnalytics @application
    $plain = $token.GetPlainText()

    # The plain text and what it looks like when something has merely encoded it.
    $traces = foreach ($text in $plain, $plain.Split('.')[2], $secret) {
        $text
        [uri]::EscapeDataString($text)
        foreach ($encoding in [Text.Encoding]::UTF8, [Text.Encoding]::Unicode) {
            [Convert]::ToBase64String($encoding.GetBytes($text)).Substring(0, 40)
            [Convert]::ToHexString($encoding.GetBytes($text)).Substring(0, 60)
        }
    }

    function Assert-NoCanary([string] $Text) {
        $Text | Should -Not -BeNullOrEmpty
        foreach ($trace in $traces) { $Text.Contains($trace, 'OrdinalIgnoreCase') | Should -BeFalse }
    }
}

Describe 'Secrets' {
    It 'would be found by these tests' {
        { Assert-NoCanary "... $plain ..." } | Should -Throw
        { Assert-NoCanary ([Convert]::ToHexString([Text.Encoding]::Unicode.GetBytes($plain))) } | Should -Throw
        { Assert-NoCanary "... $secret ..." } | Should -Throw
    }

    It 'are not in <how>' -ForEach @(
        @{ How = 'the default table'; Render = { $token | Out-String -Width 9999 } }
        @{ How = 'the list'; Render = { $token | Format-List | Out-String -Width 9999 } }
        @{ How = 'a list of everything'; Render = { $token | Format-List * -Force | Out-String -Width 9999 } }
        @{ How = 'a custom view'; Render = { $token | Format-Custom -Depth 5 | Out-String -Width 9999 } }
        @{ How = 'a table of everything'; Render = { $token | Format-Table * -Force | Out-String -Width 9999 } }
        @{ How = 'the members'; Render = { $token | Get-Member -Force | Out-String -Width 9999 } }
        @{ How = 'Out-String -Stream'; Render = { $token | Out-String -Stream -Width 9999 } }
        @{ How = 'ConvertTo-Json -Depth 5'; Render = { $token | ConvertTo-Json -Depth 5 -WarningAction Ignore } }
        @{ How = 'ConvertTo-Csv'; Render = { $token | ConvertTo-Csv } }
        @{ How = 'ConvertTo-Html'; Render = { $token | ConvertTo-Html } }
        @{ How = 'ConvertTo-Xml'; Render = { ($token | ConvertTo-Xml -Depth 3).OuterXml } }
        @{ How = 'Export-Clixml'; Render = { $token | Export-Clixml "$TestDrive/token.xml"; Get-Content "$TestDrive/token.xml" -Raw } }
        @{ How = 'Export-Clixml -Depth 5'; Render = { @{ nested = $token } | Export-Clixml "$TestDrive/nested.xml" -Depth 5; Get-Content "$TestDrive/nested.xml" -Raw } }
        @{ How = 'what a job returns'; Render = { Start-Job { $using:token } | Receive-Job -Wait -AutoRemoveJob | Format-List * | Out-String -Width 9999 } }
        @{ How = 'a string'; Render = { "$token" } }
        @{ How = '-f'; Render = { '{0}' -f $token } }
    ) {
        Assert-NoCanary ((& $render) -join "`n")
    }

    It 'are in no stream, however much is told' {
        Clear-Emulator
        $streams = & {
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            Get-MonitorToken LogAnalytics @application -ForceRefresh -Verbose -Debug
            Get-MonitorToken LogAnalytics @application -ForceRefresh -Verbose -Debug -UseV1Endpoint
        } *>&1 | Out-String -Width 9999
        $streams | Should -Match 'POST https://login'
        Assert-NoCanary $streams
        # ForceRefresh got other tokens than the canary's; theirs must not be there either.
        $streams | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.'
    }

    It 'are in no error, whatever the identity service answers' -ForEach @(
        @{ Fault = @{ error = 'AADSTS7000222' } }
        @{ Fault = @{ status = 500; body = 'SECRET' } }
        @{ Fault = @{ body = '{"access_token":"TOKEN","expires_in":"soon","token_type":3}' } }
        @{ Fault = @{ body = '{"access_token":"TOKEN"' } }
        @{ Fault = @{ body = '"TOKEN"'; status = 400 } }
        @{ Fault = @{ drop = $true } }
    ) {
        Clear-Emulator
        if ($fault.body) { $fault.body = $fault.body.Replace('TOKEN', $plain).Replace('SECRET', $secret) }
        Add-Fault $fault
        foreach ($endpoint in @{}, @{ UseV1Endpoint = $true }) {
            $Error.Clear()
            try { $null = Get-MonitorToken LogAnalytics @application @endpoint -ForceRefresh } catch { $caught = $_ }
            Assert-NoCanary ($Error | Format-List * -Force | Out-String -Width 9999)
            Assert-NoCanary ($caught | Get-Error | Out-String -Width 9999)
            Assert-NoCanary ($caught.Exception.ToString())
        }
    }

    It 'are in no transcript' {
        Clear-Emulator
        $script = @'
Import-Module $env:MONITORTOKEN_MODULE
Start-Transcript -Path $env:CANARY_TRANSCRIPT | Out-Null
$secret = ConvertTo-SecureString $env:CANARY_SECRET -AsPlainText -Force
$VerbosePreference = $DebugPreference = 'Continue'
Get-MonitorToken LogAnalytics -TenantId $env:CANARY_TENANT -ClientId $env:CANARY_CLIENT -ClientSecret $secret
Get-MonitorToken LogAnalytics -TenantId $env:CANARY_TENANT -ClientId $env:CANARY_CLIENT -ClientSecret $secret | Format-List *
Get-MonitorToken https://unknown.example -TenantId $env:CANARY_TENANT -ClientId $env:CANARY_CLIENT -ClientSecret $secret
Get-Error
Stop-Transcript | Out-Null
'@
        $env:CANARY_TRANSCRIPT = "$TestDrive/transcript.txt"
        $env:CANARY_SECRET = $secret
        $env:CANARY_TENANT = $application.TenantId
        $env:CANARY_CLIENT = $application.ClientId
        $null = Invoke-FreshPowerShell $script 2>&1
        $transcript = Get-Content $env:CANARY_TRANSCRIPT -Raw
        $transcript | Should -Match 'LogAnalytics'
        $transcript | Should -Match 'AADSTS500011'
        Assert-NoCanary $transcript
        $transcript | Should -Not -Match 'eyJ[A-Za-z0-9_-]{10,}\.'
    }

    It 'survive where they must: the live object goes into a thread job' {
        $copy = Start-ThreadJob { ($using:token).GetPlainText() } | Receive-Job -Wait -AutoRemoveJob
        $copy | Should -BeExactly $plain
    }
}
