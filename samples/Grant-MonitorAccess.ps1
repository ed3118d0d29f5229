<#
.SYNOPSIS
Assigns an identity the role that it needs to call an Azure Monitor API, and waits until the API grants access.

.DESCRIPTION
Tests whether the identity has access, as Test-MonitorTokenCredential -Uri does, and shows which role is missing. With
another login, assigns that role to the object ID in the identity's token. Then waits until the API grants access, for
as long as a new assignment can take: 10, 30 or 60 minutes, and one more. Returns the last test. If the identity has
access, or the assignment exists, nothing is changed. -WhatIf shows which role would be assigned, and where.

For ingestion and custom metrics, Resource Manager is asked, not the API. If the identity can't read the data collection
rule or the resource, and for metrics of many resources, access can't be tested: the role is assigned, a warning says
how long the API can take, and the script doesn't wait.

The administrator needs the role Role Based Access Control Administrator, User Access Administrator or Owner on the
scope. For PowerShell 5.1 and 7.

.PARAMETER Uri
What the identity is going to call: a query, a stream of a data collection rule, the metrics of a resource. Queries are
tested with one that reads no data.

.PARAMETER Credential
The identity, from Get-MonitorTokenCredential: one credential, in the cloud of the URI.

.PARAMETER Administrator
The login that assigns the role, from Get-MonitorTokenCredential. Without it, that of the Azure CLI (az login), in the
cloud of the identity.

.PARAMETER Scope
The ID of the resource, resource group or subscription to assign the role on. Without it, the resource that the URI is
about; the administrator must be able to read that.

.PARAMETER Role
The name of the role. Without it, the one that the API usually requires.

.PARAMETER TimeoutMinutes
How long to wait for the API to grant access. Without it, as long as Azure documents for that API, and one minute.

.PARAMETER IntervalSeconds
The pause between two tests, in seconds.

.PARAMETER ResourceManager
The Resource Manager of a cloud that describes itself, such as https://management.fabrikam.example. For the others, the
credential determines it.

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
    [object] $Administrator,
    [ValidatePattern('^/subscriptions/')] [string] $Scope,
    [string] $Role,
    [ValidateRange(0, 1440)] [int] $TimeoutMinutes,
    [ValidateRange(0, 600)] [int] $IntervalSeconds = 30,
    [uri] $ResourceManager
)

$ErrorActionPreference = 'Stop'
$path = [uri]::UnescapeDataString($Uri.AbsolutePath)
# Test with a query that reads no data.
$call = $Uri
$query = switch -Regex ("$($Uri.Host)$($Uri.AbsolutePath)") {
    '/v1/(workspaces|apps)/[^/]+' { "$($Matches[0])/query?query=print%201"; break }
    '/v1/subscriptions/.+(?=/query/?$)' { "$($Matches[0])/query?query=print%201"; break }
    '\.prometheus\.monitor\.azure\.' { '/api/v1/query?query=vector(1)'; break }
}
if ($query) { $call = [uri]::new($Uri, $query) }

$test = @(Test-MonitorTokenCredential -Uri $call -Credential $Credential)
if ($test.Count -ne 1) { throw 'Specify one credential, not a chain.' }
$test = $test[0]
if ($test.Status -eq 'Succeeded') { return $test }

$token = Get-MonitorToken -Uri $Uri -Credential $Credential
$advice = "$($test.Reason) $($test.RecommendedAction)"
# Where the identity can't read the resource, or the API has nothing to test with, no test shows that access is granted.
$isBatch = $token.ResourceName -eq 'MetricsBatch' -and $advice -match 'accepts only POST'
$isHidden = $isBatch -or $advice -match 'also assign Reader'
# The reason can be something else, such as the network or another tenant: then a role doesn't help.
$isRole = $isBatch -or ("$($test.Status)" -in 'Refused', 'Inconclusive' -and $test.RecommendedAction -match '\bassign')
if (-not $isRole) { throw $advice }

# As in docs/apis-audiences-and-roles.md; and where Resource Graph finds what the URI contains.
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
if (-not $PSBoundParameters.ContainsKey('TimeoutMinutes')) { $TimeoutMinutes = 1 + $api.Minutes }

$cloud = if ($ResourceManager) { @{ ResourceManager = $ResourceManager } }
else { @{ Environment = $Credential.Environment } }
if (-not $Administrator) { $Administrator = Get-MonitorTokenCredential -AzureCli @cloud }
$manager = (Get-MonitorResource ResourceManager @cloud).Endpoint.TrimEnd('/')

$target = $Scope.TrimEnd('/')
# Pairs of a type and a name, up to what the API itself adds.
$pairs = '(/(?!(providers|api|metrics|query|search)(/|$))[^/:]+/[^/]+)+'
$resource = "/subscriptions/[^/]+(/resourceGroups/[^/]+(/providers/[^/]+$pairs)?)?"
if (-not $target -and $path -match $resource) { $target = $Matches[0] }
if (-not $target -and $api.Type) {
    $value = "https://$($Uri.Host)"
    if ($path -match '/(workspaces|apps|dataCollectionRules)/([\w-]+)') { $value = $Matches[2] }
    $query = "resources | where type =~ '$($api.Type)' and properties.$($api.Property) =~ '$value' | project id"
    $graph = "$manager/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    $found = Invoke-MonitorRestMethod $graph -Body @{ query = $query } -Credential $Administrator
    $target = $found.data | Select-Object -First 1 -ExpandProperty id
}
if (-not $target) { throw "The administrator can't read the resource of $Uri, or there's none. Specify -Scope." }

$identity = $token | ConvertFrom-MonitorToken
if ($isBatch -or $test.RecommendedAction -match '\bassign\b') {
    Write-Warning $advice
    if (-not $PSCmdlet.ShouldProcess($target, "Assign $Role to $($identity.ObjectId)")) { return $test }

    $version = 'api-version=2022-04-01'
    $authorization = "$manager$target/providers/Microsoft.Authorization"
    $as = @{ Credential = $Administrator; Confirm = $false }
    try {
        $filter = [uri]::EscapeDataString("roleName eq '$($Role -replace "'", "''")'")
        $roles = Invoke-MonitorRestMethod "$authorization/roleDefinitions?`$filter=$filter&$version" -FollowPages @as
        $definition = @($roles | Where-Object { $_.properties.roleName -eq $Role })
        if ($definition.Count -ne 1) { throw "There's no role $Role." }
        $properties = @{ roleDefinitionId = $definition[0].id; principalId = $identity.ObjectId }
        # Without the type, Azure refuses an identity that was created a moment ago.
        $properties.principalType = if ($identity.IdentityType -eq 'User') { 'User' } else { 'ServicePrincipal' }
        $assignment = "$authorization/roleAssignments/$([guid]::NewGuid())?$version"
        $null = Invoke-MonitorRestMethod $assignment -Method Put -Body @{ properties = $properties } @as
    }
    catch {
        if ($_.Exception.StatusCode -eq 403) {
            throw "The administrator can't assign roles on $target. $($_.Exception.Message)"
        }
        if ($_.Exception.ErrorCode -ne 'RoleAssignmentExists') { throw }
        Write-Verbose $_.Exception.Message
    }
}

if ($WhatIfPreference) { return $test }
if ($isHidden) {
    Write-Warning "It takes up to $($api.Minutes) minutes until the API grants access, which a test can't show: $advice"
    return $test
}

$activity = "Waiting for $($Uri.Host) to grant access"
$watch = [System.Diagnostics.Stopwatch]::StartNew()
while ($true) {
    $test = Test-MonitorTokenCredential -Uri $call -Credential $Credential
    $left = $TimeoutMinutes * 60 - $watch.Elapsed.TotalSeconds
    if ($test.Status -eq 'Succeeded' -or $left -le 0) { break }
    Write-Progress -Activity $activity -Status $test.Reason -SecondsRemaining $left
    Start-Sleep -Seconds $IntervalSeconds
}
Write-Progress -Activity $activity -Completed
if ($test.Status -ne 'Succeeded') {
    Write-Warning "After $([int] $watch.Elapsed.TotalMinutes) minutes: $($test.Reason) $($test.RecommendedAction)"
}
$test
