<#
.SYNOPSIS
Gets a metric of hundreds of resources, fifty at a time, in parallel.

.DESCRIPTION
Uses the metrics:getBatch API, which accepts up to fifty resources of one subscription, region and type. All batches use
the same token. If the API is busy, a batch is requested again, after as long as the API asks to wait. A resource
without values has no average. The caller needs the role Monitoring Reader on the subscriptions.

.PARAMETER ResourceId
The IDs of the resources, all in one region. Objects from Get-AzResource and Search-AzGraph can be piped in.

.PARAMETER Region
The region of the resources, such as westeurope.

.PARAMETER Metric
The name of the metric.

.PARAMETER Since
How far to look back. Without it, one hour.

.PARAMETER ThrottleLimit
The number of batches that are requested in parallel.

.PARAMETER Credential
A credential from Get-MonitorTokenCredential. Without it, the default chain is used.

.EXAMPLE
Get-AzVM | ./Get-MetricOfManyResources.ps1 -Region westeurope | Sort-Object Average -Descending -Top 10

.EXAMPLE
./Get-MetricOfManyResources.ps1 -ResourceId $accounts -Region westeurope -Metric UsedCapacity -Since 1.0:0
#>
#Requires -Version 7.4
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('Id')] [string[]] $ResourceId,
    [Parameter(Mandatory)] [string] $Region,
    [string] $Metric = 'Percentage CPU',
    [timespan] $Since = '1:0',
    [ValidateRange(1, 32)] [int] $ThrottleLimit = 4,
    [object] $Credential = (Get-MonitorTokenCredential)
)

begin { $all = [System.Collections.Generic.List[string]]::new() }

process { $all.AddRange($ResourceId) }

end {
    $ErrorActionPreference = 'Stop'
    $endpoint = "https://$Region.metrics.monitor.azure.com"
    # Here, any error in the setup ends the script.
    $null = Get-MonitorToken -Uri $endpoint -Credential $Credential
    $module = (Get-Command Invoke-MonitorRestMethod).Module.ModuleBase
    $start = [DateTime]::UtcNow.Subtract($Since).ToString('s') + 'Z'

    # /subscriptions/<2>/resourceGroups/<4>/providers/<6>/<7>/<name>
    $batches = foreach ($group in $all | Group-Object { ($_ -split '/')[2, 6, 7] -join '/' }) {
        $subscription, $type = $group.Name -split '/', 2
        for ($i = 0; $i -lt $group.Count; $i += 50) {
            @{ Subscription = $subscription; Type = $type; Id = $group.Group[$i..($i + 49)] }
        }
    }

    $batches | ForEach-Object -ThrottleLimit $ThrottleLimit -Parallel {
        $parameters = @{
            'api-version'   = '2024-02-01'
            metricnamespace = $_.Type
            metricnames     = $using:Metric
            aggregation     = 'average'
            starttime       = $using:start
            interval        = 'FULL'
        }
        $query = foreach ($name in $parameters.Keys) { "$name=$([uri]::EscapeDataString($parameters[$name]))" }
        $uri = "$using:endpoint/subscriptions/$($_.Subscription)/metrics:getBatch?$($query -join '&')"
        Import-Module "$using:module/MonitorToken.psd1"
        $answer = Invoke-MonitorRestMethod $uri -Body @{ resourceids = @($_.Id) } -Credential $using:Credential
        foreach ($resource in $answer.values) {
            [pscustomobject] @{
                Name       = ($resource.resourceid -split '/')[-1]
                Metric     = $using:Metric
                Average    = $resource.value.timeseries.data.average | Select-Object -Last 1
                ResourceId = $resource.resourceid
            }
        }
    }
}
