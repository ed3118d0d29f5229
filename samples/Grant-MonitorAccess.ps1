<#
.SYNOPSIS
Assigns an identity the role that it needs to call an Azure Monitor API, and waits until the API grants access.

.DESCRIPTION
Tests whether the identity has access, as Test-MonitorTokenCredential -Uri does, and shows which role is missing. With
another login, assigns that role to the object ID in the identity's token. Then waits until the API grants access, for
as long as a new assignment can take: 10, 30 or 60 minutes. Returns the last test. If the identity has access, or the
assignment exists, nothing is changed. -WhatIf shows which role would be assigned, and where.

The administrator needs the role Role Based Access Control Administrator, User Access Administrator or Owner on the
scope. For PowerShell 5.1 and 7.

.PARAMETER Uri
What the identity is going to call: a query, a stream of a data collection rule, the metrics of a resource.

.PARAMETER Credential
The identity, from Get-MonitorTokenCredential.

.PARAMETER Administrator
The login that assigns the role, from Get-MonitorTokenCredential. Without it, that of the Azure CLI (az login).

.PARAMETER Scope
The ID of the resource, resource group or subscription to assign the role on. Without it, the resource that the URI is
about; the administrator must be able to read that.

.PARAMETER Role
The name of the role. Without it, the one that the API usually requires.

.PARAMETER TimeoutMinutes
How long to wait for the API to grant access. Without it, as long as Azure documents for that API.

.PARAMETER IntervalSeconds
The pause between two tests, in seconds.

.PARAMETER ResourceManager
The Resource Manager of another cloud, such as https://management.usgovcloudapi.net.

.EXAMPLE
$uri = "https://api.loganalytics.azure.com/v1/workspaces/$workspace/query"
./Grant-MonitorAccess.ps1 -Uri $uri -Credential (Get-MonitorTokenCredential -ManagedIdentity)

.EXAMPLE
./Grant-MonitorAccess.ps1 -Uri "$endpoint/dataCollectionRules/$rule/streams/Custom-Builds" -Credential $app -WhatIf
#>
#Requires -Modules MonitorToken
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)] [uri] $Uri,
    [Parameter(Mandatory = $true)] [object] $Credential,
    [object] $Administrator = (Get-MonitorTokenCredential -AzureCli),
    [string] $Scope,
    [string] $Role,
    [ValidateRange(0, 1440)] [int] $TimeoutMinutes,
    [ValidateRange(0, 600)] [int] $IntervalSeconds = 30,
    [uri] $ResourceManager = 'https://management.azure.com'
)

$ErrorActionPreference = 'Stop'
$path = [uri]::UnescapeDataString($Uri.AbsolutePath)
if ($path -like '/v1/*/query' -and -not $Uri.Query) { $Uri = "$($Uri.AbsoluteUri)?query=print%201" }

$test = Test-MonitorTokenCredential -Uri $Uri -Credential $Credential
if ($test.Status -eq 'Succeeded') { return $test }
# The reason can be something else, such as the network or another tenant: then a role doesn't help.
$advice = "$($test.Reason) $($test.RecommendedAction)"
if ("$($test.Status)" -notin 'Refused', 'Inconclusive' -or $test.RecommendedAction -notmatch '\bassign') { throw $advice }

# As in docs/apis-audiences-and-roles.md; and where Resource Graph finds what the URI contains.
$token = Get-MonitorToken -Uri $Uri -Credential $Credential
$api = @'
Name,Role,Minutes,Type,Property
LogAnalytics,Log Analytics Reader,10,microsoft.operationalinsights/workspaces,customerId
ApplicationInsights,Monitoring Reader,60,microsoft.insights/components,AppId
ResourceManager,Monitoring Reader,10,,
MetricsBatch,Monitoring Reader,10,,
CustomMetrics,Monitoring Metrics Publisher,10,,
LogsIngestion,Monitoring Metrics Publisher,30,microsoft.insights/datacollectionrules,immutableId
Prometheus,Monitoring Data Reader,10,microsoft.monitor/accounts,metrics.prometheusQueryEndpoint
Grafana,Grafana Viewer,10,microsoft.dashboard/grafana,endpoint
'@ | ConvertFrom-Csv | Where-Object Name -eq $token.ResourceName
if (-not $Role) { $Role = if ($path -like '/v1/subscriptions/*') { 'Reader' } else { $api.Role } }
if (-not $PSBoundParameters.ContainsKey('TimeoutMinutes')) { $TimeoutMinutes = $api.Minutes }

$manager = $ResourceManager.AbsoluteUri.TrimEnd('/')
$resource = '/subscriptions/[^/]+(/resourceGroups/[^/]+(/providers/[^/]+(/(?!providers/)[^/:]+/[^/]+)+)?)?'
if (-not $Scope -and $path -match $resource) { $Scope = $Matches[0] }
if (-not $Scope -and $api.Type) {
    $value = "https://$($Uri.Host)"
    if ($path -match '/(workspaces|apps|dataCollectionRules)/([\w-]+)') { $value = $Matches[2] }
    $query = "resources | where type =~ '$($api.Type)' and properties.$($api.Property) =~ '$value' | project id"
    $graph = "$manager/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    $found = Invoke-MonitorRestMethod $graph -Body @{ query = $query } -Credential $Administrator
    $Scope = $found.data | Select-Object -First 1 -ExpandProperty id
}
if (-not $Scope) { throw "The administrator can't read the resource of $Uri, or there's none. Specify -Scope." }

$identity = $token | ConvertFrom-MonitorToken
if ($test.RecommendedAction -match '\bassign\b') {
    Write-Warning $advice
    if (-not $PSCmdlet.ShouldProcess($Scope, "Assign $Role to $($identity.ObjectId)")) { return }

    $version = 'api-version=2022-04-01'
    $authorization = "$manager$Scope/providers/Microsoft.Authorization"
    $call = @{ Credential = $Administrator; Confirm = $false }
    try {
        $find = "$authorization/roleDefinitions?`$filter=roleName eq '$Role'&$version"
        $definition = Invoke-MonitorRestMethod $find -FollowPages @call
        if (-not $definition) { throw "There's no role $Role." }
        $properties = @{ roleDefinitionId = $definition.id; principalId = $identity.ObjectId }
        # Without the type, Azure refuses an identity that was created a moment ago.
        $properties.principalType = if ($identity.IdentityType -eq 'User') { 'User' } else { 'ServicePrincipal' }
        $assignment = "$authorization/roleAssignments/$([guid]::NewGuid())?$version"
        $null = Invoke-MonitorRestMethod $assignment -Method Put -Body @{ properties = $properties } @call
    }
    catch {
        if ($_.Exception.StatusCode -eq 403) {
            throw "The administrator can't assign roles on $Scope. $($_.Exception.Message)"
        }
        if ($_.Exception.ErrorCode -ne 'RoleAssignmentExists') { throw }
        Write-Verbose $_.Exception.Message
    }
}

$activity = "Waiting for $($Uri.Host) to grant access"
$watch = [System.Diagnostics.Stopwatch]::StartNew()
while ($true) {
    $test = Test-MonitorTokenCredential -Uri $Uri -Credential $Credential
    $left = $TimeoutMinutes * 60 - $watch.Elapsed.TotalSeconds
    # If the identity can't read the resource, the test can't show more.
    $isDone = $test.Status -eq 'Succeeded' -or $test.RecommendedAction -match 'also assign Reader'
    if ($isDone -or $left -le 0) { break }
    Write-Progress -Activity $activity -Status $test.Reason -SecondsRemaining $left
    Start-Sleep -Seconds $IntervalSeconds
}
Write-Progress -Activity $activity -Completed
if ($test.Status -ne 'Succeeded') {
    Write-Warning "After $([int] $watch.Elapsed.TotalMinutes) minutes: $($test.Reason) $($test.RecommendedAction)"
}
$test
