BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $application = New-Application
    $token = Get-MonitorToken LogAnalytics @application
}

Describe 'ConvertFrom-MonitorToken' {
    It 'reads <from>' -ForEach @(
        @{ From = 'a token object'; Value = { $token } }
        @{ From = 'a SecureString'; Value = { $token.Token } }
        @{ From = 'a string'; Value = { $token.GetPlainText() } }
        @{ From = 'a string with its scheme'; Value = { 'bearer ' + $token.GetPlainText() } }
        @{ From = 'a header'; Value = { $token.GetHeader() } }
        @{ From = 'a header of one''s own'; Value = { @{ authorization = "Bearer $($token.GetPlainText())" } } }
    ) {
        $claims = ConvertFrom-MonitorToken (& $value)
        $claims | Should -BeOfType MonitorToken.TokenClaims
        $claims.Audience | Should -BeExactly 'https://api.loganalytics.io'
        $claims.TenantId, $claims.Identity, $claims.IdentityType | Should -Be $application.TenantId, $application.ClientId, 'ServicePrincipal'
        $claims.Roles | Should -Be 'Data.Read'
    }

    It 'types the times, and has every claim' {
        $claims = $token | ConvertFrom-MonitorToken
        $claims.ExpiresOn | Should -BeOfType DateTimeOffset
        $claims.ExpiresOn.Offset | Should -Be ([TimeSpan]::Zero)
        $claims.ExpiresOn | Should -BeGreaterThan ([DateTimeOffset]::UtcNow)
        $claims.NotBefore, $claims.IssuedAt | ForEach-Object { $_ | Should -BeOfType DateTimeOffset }
        $claims.Claims['idtyp'] | Should -Be 'app'
        $claims.Claims['exp'] | Should -Be $claims.ExpiresOn.ToUnixTimeSeconds()
        $claims.Claims['roles'] | Should -Be 'Data.Read'
    }

    It 'knows a user and a managed identity' {
        $user = (New-EmulatorItem user-tokens @{ audience = 'https://api.loganalytics.io' }).token | ConvertFrom-MonitorToken
        $user.IdentityType | Should -Be 'User'
        $user.Identity | Should -Match '@'
        $user.Scopes | Should -Not -BeNullOrEmpty
        (Get-MonitorToken LogAnalytics -ManagedIdentity | ConvertFrom-MonitorToken).IdentityType | Should -Be 'ManagedIdentity'
    }

    It 'says that it checks no signature' {
        $forged = $token.GetPlainText().Substring(0, $token.GetPlainText().LastIndexOf('.')) + '.forged'
        ($forged | ConvertFrom-MonitorToken).IsSignatureChecked | Should -BeFalse
        (Get-Help ConvertFrom-MonitorToken -Full | Out-String) -replace '\s+', ' ' | Should -Match 'doesn''t validate the signature'
    }

    It 'has a clear error for <what>, without repeating it' -ForEach @(
        @{ What = 'an opaque token'; Value = 'opaque-canary-1'; Says = 'isn''t a JWT' }
        @{ What = 'a damaged token'; Value = 'eyJh.canary!!.x'; Says = 'damaged' }
        @{ What = 'a payload with half a character'; Value = 'a.eyJjYW5hcnkiOiJcdWQ4MDAifQ.x'; Says = 'damaged' }
        @{ What = 'a payload that is no object'; Value = 'a.WzFd.canary'; Says = 'damaged' }
        @{ What = 'a header without authorization'; Value = @{ Accept = 'canary' }; Says = 'neither a token' }
        @{ What = 'a number'; Value = 42; Says = 'neither a token' }
    ) {
        $thrown = Get-ThrownError { ConvertFrom-MonitorToken $value }
        $thrown.FullyQualifiedErrorId | Should -BeExactly 'InvalidToken,MonitorToken.Commands.ConvertFromMonitorTokenCommand'
        $thrown.CategoryInfo.Category | Should -Be 'InvalidArgument'
        "$thrown" | Should -Match $says
        "$thrown" | Should -Not -Match 'canary'
    }
}
