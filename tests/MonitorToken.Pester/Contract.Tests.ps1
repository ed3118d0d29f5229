# What scripts rely on: each parameter of each set with its type, position, whether it is mandatory, and its aliases.
BeforeDiscovery {
    # parameter                  type                 sets in which it is; ! mandatory; @ by value, . by property name; a number is the position
    $request = @'
        Resource                 string[]             * 0 @ .
        Uri                      uri[]                *
        Scope                    string[]             *
        Claims                   string               *
        TimeoutSec               int                  *
        MinimumLifetime          timespan             *
        ForceRefresh             switch               *
        AsHeader                 switch               *
        AsSecureString           switch               *
        AsPlainText              switch               *
        AsRestResponse           switch               *
'@
    $identity = @'
        Environment              MonitorToken.AzureEnvironment  * .
        AuthorityHost            uri                  *
        DisableInstanceDiscovery switch               *
        TenantId                 string               Default
        TenantId                 string               Environment
        TenantId                 string               ClientSecret !
        TenantId                 string               ServicePrincipal !
        TenantId                 string               ManagedIdentity
        TenantId                 string               AzureCli
        Include                  string[]             Default
        Exclude                  string[]             Default
        ClientId                 string               Default
        ClientId                 string               ClientSecret !
        ClientId                 string               ManagedIdentity
        ClientSecret             securestring         ClientSecret !
        ServicePrincipal         pscredential         ServicePrincipal !
        UseV1Endpoint            switch               ClientSecret
        UseV1Endpoint            switch               ServicePrincipal
        FromEnvironment          switch               Environment !
        ManagedIdentity          switch               ManagedIdentity !
        IdentityResourceId       string               ManagedIdentity
        IdentityObjectId         string               ManagedIdentity
        AzureCli                 switch               AzureCli !
'@
    $resource = @'
        Name                     string[]             * 0
        Environment              MonitorToken.AzureEnvironment[]  *
'@
    $commands = @(
        @{ Command = 'Get-MonitorToken'; Contract = $request + "`n" + $identity; DefaultSet = 'Default'; Outputs = 'MonitorToken.AccessToken', 'System.Collections.Hashtable', 'System.Security.SecureString', 'System.String', 'MonitorToken.RestResponse' }
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
        $common = [System.Management.Automation.Cmdlet]::CommonParameters
        foreach ($name in (Get-Command $command).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $parameter = Get-Help $command -Parameter $name
            $parameter.description.Text | Should -Not -BeNullOrEmpty -Because $name
        }
    }
}

Describe 'The token object' {
    It 'has exactly the properties and methods of the contract' {
        $members = [MonitorToken.AccessToken].GetMembers('Public, Instance, DeclaredOnly') | Where-Object { -not $_.IsSpecialName } | ForEach-Object Name | Sort-Object -Unique
        $members | Should -Be ('CredentialName', 'ExpiresIn', 'ExpiresOn', 'GetHeader', 'GetPlainText', 'Identity', 'IsExpired', 'NotBefore', 'RefreshOn', 'Resource', 'ResourceName', 'Scopes', 'TenantId', 'Token', 'TokenType', 'ToString' | Sort-Object)
    }
}
