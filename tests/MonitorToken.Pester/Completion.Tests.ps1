# What Tab offers: what the machine and the session know, and never an error in place of it.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
    $given = $env:AZURE_CONFIG_DIR, $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID
    $contoso, $fabrikam = '11111111-aaaa-4000-8000-000000000001', '22222222-bbbb-4000-8000-000000000002'
    $app, $identity = '33333333-cccc-4000-8000-000000000003', '44444444-dddd-4000-8000-000000000004'

    function Find-Completion {
        param([string] $Line)
        (TabExpansion2 $Line -cursorColumn $Line.Length).CompletionMatches
    }

    # As az writes it, with its byte order mark.
    function Set-Profile {
        param([Parameter(Mandatory)] [string] $Content)
        Set-Content "$env:AZURE_CONFIG_DIR/azureProfile.json" $Content -Encoding utf8BOM
    }

    function New-Subscription {
        param([string] $Name, [string] $Id, [string] $TenantId, [hashtable] $User = @{ name = 'somebody@contoso.com'; type = 'user' }, [hashtable] $More = @{})
        @{ name = $Name; id = $Id; tenantId = $TenantId; state = 'Enabled'; user = $User; isDefault = $false } + $More
    }
}

AfterAll {
    $env:AZURE_CONFIG_DIR, $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID = $given
}

Describe 'From az''s profile' {
    BeforeAll {
        $env:AZURE_CONFIG_DIR = "$TestDrive/azure"
        $env:AZURE_TENANT_ID = $env:AZURE_CLIENT_ID = ''
        $null = New-Item -ItemType Directory $env:AZURE_CONFIG_DIR
        Set-Profile (@{
            installationId = 'x'
            subscriptions  = @(
                New-Subscription 'Production' '51111111-0000-4000-8000-000000000001' $contoso -More @{ tenantDisplayName = 'Contoso' }
                New-Subscription 'Dev & Test (O''Hara)' '52222222-0000-4000-8000-000000000002' $contoso
                New-Subscription 'Pay as you go' '53333333-0000-4000-8000-000000000003' $fabrikam @{ name = $app; type = 'servicePrincipal' }
                New-Subscription 'Twin' '54444444-0000-4000-8000-000000000004' $fabrikam @{ name = 'systemAssignedIdentity'; type = 'servicePrincipal'; assignedIdentityInfo = 'MSI' }
                New-Subscription 'Twin' '55555555-0000-4000-8000-000000000005' $contoso @{ name = 'userAssignedIdentity'; type = 'servicePrincipal'; assignedIdentityInfo = "MSIClient-$identity" }
            )
        } | ConvertTo-Json -Depth 5)
    }

    It '-Subscription has names, quoted where that is needed, with tenant and state' {
        $found = Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P'
        $found.CompletionText | Should -BeExactly 'Production', "'Pay as you go'"
        $found.ListItemText | Should -BeExactly 'Production', 'Pay as you go'
        $found.ToolTip | Should -BeExactly "Contoso, $contoso, Enabled", "$fabrikam, Enabled"
        (Find-Completion "Get-MonitorToken LogAnalytics -AzureCli -Subscription 'pay as").CompletionText | Should -BeExactly "'Pay as you go'"
    }

    It '-Subscription has the id for what was begun as one' {
        $found = Find-Completion 'Get-MonitorTokenCredential -AzureCli -Subscription 511'
        $found.CompletionText | Should -BeExactly '51111111-0000-4000-8000-000000000001'
        $found.ListItemText | Should -BeExactly 'Production'
    }

    It '-Subscription has the id where two have the name, and where it cannot stand on a command line' {
        $found = Find-Completion 'Get-MonitorTokenCredential -AzureCli -Subscription Twin'
        $found.CompletionText | Should -BeExactly '54444444-0000-4000-8000-000000000004', '55555555-0000-4000-8000-000000000005'
        (Find-Completion 'Get-MonitorTokenCredential -AzureCli -Subscription Dev').CompletionText | Should -BeExactly '52222222-0000-4000-8000-000000000002'
        (Find-Completion 'Get-MonitorTokenCredential -AzureCli -Subscription Dev').ListItemText | Should -BeExactly 'Dev & Test (O''Hara)'
    }

    It '-TenantId has each tenant once, with its subscriptions' {
        $found = Find-Completion 'Get-MonitorToken LogAnalytics -TenantId '
        $found.CompletionText | Should -BeExactly $contoso, $fabrikam
        $found[0].ToolTip | Should -BeExactly 'az: Production, az: Dev & Test (O''Hara), az: Twin'
        (Find-Completion 'Get-MonitorTokenCredential -TenantId 2').CompletionText | Should -BeExactly $fabrikam
    }

    It '-ClientId has applications and user-assigned identities, and no person' {
        (Find-Completion 'Get-MonitorToken LogAnalytics -ClientId ').CompletionText | Should -BeExactly $app, $identity
    }

    It 'variables come first' {
        $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID = 'contoso.onmicrosoft.com', $app
        try {
            $found = Find-Completion 'Get-MonitorToken LogAnalytics -TenantId '
            $found.CompletionText | Should -BeExactly 'contoso.onmicrosoft.com', $contoso, $fabrikam
            $found[0].ToolTip | Should -BeExactly 'AZURE_TENANT_ID'
            $found = @(Find-Completion 'Get-MonitorToken LogAnalytics -ClientId 333')
            $found.CompletionText | Should -BeExactly $app
            $found[0].ToolTip | Should -BeExactly 'AZURE_CLIENT_ID, az: Pay as you go'
        }
        finally {
            $env:AZURE_TENANT_ID = $env:AZURE_CLIENT_ID = ''
        }
    }

    It 'a profile that is <what> gives nothing, and no error' -ForEach @(
        @{ What = 'no JSON'; Content = 'subscriptions: none' }
        @{ What = 'cut off'; Content = '{"subscriptions":[{"id":"51111111-0000-4000-8000-000000000001","na' }
        @{ What = 'another JSON'; Content = '[1, {"subscriptions": 7}, null]' }
        @{ What = 'without what is needed'; Content = '{"subscriptions":[null, 5, {"id":null}, {"name":"P","user":"P"}, {"user":{}}]}' }
        @{ What = 'too deep'; Content = '{"subscriptions":' + '[' * 100000 }
        @{ What = 'all escapes'; Content = '{"subscriptions":[{"id":"P","name":"P","tenantId":"P","x":"' + '\u0061' * 40000 + '"}]}' }
        @{ What = 'huge'; Content = '{"subscriptions":[{"id":"P","name":"P","tenantId":"P","x":"' + 'x' * 3MB + '"}]}' }
    ) {
        $before = Get-Content "$env:AZURE_CONFIG_DIR/azureProfile.json" -Raw
        $env:AZURE_TENANT_ID = 'contoso.onmicrosoft.com'
        try {
            Set-Profile $content
            $Error.Clear()
            Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P' | Should -BeNullOrEmpty
            (Find-Completion 'Get-MonitorToken LogAnalytics -TenantId ').CompletionText | Should -BeExactly 'contoso.onmicrosoft.com'
            $Error | Should -BeNullOrEmpty
        }
        finally {
            $env:AZURE_TENANT_ID = ''
            Set-Profile $before
        }
    }

    It 'a profile that is locked, a folder, or not there gives nothing' {
        $file = "$env:AZURE_CONFIG_DIR/azureProfile.json"
        $lock = [System.IO.File]::Open($file, 'Open', 'ReadWrite', 'None')
        try { Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P' | Should -BeNullOrEmpty }
        finally { $lock.Dispose() }
        (Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P') | Should -HaveCount 2

        $folder = $env:AZURE_CONFIG_DIR
        try {
            $env:AZURE_CONFIG_DIR = "$TestDrive/other"
            Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P' | Should -BeNullOrEmpty
            $null = New-Item -ItemType Directory "$TestDrive/other/azureProfile.json"
            Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P' | Should -BeNullOrEmpty
        }
        finally { $env:AZURE_CONFIG_DIR = $folder }
    }

    It 'asks nobody' {
        Clear-Emulator
        $null = Find-Completion 'Get-MonitorToken LogAnalytics -TenantId '
        $null = Find-Completion 'Get-MonitorToken LogAnalytics -AzureCli -Subscription P'
        Get-Request | Should -BeNullOrEmpty
    }
}

Describe 'The names of token caches' {
    BeforeAll {
        $data = $env:XDG_DATA_HOME
        $env:XDG_DATA_HOME = "$TestDrive/data"
        $folder = Join-Path ([Environment]::GetFolderPath('LocalApplicationData', 'DoNotVerify')) 'MonitorToken'
    }

    AfterAll {
        $env:XDG_DATA_HOME = $data
    }

    # On Windows the folder cannot be moved.
    It 'are those that somebody has signed in with, each once' -Skip:$IsWindows {
        Find-Completion 'Clear-MonitorTokenCache -Name ' | Should -BeNullOrEmpty
        $null = New-Item -ItemType Directory $folder
        foreach ($name in 'work.0123456789_-.json', 'work.abcdefghijkl.json', 'work.eu.0123456789ab.json', 'home.0123456789ab.json', 'other.txt') {
            $null = New-Item "$folder/$name"
        }
        (Find-Completion 'Clear-MonitorTokenCache ').CompletionText | Sort-Object | Should -BeExactly 'home', 'work', 'work.eu'
        (Find-Completion 'Get-MonitorToken LogAnalytics -DeviceCode -TokenCacheName h').CompletionText | Should -BeExactly 'home'
        Find-Completion 'Clear-MonitorTokenCache -Name x' | Should -BeNullOrEmpty
    }
}

Describe 'The variables for -Credential' {
    It 'are those that hold credentials' {
        $global:oneCredential = Get-MonitorTokenCredential -AzureCli -TenantId contoso.com
        $global:oneChain = $oneCredential, (Get-MonitorTokenCredential -ManagedIdentity -ClientId 44444444-dddd-4000-8000-000000000004)
        ${global:one with spaces} = $oneCredential
        $global:oneOfAnotherKind = $oneCredential, 'text'
        try {
            $found = Find-Completion 'Get-MonitorToken LogAnalytics -Credential one'
            $found.CompletionText | Sort-Object | Should -BeExactly '${one with spaces}', '$oneChain', '$oneCredential'
            ($found | Where-Object ListItemText -eq oneCredential).ToolTip | Should -BeExactly 'AzureCli, contoso.com'
            ($found | Where-Object ListItemText -eq oneChain).ToolTip | Should -BeExactly 'AzureCli, contoso.com; ManagedIdentity, 44444444-dddd-4000-8000-000000000004'
            (Find-Completion 'Test-MonitorTokenCredential -Credential $oneCredential, oneCh').CompletionText | Should -BeExactly '$oneChain'
        }
        finally {
            Remove-Variable -Scope Global -Name 'oneCredential', 'oneChain', 'one with spaces', 'oneOfAnotherKind'
        }
    }
}

Describe 'Completion' {
    It 'loads no engine: <line>' -ForEach @(
        'Get-MonitorToken -Resource ', 'Get-MonitorToken X -TenantId ', 'Get-MonitorToken X -AzureCli -Subscription ',
        'Clear-MonitorTokenCache -Name ', 'Get-MonitorToken X -Credential ' | ForEach-Object { @{ Line = $_ } }
    ) {
        $loaded = Invoke-FreshPowerShell "Import-Module '$env:MONITORTOKEN_MODULE'
            `$null = TabExpansion2 '$line' -cursorColumn $($line.Length)
            [System.AppDomain]::CurrentDomain.GetAssemblies().GetName().Name -like 'MonitorToken*'"
        $loaded | Sort-Object | Should -BeExactly 'MonitorToken', 'MonitorToken.PowerShell'
    }
}
