<#
.SYNOPSIS
Sends any number of objects to a table of Log Analytics, in batches of less than a megabyte.

.DESCRIPTION
Uses the Logs Ingestion API. Each batch has a fresh header: the token comes from memory, and is renewed in time however
long the sending takes. A batch is sent again when the service is busy or fails for a moment, after as long as it asks
for, but never after more than five minutes. Whoever runs it needs the role Monitoring Metrics Publisher on the data
collection rule.

.PARAMETER Endpoint
The rule's endpoint for logs ingestion, or that of a data collection endpoint:
https://dce-1-abcd.westeurope-1.ingest.monitor.azure.com.

.PARAMETER RuleId
The rule's immutable id: dcr- and 32 digits.

.PARAMETER Stream
The stream of the rule that takes the objects, such as Custom-Builds.

.PARAMETER MaximumRetries
How often one batch is sent again before the script gives up.

.EXAMPLE
Import-Csv builds.csv | ./Send-LogBatch.ps1 -Endpoint $endpoint -RuleId $dcr -Stream Custom-Builds
#>
#Requires -Version 7.4
#Requires -Modules MonitorToken
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [uri] $Endpoint,
    [Parameter(Mandatory)] [string] $RuleId,
    [Parameter(Mandatory)] [string] $Stream,
    [Parameter(Mandatory, ValueFromPipeline)] [psobject[]] $InputObject,
    [ValidateRange(0, 20)] [int] $MaximumRetries = 5
)

begin {
    $ErrorActionPreference = 'Stop'
    $limit = 1000000
    $uri = "$($Endpoint.AbsoluteUri.TrimEnd('/'))/dataCollectionRules/$RuleId/streams/${Stream}?api-version=2023-01-01"
    $request = @{ Method = 'Post'; Uri = $uri; ContentType = 'application/json'; SkipHttpErrorCheck = $true }
    $rows = [System.Collections.Generic.List[string]]::new()
    $retries = 0

    function Send-Batch([string] $Body) {
        for ($attempt = 0; ; $attempt++) {
            $answer = Invoke-WebRequest @request -Body $Body -Headers (Get-MonitorToken -Uri $uri -AsHeader)
            if ($answer.StatusCode -eq 204) { return }
            if ($answer.StatusCode -ne 429 -and $answer.StatusCode -lt 500 -or $attempt -ge $MaximumRetries) {
                throw "The batch was refused with HTTP $($answer.StatusCode): $($answer.Content)"
            }
            $script:retries++
            $seconds = $answer.Headers['Retry-After'] -as [int[]] | Select-Object -First 1
            Start-Sleep -Seconds ([Math]::Min($seconds ?? [Math]::Pow(2, $attempt), 300))
        }
    }
}

process {
    foreach ($one in $InputObject) { $rows.Add((ConvertTo-Json -InputObject $one -Compress -Depth 5)) }
}

end {
    $batches = [System.Collections.Generic.List[string[]]]::new()
    $batch = [System.Collections.Generic.List[string]]::new()
    $size = 0
    foreach ($row in $rows) {
        # With the comma or bracket that comes with it.
        $bytes = [System.Text.Encoding]::UTF8.GetByteCount($row) + 1
        if ($bytes -ge $limit) { throw "An object of $bytes bytes is too large for the service." }
        if ($size + $bytes -ge $limit) { $batches.Add($batch.ToArray()); $batch.Clear(); $size = 0 }
        $batch.Add($row)
        $size += $bytes
    }
    if ($batch.Count) { $batches.Add($batch.ToArray()) }

    $sent = 0
    foreach ($batch in $batches) {
        $percent = 100 * $sent / $rows.Count
        Write-Progress -Activity "Sending to $Stream" -Status "$sent of $($rows.Count) rows" -PercentComplete $percent
        Send-Batch "[$($batch -join ',')]"
        $sent += $batch.Count
    }
    Write-Progress -Activity "Sending to $Stream" -Completed
    [pscustomobject] @{ Stream = $Stream; Rows = $sent; Batches = $batches.Count; Retries = $retries }
}
