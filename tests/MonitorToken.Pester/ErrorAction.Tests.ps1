# Which errors end the statement, and which let the command continue with what else it was asked for.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"

    # Runs a statement as a script does that has set nothing; Pester itself sets $ErrorActionPreference to Stop.
    function Invoke-Statement([scriptblock] $Script) {
        $ErrorActionPreference = 'Continue'
        $all = [System.Collections.Generic.List[object]]::new()
        $thrown = $null
        try { & $Script 2>&1 | ForEach-Object { $all.Add($_) } }
        catch { $thrown = $_ }
        [pscustomobject]@{
            Output = @($all | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] })
            Errors = @($all | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
            Thrown = $thrown
        }
    }

    $application = New-Application
    $good = Get-MonitorTokenCredential @application
    $wrong = $application.Clone()
    $wrong.ClientSecret = ConvertTo-Secret 'not the secret of this application'
    $bad = Get-MonitorTokenCredential @wrong
    $token = $good | Get-MonitorToken LogAnalytics
}

Describe 'One of several things' {
    It 'fails without keeping the others from being served: <name>' -ForEach @(
        @{ Name = 'names from the pipeline'; Script = { 'LogAnalytics', 'Nope', 'Prometheus' | Get-MonitorToken @application }; Count = 2; Id = 'InvalidResource' }
        @{ Name = 'names as an array'; Script = { Get-MonitorToken LogAnalytics, Nope, Prometheus @application }; Count = 2; Id = 'InvalidResource' }
        @{ Name = 'addresses as an array'; Script = { Get-MonitorToken -Uri https://api.loganalytics.io/v1, https://elsewhere.example @application }; Count = 1; Id = 'InvalidResource' }
        @{ Name = 'credentials'; Script = { $bad, $good | Get-MonitorToken Prometheus }; Count = 1; Id = 'AuthenticationFailed' }
        @{ Name = 'a credential and what has been one'; Script = { ($good | ConvertTo-Json | ConvertFrom-Json), $good | Get-MonitorToken Prometheus }; Count = 1; Id = 'InvalidCredential' }
        @{ Name = 'a resource that Entra does not know'; Script = { Get-MonitorToken https://unknown.example, LogAnalytics @application }; Count = 1; Id = 'ResourceNotFound' }
        @{ Name = 'resources of a cloud'; Script = { Get-MonitorResource -Environment AzureUSGovernment | Get-MonitorToken @application }; Count = 6; Id = 'InvalidResource' }
        @{ Name = 'tokens to read'; Script = { 'abc', $token | ConvertFrom-MonitorToken }; Count = 1; Id = 'InvalidToken' }
        @{ Name = 'names to look up'; Script = { 'Nope', 'Logs' | Get-MonitorResource }; Count = 1; Id = 'InvalidResource' }
        @{ Name = 'names to look up as an array'; Script = { Get-MonitorResource Nope, Logs }; Count = 1; Id = 'InvalidResource' }
        @{ Name = 'resources to test'; Script = { Test-MonitorTokenCredential LogAnalytics, Nope, Prometheus @application }; Count = 2; Id = 'InvalidResource' }
        @{ Name = 'credentials to test'; Script = { ($good | ConvertTo-Json | ConvertFrom-Json), $good | Test-MonitorTokenCredential }; Count = 1; Id = 'InvalidCredential' }
    ) {
        $result = Invoke-Statement $script
        $result.Thrown | Should -BeNullOrEmpty
        $result.Output | Should -HaveCount $count
        $result.Errors.FullyQualifiedErrorId | Should -Match "^$id,"
    }

    It 'is the target of its error' {
        $null = Get-MonitorToken Nope, LogAnalytics, Bad @application -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem.TargetObject | Should -Be 'Nope', 'Bad'
    }

    It 'ends the statement with -ErrorAction Stop, and has the exception that a catch block can name' {
        $result = Invoke-Statement { 'LogAnalytics', 'Nope', 'Prometheus' | Get-MonitorToken @application -ErrorAction Stop }
        $result.Output | Should -HaveCount 1
        $result.Thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        $caught = try { 'Nope' | Get-MonitorToken @application -ErrorAction Stop } catch [MonitorToken.TokenException] { 'caught' }
        $caught | Should -Be 'caught'
    }

    It 'ends the statement if the identity is at fault, which all of them need: <name>' -ForEach @(
        @{ Name = 'an array'; Script = { Get-MonitorToken LogAnalytics, Prometheus @broken } }
        @{ Name = 'the pipeline'; Script = { 'LogAnalytics', 'Prometheus' | Get-MonitorToken @broken -ErrorAction Stop } }
    ) {
        $broken = $application.Clone()
        $broken.TenantId = 'no tenant'
        $result = Invoke-Statement $script
        $result.Output | Should -BeNullOrEmpty
        $result.Errors | Should -BeNullOrEmpty
        $result.Thrown.FullyQualifiedErrorId | Should -Match '^InvalidTenant,'
    }
}

Describe 'One thing' {
    BeforeDiscovery {
        $one = @(
            @{ Command = 'Get-MonitorToken'; Script = { Get-MonitorToken Nope @application @action } }
            @{ Command = 'Get-MonitorToken, refused by Entra'; Script = { Get-MonitorToken LogAnalytics -Credential $bad @action } }
            @{ Command = 'Get-MonitorToken, two forms of output'; Script = { Get-MonitorToken LogAnalytics -Credential $good -AsHeader -AsPlainText @action } }
            @{ Command = 'Get-MonitorTokenCredential'; Script = { Get-MonitorTokenCredential -TenantId 'no tenant' -ManagedIdentity @action } }
            @{ Command = 'Get-MonitorTokenCredential, without a file'; Script = { Get-MonitorTokenCredential -TenantId $application.TenantId -ClientId $application.ClientId -CertificatePath ./nothing.pem @action } }
            @{ Command = 'Test-MonitorTokenCredential'; Script = { Test-MonitorTokenCredential Nope -Credential $good @action } }
            @{ Command = 'Invoke-MonitorRestMethod'; Script = { Invoke-MonitorRestMethod 'https://api.loganalytics.io/v1/nothing' -Credential $good @action } }
            @{ Command = 'Invoke-MonitorRestMethod, to an unknown host'; Script = { Invoke-MonitorRestMethod 'https://elsewhere.example/' -Credential $good @action } }
            @{ Command = 'Invoke-MonitorRestMethod, without a token'; Script = { Invoke-MonitorRestMethod 'https://api.loganalytics.io/v1/nothing' -Credential $bad @action } }
            @{ Command = 'ConvertFrom-MonitorToken'; Script = { ConvertFrom-MonitorToken abc @action } }
            @{ Command = 'Get-MonitorResource'; Script = { Get-MonitorResource Nope @action } }
            @{ Command = 'Clear-MonitorTokenCache'; Script = { Clear-MonitorTokenCache -Name '../work' @action } }
        )
    }

    It 'ends the statement, so that try and catch need no -ErrorAction: <command>' -ForEach $one {
        $action = @{}
        $result = Invoke-Statement $script
        $result.Thrown | Should -Not -BeNullOrEmpty
        $result.Thrown.Exception | Should -BeOfType MonitorToken.TokenException
        $result.Output | Should -BeNullOrEmpty
        $result.Errors | Should -BeNullOrEmpty
    }

    It 'obeys -ErrorAction SilentlyContinue and Ignore: <command>' -ForEach $one {
        foreach ($preference in 'SilentlyContinue', 'Ignore') {
            $action = @{ ErrorAction = $preference }
            $before = $global:Error.Count
            $result = Invoke-Statement $script
            $result.Thrown | Should -BeNullOrEmpty -Because $preference
            $result.Output | Should -BeNullOrEmpty
            $result.Errors | Should -BeNullOrEmpty
            if ($preference -eq 'Ignore') { $global:Error.Count | Should -Be $before }
        }
    }

    It 'is in -ErrorVariable, and $? is false' {
        $null = Get-MonitorToken Nope @application -ErrorAction SilentlyContinue -ErrorVariable problem
        $? | Should -BeFalse
        $problem.FullyQualifiedErrorId | Should -BeExactly 'InvalidResource,MonitorToken.Commands.GetMonitorTokenCommand'
    }

    It 'ends the script with -ErrorAction Stop' {
        $result = Invoke-Statement { & { Get-MonitorToken Nope @application -ErrorAction Stop; 'what follows' } }
        $result.Output | Should -BeNullOrEmpty
        $result.Thrown.FullyQualifiedErrorId | Should -Match '^InvalidResource,'
        "$($result.Thrown)" | Should -Not -Match 'The running command stopped'
    }

    It 'of a command after ours is that command''s' {
        foreach ($fails in { throw [MissingMethodException]::new('mine') }, { throw [IO.FileNotFoundException]::new('mine', 'mine.dll') }) {
            $result = Invoke-Statement { Get-MonitorResource LogAnalytics | ForEach-Object $fails }
            "$($result.Thrown)" | Should -Be 'mine'
            $result = Invoke-Statement { Get-MonitorToken LogAnalytics @application | ForEach-Object $fails }
            "$($result.Thrown)" | Should -Be 'mine'
        }
    }

    It 'about the identity is reported once, whatever else was asked for' {
        $broken = $application.Clone()
        $broken.TenantId = 'no tenant'
        $result = Invoke-Statement { Get-MonitorToken LogAnalytics, Prometheus @broken -ErrorAction Continue }
        $result.Errors | Should -HaveCount 1
        $result = Invoke-Statement { 'LogAnalytics', 'Prometheus' | Get-MonitorToken @broken }
        $result.Thrown.FullyQualifiedErrorId | Should -Match '^InvalidTenant,'
    }

    It 'that concerns the parameters is reported once, whatever follows in the pipeline' {
        $result = Invoke-Statement { 'LogAnalytics', 'Prometheus' | Get-MonitorToken @application -AsHeader -AsPlainText -ErrorAction Continue }
        $result.Errors | Should -HaveCount 1
        $result.Output | Should -BeNullOrEmpty
    }
}
