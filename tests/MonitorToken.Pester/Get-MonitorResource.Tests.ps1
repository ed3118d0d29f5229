BeforeAll {
    Import-Module "$PSScriptRoot/Emulator.psm1"
}

Describe 'Get-MonitorResource' {
    It 'lists the public cloud''s resources unless told otherwise' {
        $resources = Get-MonitorResource
        $resources | Should -BeOfType MonitorToken.MonitorResource
        $resources.Name | Should -Be 'ResourceManager', 'LogAnalytics', 'CustomMetrics', 'LogsIngestion', 'MetricsBatch', 'ApplicationInsights', 'Prometheus', 'Grafana'
        $resources.Environment | Select-Object -Unique | Should -Be 'AzureCloud'
    }

    It '<name> in <environment> is <audience>' -ForEach @(
        @{ Name = 'ResourceManager'; Environment = 'AzureCloud'; Audience = 'https://management.azure.com' }
        @{ Name = 'ResourceManager'; Environment = 'AzureUSGovernment'; Audience = 'https://management.usgovcloudapi.net' }
        @{ Name = 'LogAnalytics'; Environment = 'AzureChinaCloud'; Audience = 'https://api.loganalytics.azure.cn' }
        @{ Name = 'CustomMetrics'; Environment = 'AzureCloud'; Audience = 'https://monitoring.azure.com/' }
        @{ Name = 'CustomMetrics'; Environment = 'AzureUSGovernment'; Audience = $null }
        @{ Name = 'LogsIngestion'; Environment = 'AzureCloud'; Audience = 'https://monitor.azure.com/' }
        @{ Name = 'Prometheus'; Environment = 'AzureUSGovernment'; Audience = 'https://prometheus.monitor.azure.us' }
        @{ Name = 'Grafana'; Environment = 'AzureCloud'; Audience = 'ce34e7e5-485f-4d76-964f-b3d2b16d1e4f' }
        @{ Name = 'Grafana'; Environment = 'AzureChinaCloud'; Audience = $null }
    ) {
        $resource = Get-MonitorResource $name -Environment $environment
        $resource.Audience | Should -BeExactly $audience
        $resource.Scope | Should -BeExactly $(if ($audience) { "$audience/.default" })
    }

    It 'is the same after <format>' -ForEach @(
        @{ Format = 'JSON'; Copy = { $resource | ConvertTo-Json | ConvertFrom-Json } }
        @{ Format = 'CLIXML'; Copy = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($resource)) } }
        @{ Format = 'CSV'; Copy = { $resource | ConvertTo-Csv | ConvertFrom-Csv } }
    ) {
        $resource = Get-MonitorResource LogAnalytics -Environment AzureUSGovernment
        $copy = & $copy
        $copy.Environment | Should -BeExactly 'AzureUSGovernment'
        ($copy | Get-MonitorResource).Audience | Should -Be 'https://api.loganalytics.us'
    }

    It 'takes aliases and wildcards' {
        (Get-MonitorResource ARM).Name | Should -Be 'ResourceManager'
        (Get-MonitorResource OTLP, RemoteWrite).Name | Should -Be 'LogsIngestion', 'LogsIngestion'
        (Get-MonitorResource Log*).Name | Should -Be 'LogAnalytics', 'LogsIngestion'
        (Get-MonitorResource LogAnalytics -Environment AzureCloud, AzureUSGovernment).Audience | Should -Be 'https://api.loganalytics.io', 'https://api.loganalytics.us'
    }

    It 'complains about an unknown name without stopping, and suggests the near one' {
        $found = Get-MonitorResource LogAnalytic, Prometheus -ErrorVariable problem -ErrorAction SilentlyContinue
        $found.Name | Should -Be 'Prometheus'
        $problem.FullyQualifiedErrorId | Should -BeExactly 'InvalidResource,MonitorToken.Commands.GetMonitorResourceCommand'
        "$problem" | Should -Match "Did you mean 'LogAnalytics'"
        Get-MonitorResource Nothing* | Should -BeNullOrEmpty
    }

    It 'fits into 80 columns' {
        $lines = Get-MonitorResource -Environment AzureCloud, AzureUSGovernment | Out-String -Width 80
        $lines | Should -Match 'https://management\.usgovcloudapi\.net'
        $lines | Should -Match '\(none known\)'
        $lines | Should -Not -Match '…'
    }
}
