<#
.SYNOPSIS
Sends numbers as a custom metric of an Azure resource.

.DESCRIPTION
Azure Monitor keeps one minute of a metric as minimum, maximum, sum and count, so all values are sent as these four.
Whoever runs it needs the role Monitoring Metrics Publisher on the resource. For PowerShell 5.1 and 7.

.PARAMETER ResourceId
The resource that the metric belongs to; not a subscription or a resource group.

.PARAMETER Region
The resource's region, such as westeurope.

.PARAMETER Value
The values of this minute.

.PARAMETER Dimension
Names and values by which the metric can be split, at most ten.

.EXAMPLE
./Send-CustomMetric.ps1 -ResourceId $vm -Region westeurope -Metric Depth -Value 3, 5 -Dimension @{ Queue = 'images' }

.EXAMPLE
$latencies | .\Send-CustomMetric.ps1 -ResourceId $vm -Region westeurope -Metric Latency
#>
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)] [ValidatePattern('^/subscriptions/.+/providers/.+')] [string] $ResourceId,
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

    # The address tells whom the token is for: https://monitoring.azure.com/, whose slash the service insists on.
    # The charset is named for 5.1, which otherwise sends text as ISO-8859-1.
    $uri = "https://$Region.monitoring.azure.com$ResourceId/metrics"
    $request = @{
        Method          = 'Post'
        Uri             = $uri
        Headers         = Get-MonitorToken -Uri $uri -AsHeader
        ContentType     = 'application/json; charset=utf-8'
        Body            = $body | ConvertTo-Json -Depth 6
        UseBasicParsing = $true
    }
    $null = Invoke-RestMethod @request
    $all | Select-Object @{ Name = 'Metric'; Expression = { "$Namespace/$Metric" } }, Minimum, Maximum, Sum, Count
}
