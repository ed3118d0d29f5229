# What -Verbose and -Debug tell, to whom, and that neither token nor secret is in it.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    Import-Module "$PSScriptRoot/StandIns.psm1"
}

Describe '-Verbose' {
    BeforeEach {
        Clear-Emulator
        $application = New-Application
    }

    It 'tells of a token from memory, and until when it is valid' {
        $token = Get-MonitorToken LogAnalytics @application
        $lines = (Get-MonitorToken LogAnalytics @application -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Message
        @($lines) | Should -HaveCount 1
        $lines | Should -Match 'is cached'
        $lines.Contains($token.ExpiresOn.ToString('u')) | Should -BeTrue
        Get-Request | Should -HaveCount 1
    }

    It 'tells which member of a chain has answered, why not the others, and how long each took' {
        $credential = (Get-MonitorTokenCredential -WorkloadIdentity), (Get-MonitorTokenCredential @application)
        $lines = (Get-MonitorToken LogAnalytics -Credential $credential -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Message
        $lines -match '^WorkloadIdentity, after \d+ ms: This isn''t a pod' | Should -HaveCount 1
        $lines -match '^ClientSecret got a token .* in \d+ ms, as .*, valid until' | Should -HaveCount 1
        $lines -match 'got a token from ClientSecret after \d+ ms' | Should -HaveCount 1
    }
}

Describe '-Debug' {
    BeforeEach {
        Clear-Emulator
        $secret = 'canary-secret-' + [guid]::NewGuid().ToString('n')
        $application = New-Application -Secret $secret
        $callers = @()
    }

    AfterEach {
        foreach ($caller in $callers) { $caller.Dispose() }
    }

    It 'tells what the libraries say, of nobody''s secret or token' {
        # The parameter would ask at each line here; the preference does not.
        $all = & { $DebugPreference = 'Continue'; Get-MonitorToken LogAnalytics @application } 5>&1
        $lines = @($all | Where-Object { $_ -is [System.Management.Automation.DebugRecord] }).Message
        $lines -match '^Azure-Identity ' | Should -Not -BeNullOrEmpty
        $lines -match '^Azure-Core ' | Should -Not -BeNullOrEmpty
        $token = $all | Where-Object { $_ -is [MonitorToken.AccessToken] }
        foreach ($canary in $secret, $token.GetPlainText(), $token.GetPlainText().Split('.')[2]) {
            foreach ($line in $lines) { $line.Contains($canary) | Should -BeFalse }
        }
    }

    It 'is heard by the caller who has asked for it alone' {
        # Both under way at the same time, each for a token of its own.
        Add-Fault @{ delayMs = 1500; times = 2 }
        $other = New-Application
        $ask = 'param($application, $preference) $DebugPreference = $preference; Get-MonitorToken LogAnalytics @application'
        $callers += Start-Caller $ask $application, 'Continue'
        $callers += Start-Caller $ask $other, 'SilentlyContinue'
        foreach ($caller in $callers) { (Receive-Caller $caller).CredentialName | Should -Be 'ClientSecret' }
        @($callers[0].Streams.Debug.Message -match '^Azure-') | Should -Not -BeNullOrEmpty
        $callers[1].Streams.Debug | Should -BeNullOrEmpty
        # Nor is the one told of the other's requests.
        "$($callers[0].Streams.Debug.Message)".Contains($other.ClientId) | Should -BeFalse
    }

    It 'is over when the call is: the next one is quiet' {
        $all = & { $DebugPreference = 'Continue'; Get-MonitorToken LogAnalytics @application } 5>&1
        $all | Should -Not -HaveCount 1
        Get-MonitorToken LogAnalytics @application -ForceRefresh 5>&1 | Where-Object { $_ -is [System.Management.Automation.DebugRecord] } | Should -BeNullOrEmpty
    }
}

Describe 'The table of Test-MonitorTokenCredential' {
    It 'wraps its reasons in 80 columns, and cuts none' {
        Clear-Emulator
        $rows = Test-MonitorTokenCredential -Include Environment, WorkloadIdentity
        $lines = ($rows | Out-String -Width 80) -split '\r?\n'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        $text = ($lines -join ' ') -replace '\s+', ' '
        $text | Should -Not -Match '\u2026|\.\.\.'
        $lines -match '^WorkloadIdentity +Unavailable' | Should -HaveCount 1
        # The last words of each reason are there.
        foreach ($row in $rows | Where-Object Status -eq Unavailable) {
            $text.Contains((-split $row.Reason)[-1]) | Should -BeTrue -Because $row.Reason
        }
    }
}
