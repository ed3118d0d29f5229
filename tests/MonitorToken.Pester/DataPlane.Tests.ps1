# From import to rows: what a first user does.
BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'A token at the data plane' {
    BeforeAll {
        $script = @'
Import-Module $env:MONITORTOKEN_MODULE
$s = ConvertTo-SecureString $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
$t = Get-MonitorToken -Resource {0} -TenantId $env:EMULATOR_TENANT_ID -ClientId $env:EMULATOR_CLIENT_ID -ClientSecret $s
try {{ (Invoke-RestMethod -Authentication Bearer -Token $t.Token 'https://api.loganalytics.io/v1/workspaces/x/query?query=Heartbeat').tables[0].rows.Count }}
catch {{ [int] $_.Exception.Response.StatusCode }}
'@
    }

    It 'returns rows, in a fresh pwsh with only the module imported' {
        [int] (Invoke-FreshPowerShell ($script -f 'LogAnalytics')) | Should -BeIn (1..100)
    }

    It 'is refused where it is for another audience' {
        Invoke-FreshPowerShell ($script -f 'ResourceManager') | Should -Be 401
    }

    It 'is taken by the service of its name: <name>' -ForEach @(
        @{
            Name = 'CustomMetrics'; Status = 200; Uri = 'https://westeurope.monitoring.azure.com/subscriptions/s/providers/p/metrics'
            Body = @{ time = [DateTime]::UtcNow.ToString('s') + 'Z'; data = @{ baseData = @{ metric = 'm'; namespace = 'n'; series = @(@{ min = 1; max = 1; sum = 1; count = 1 }) } } }
        }
        @{
            Name = 'LogsIngestion'; Status = 204; Body = , @{ Name = 'build' }
            Uri = 'https://d.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/Custom-Builds?api-version=2023-01-01'
        }
        @{
            Name = 'MetricsBatch'; Status = 200; Body = @{ resourceids = @('/subscriptions/s/providers/p') }
            Uri = 'https://westeurope.metrics.monitor.azure.com/subscriptions/s/metrics:getBatch?metricnamespace=p&metricnames=m&api-version=2024-02-01'
        }
        @{ Name = 'Prometheus'; Status = 200; Body = @{}; Uri = 'https://w.westeurope.prometheus.monitor.azure.com/api/v1/query?query=up' }
    ) {
        $application = New-Application
        $json = ConvertTo-Json -InputObject $body -Depth 6
        foreach ($ask in @{ Resource = $name }, @{ Uri = $uri }) {
            $header = Get-MonitorToken @ask @application -AsHeader
            (Invoke-WebRequest -Method Post -Uri $uri -Headers $header -ContentType application/json -Body $json).StatusCode | Should -Be $status
        }
        $header = Get-MonitorToken LogAnalytics @application -AsHeader
        (Invoke-WebRequest -Method Post -Uri $uri -Headers $header -ContentType application/json -Body $json -SkipHttpErrorCheck).StatusCode | Should -Be 401
    }

    It 'is taken by Managed Grafana, whose audience is an id: <as>' -ForEach @(
        @{ As = 'v2'; More = @{} }
        @{ As = 'v1'; More = @{ UseV1Endpoint = $true } }
    ) {
        Clear-Emulator
        $application = New-Application
        $uri = 'https://contoso-a1b2.weu.grafana.azure.com/api/search'
        foreach ($ask in @{ Resource = 'Grafana' }, @{ Uri = $uri }) {
            $token = Get-MonitorToken @ask @application @more -ForceRefresh
            $token.Resource | Should -BeExactly 'ce34e7e5-485f-4d76-964f-b3d2b16d1e4f'
            $token.ResourceName | Should -Be 'Grafana'
            (Invoke-RestMethod $uri -Headers $token.GetHeader()).title | Should -Be 'Emulated dashboard'
        }
        $form = @(Get-Request | Where-Object path -Like '*/oauth2/*token')[-1].form
        if ($as -eq 'v1') { $form.resource | Should -BeExactly 'ce34e7e5-485f-4d76-964f-b3d2b16d1e4f' }
        else { $form.scope | Should -Match '^ce34e7e5-485f-4d76-964f-b3d2b16d1e4f/\.default' }
        (Test-MonitorTokenCredential -Uri $uri @application).Status | Should -Be 'Succeeded'
    }

    It 'is never one that has expired' {
        Clear-Emulator
        Add-Fault @{ tokenLifetimeSeconds = -60; match = @{ host = 'login.microsoftonline.com' } }
        $application = New-Application
        $thrown = Get-ThrownError { Get-MonitorToken LogAnalytics @application }
        $thrown.FullyQualifiedErrorId | Should -Match '^InvalidResponse,'
        $thrown.CategoryInfo.Category | Should -Be 'InvalidResult'
        "$thrown" | Should -Match 'a token that expired at \d{4}-\d\d-\d\d'
        $thrown.ErrorDetails.RecommendedAction | Should -Match 'clock'
    }
}
