<#
.SYNOPSIS
Sends numbers as a custom metric of an Azure resource.

.DESCRIPTION
Azure Monitor stores the minimum, maximum, sum and count of a metric for each minute, so these four are sent. The caller
needs the role Monitoring Metrics Publisher on the resource. For PowerShell 5.1 and 7.

.PARAMETER ResourceId
The ID of the resource that the metric is about. Subscriptions and resource groups have no metrics.

.PARAMETER Region
The region of the resource, such as westeurope.

.PARAMETER Metric
The name of the metric.

.PARAMETER Namespace
The namespace of the metric.

.PARAMETER Value
The values of the current minute.

.PARAMETER Dimension
Up to ten names and values that the metric can be split by.

.EXAMPLE
./Send-CustomMetric.ps1 -ResourceId $vm -Region westeurope -Metric Depth -Value 3, 5 -Dimension @{ Queue = 'images' }

.EXAMPLE
$latencies | .\Send-CustomMetric.ps1 -ResourceId $vm -Region westeurope -Metric Latency
#>
#Requires -Modules MonitorToken
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^/subscriptions/(?!.*\.\.)[^?#%\\]+/providers/[^?#%\\]+$')] [string] $ResourceId,
    [Parameter(Mandatory = $true)] [string] $Region,
    [Parameter(Mandatory = $true)] [string] $Metric,
    [string] $Namespace = 'Scripts',
    [Parameter(Mandatory = $true, ValueFromPipeline = $true)] [double[]] $Value,
    [System.Collections.IDictionary] $Dimension = @{}
)

begin { $values = @() }

process { $values += $Value }

end {
    $ErrorActionPreference = 'Stop'
    if (-not $values.Count) { return }
    $all = $values | Measure-Object -Minimum -Maximum -Sum
    $series = [ordered] @{
        dimValues = @($Dimension.Values)
        min       = $all.Minimum
        max       = $all.Maximum
        sum       = $all.Sum
        count     = $all.Count
    }
    $body = @{
        time = [DateTime]::UtcNow.ToString('s') + 'Z'
        data = @{
            baseData = @{ metric = $Metric; namespace = $Namespace; dimNames = @($Dimension.Keys); series = @($series) }
        }
    }

    # The audience follows from the URI: https://monitoring.azure.com/, whose trailing slash the API requires.
    $uri = "https://$Region.monitoring.azure.com$($ResourceId.TrimEnd('/'))/metrics"
    if (-not $PSCmdlet.ShouldProcess($uri, "Send $($all.Count) values of $Metric")) { return }
    $null = Invoke-MonitorRestMethod $uri -Method Post -Body $body -Confirm:$false -WhatIf:$false
    $all | Select-Object @{ Name = 'Metric'; Expression = { "$Namespace/$Metric" } }, Minimum, Maximum, Sum, Count
}
