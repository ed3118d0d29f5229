# What scripts rely on: each parameter of each set with its type, position, whether it is mandatory, and its aliases.
BeforeDiscovery {
    # parameter                  type                 sets in which it is; ! mandatory; @ by value, . by property name; a number is the position
    $request = @'
        Resource                 string[]             * 0 @ . alias:ResourceUrl
        Uri                      uri[]                *
        Scope                    string[]             * alias:Scopes
        Claims                   string               *
        TimeoutSec               int                  * alias:TimeoutSeconds
        MinimumLifetime          timespan             *
        ForceRefresh             switch               *
        AsHeader                 switch               *
        AsSecureString           switch               *
        AsPlainText              switch               *
        AsRestResponse           switch               *
'@
    $identity = @'
        InputObject                object                 * @
        FromEnvironment            switch                 Environment !
        ManagedIdentity            switch                 ManagedIdentity ! alias:Identity
        WorkloadIdentity           switch                 WorkloadIdentity !
        GitHubActions              switch                 GitHubActions !
        AzurePipelines             switch                 AzurePipelines !
        AzureCli                   switch                 AzureCli !
        AzureDeveloperCli          switch                 AzureDeveloperCli !
        VisualStudio               switch                 VisualStudio !
        AzurePowerShell            switch                 AzurePowerShell !
        Interactive                switch                 Interactive !
        DeviceCode                 switch                 DeviceCode !
        Silent                     switch                 Silent !
        Credential                 MonitorToken.Credential[] Credential ! @
        TenantId                   string                 Default
        TenantId                   string                 Environment
        TenantId                   string                 ClientSecret !
        TenantId                   string                 ServicePrincipal !
        TenantId                   string                 Certificate !
        TenantId                   string                 CertificatePath !
        TenantId                   string                 CertificateThumbprint !
        TenantId                   string                 ManagedIdentity
        TenantId                   string                 WorkloadIdentity
        TenantId                   string                 FederatedToken !
        TenantId                   string                 FederatedTokenScript !
        TenantId                   string                 FederatedCredential !
        TenantId                   string                 GitHubActions
        TenantId                   string                 AzurePipelines
        TenantId                   string                 AzureCli
        Subscription               string                 AzureCli
        TenantId                   string                 AzureDeveloperCli
        TenantId                   string                 VisualStudio
        TenantId                   string                 AzurePowerShell
        TenantId                   string                 Interactive
        TenantId                   string                 DeviceCode
        TenantId                   string                 Silent
        ClientId                   string                 Default alias:ApplicationId alias:AppId
        ClientId                   string                 ClientSecret ! alias:ApplicationId alias:AppId
        ClientId                   string                 Certificate ! alias:ApplicationId alias:AppId
        ClientId                   string                 CertificatePath ! alias:ApplicationId alias:AppId
        ClientId                   string                 CertificateThumbprint ! alias:ApplicationId alias:AppId
        ClientId                   string                 ManagedIdentity alias:ApplicationId alias:AppId
        ClientId                   string                 WorkloadIdentity alias:ApplicationId alias:AppId
        ClientId                   string                 FederatedToken ! alias:ApplicationId alias:AppId
        ClientId                   string                 FederatedTokenScript ! alias:ApplicationId alias:AppId
        ClientId                   string                 FederatedCredential ! alias:ApplicationId alias:AppId
        ClientId                   string                 GitHubActions alias:ApplicationId alias:AppId
        ClientId                   string                 AzurePipelines alias:ApplicationId alias:AppId
        ClientId                   string                 Interactive alias:ApplicationId alias:AppId
        ClientId                   string                 DeviceCode alias:ApplicationId alias:AppId
        ClientId                   string                 Silent alias:ApplicationId alias:AppId
        ClientSecret               securestring           ClientSecret !
        ServicePrincipal           pscredential           ServicePrincipal !
        UseV1Endpoint              switch                 ClientSecret
        UseV1Endpoint              switch                 ServicePrincipal
        Certificate                System.Security.Cryptography.X509Certificates.X509Certificate2 Certificate ! alias:ClientCertificate
        CertificatePath            string                 CertificatePath ! alias:ClientCertificatePath
        CertificatePassword        securestring           CertificatePath
        CertificateThumbprint      string                 CertificateThumbprint ! alias:Thumbprint
        SendCertificateChain       switch                 Certificate
        SendCertificateChain       switch                 CertificatePath
        SendCertificateChain       switch                 CertificateThumbprint
        UserAssertion              securestring           ClientSecret
        UserAssertion              securestring           ServicePrincipal
        UserAssertion              securestring           Certificate
        UserAssertion              securestring           CertificatePath
        UserAssertion              securestring           CertificateThumbprint
        IdentityResourceId         string                 ManagedIdentity
        IdentityObjectId           string                 ManagedIdentity
        TokenFilePath              string                 WorkloadIdentity
        FederatedToken             securestring           FederatedToken !
        FederatedTokenScript       scriptblock            FederatedTokenScript !
        FederatedCredential        MonitorToken.Credential FederatedCredential !
        ServiceConnectionId        string                 AzurePipelines
        SystemAccessToken          securestring           AzurePipelines
        LoginHint                  string                 Interactive
        LoginHint                  string                 Silent
        RedirectUri                uri                    Interactive
        TokenCacheName             string                 Interactive
        TokenCacheName             string                 DeviceCode
        TokenCacheName             string                 Silent
        AllowUnencryptedTokenCache switch                 Interactive
        AllowUnencryptedTokenCache switch                 DeviceCode
        AllowUnencryptedTokenCache switch                 Silent
        Include                    string[]               Default
        Exclude                    string[]               Default
        Environment                MonitorToken.AzureEnvironment *
        ResourceManager            uri                    *
        AuthorityHost              uri                    *
        DisableInstanceDiscovery   switch                 *
'@
    $resource = @'
        Name                     string[]             * 0 @ .
        Environment              MonitorToken.AzureEnvironment[]  * .
        ResourceManager          uri                  *
'@
    $test = @'
        Resource                   string[]               * 0 alias:ResourceUrl
        Uri                        uri                    *
        TimeoutSec                 int                    * alias:TimeoutSeconds
'@
    $call = @'
        Uri                        uri                    * ! 0
        Method                     string                 *
        Body                       object                 *
        Headers                    System.Collections.IDictionary *
        ContentType                string                 *
        OutFile                    string                 *
        MaximumRetryCount          int                    *
        RetryIntervalSec           int                    *
        TimeoutSec                 int                    * alias:TimeoutSeconds
        StatusCodeVariable         string                 *
        ResponseHeadersVariable    string                 *
        FollowPages                switch                 *
        AsTable                    switch                 *
        WhatIf                     switch                 * alias:wi
        Confirm                    switch                 * alias:cf
'@
    $token = @'
        Token                      object                 * ! 0 @
'@
    $caches = @'
        Name                       string[]               * 0 @ .
'@
    $clear = @'
        Name                       string                 * 0 @
        WhatIf                     switch                 * alias:wi
        Confirm                    switch                 * alias:cf
'@
    $commands = @(
        @{ Command = 'Get-MonitorToken'; Contract = $request + "`n" + $identity; DefaultSet = 'Default'; Outputs = 'MonitorToken.AccessToken', 'System.Collections.Hashtable', 'System.Security.SecureString', 'System.String', 'MonitorToken.RestResponse' }
        @{ Command = 'Get-MonitorTokenCredential'; Contract = $identity; DefaultSet = 'Default'; Outputs = 'MonitorToken.Credential' }
        @{ Command = 'Test-MonitorTokenCredential'; Contract = $test + "`n" + $identity; DefaultSet = 'Default'; Outputs = 'MonitorToken.CredentialTest' }
        @{ Command = 'Invoke-MonitorRestMethod'; Contract = $call + "`n" + $identity; DefaultSet = 'Default'; Outputs = 'System.Management.Automation.PSObject', 'System.String' }
        @{ Command = 'ConvertFrom-MonitorToken'; Contract = $token; DefaultSet = ''; Outputs = 'MonitorToken.TokenClaims' }
        @{ Command = 'Get-MonitorTokenCache'; Contract = $caches; DefaultSet = ''; Outputs = 'MonitorToken.TokenCacheInfo' }
        @{ Command = 'Clear-MonitorTokenCache'; Contract = $clear; DefaultSet = ''; Outputs = $null }
        @{ Command = 'Get-MonitorResource'; Contract = $resource; DefaultSet = ''; Outputs = 'MonitorToken.MonitorResource' }
    )
}

BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"

    function Get-ActualContract([System.Management.Automation.CommandInfo] $Command) {
        foreach ($parameter in $Command.Parameters.Values) {
            foreach ($set in $parameter.ParameterSets.GetEnumerator()) {
                $words = @(
                    $parameter.Name
                    $parameter.ParameterType.FullName
                    if ($set.Key -eq '__AllParameterSets') { '*' } else { $set.Key }
                    if ($set.Value.IsMandatory) { '!' }
                    if ($set.Value.Position -ge 0) { $set.Value.Position }
                    if ($set.Value.ValueFromPipeline) { '@' }
                    if ($set.Value.ValueFromPipelineByPropertyName) { '.' }
                    $parameter.Aliases | ForEach-Object { "alias:$_" }
                )
                $words -join ' '
            }
        }
    }
}

Describe '<command>' -ForEach $commands {
    It 'has exactly the parameters of the contract' {
        $expected = foreach ($line in $contract -split '\r?\n' | Where-Object { $_.Trim() }) {
            $name, $type, $rest = -split $line
            (@($name, ($type -as [type]).FullName) + $rest) -join ' '
        }
        $common = [System.Management.Automation.Cmdlet]::CommonParameters
        $actual = Get-ActualContract (Get-Command $command) | Where-Object { ($_ -split ' ')[0] -notin $common }
        $actual | Sort-Object | Should -Be ($expected | Sort-Object)
    }

    It 'has the default set and the output types of the contract' {
        $cmdlet = Get-Command $command
        "$($cmdlet.DefaultParameterSet)" | Should -Be $(if ($defaultSet) { $defaultSet } else { '' })
        $cmdlet.OutputType.Name | Should -Be $outputs
    }

    It 'has help: what it does, each parameter, examples' {
        $help = Get-Help $command -Full
        $help.Synopsis | Should -Not -Match ([regex]::Escape($command))
        $help.description.Text | Should -Not -BeNullOrEmpty
        $help.examples.example.Count | Should -BeGreaterThan 0
        $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
        foreach ($name in (Get-Command $command).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $parameter = Get-Help $command -Parameter $name
            $parameter.description.Text | Should -Not -BeNullOrEmpty -Because $name
        }
        $asks = (Get-Command $command).Parameters.ContainsKey('WhatIf')
        foreach ($name in 'WhatIf', 'Confirm') {
            ($help.parameters.parameter.name -contains $name) | Should -Be $asks
            foreach ($syntax in $help.syntax.syntaxItem) { ($syntax.parameter.name -contains $name) | Should -Be $asks }
            ($help.syntax | Out-String -Width 9999) -match "\[-$name\]" | Should -Be $asks
        }
    }

    It 'has help that begins with what it does' {
        $culture = [cultureinfo]::CurrentCulture
        try {
            # The culture decides whether Get-Help wraps at words.
            [cultureinfo]::CurrentCulture = 'en-US'
            $lines = (Get-Help $command | Out-String -Width 120) -split '\r?\n'
        }
        finally { [cultureinfo]::CurrentCulture = $culture }
        $lines.IndexOf('DESCRIPTION') | Should -BeGreaterThan 0
        $lines.IndexOf('DESCRIPTION') | Should -BeLessThan 40
        $help = Get-Help $command
        @($help.description.Text)[0] | Should -Not -Be $help.Synopsis
    }

    It 'has a syntax with each parameter' {
        $common = [System.Management.Automation.Cmdlet]::CommonParameters
        $shown = (Get-Help $command).syntax.syntaxItem.parameter.name | Sort-Object -Unique
        $shown | Should -Be ((Get-Command $command).Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object)
    }

    It 'has its examples under headings of their own' {
        $shown = Get-Help $command -Full | Out-String -Width 200
        foreach ($number in 1..@((Get-Help $command).examples.example).Count) {
            $shown | Should -Match "(?m)^\s*-{26} Example $number -{26}\s*`$"
        }
    }
}

Describe 'The token object' {
    It 'has exactly the properties and methods of the contract' {
        $members = [MonitorToken.AccessToken].GetMembers('Public, Instance, DeclaredOnly') | Where-Object { -not $_.IsSpecialName } | ForEach-Object Name | Sort-Object -Unique
        $members | Should -Be ('CredentialName', 'ExpiresInSeconds', 'ExpiresOn', 'GetHeader', 'GetPlainText', 'Identity', 'IsExpired', 'NotBefore', 'RefreshOn', 'Resource', 'ResourceName', 'Scopes', 'TenantId', 'TokenType', 'ToString', 'UniqueTokenIdentifier' | Sort-Object)
    }

    It 'has Token for whoever names it, and for nobody else' {
        $secret = [System.Net.NetworkCredential]::new('', 'the token').SecurePassword
        $token = [MonitorToken.AccessToken].GetConstructors('NonPublic, Instance')[0].Invoke($secret)
        $token.Token | Should -BeOfType securestring
        $token.token.Length | Should -Be 9
        ($token | Select-Object -ExpandProperty Token).Length | Should -Be 9
        ($token | ForEach-Object Token).Length | Should -Be 9
        ($token, $token).Token | Should -HaveCount 2
        # Each is a copy: to dispose of one leaves the token alone.
        $token.Token.Dispose()
        $token.Token.Length | Should -Be 9
        $token.psobject.Properties.Name | Should -Not -Contain 'Token'
        ($token | Select-Object *).psobject.Properties.Name | Should -Not -Contain 'Token'
    }
}
