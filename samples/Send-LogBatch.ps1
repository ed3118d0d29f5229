<#
.SYNOPSIS
Sends any number of objects to a table of Log Analytics, in batches of less than a megabyte.

.DESCRIPTION
Uses the Logs Ingestion API. A batch is sent, compressed, as soon as it's full, so only one is in memory, and objects
arrive while the pipeline still runs. The token is cached, and renewed before it expires, however long that takes.

If the API is busy, fails temporarily, or the connection is lost, the batch is sent again, after as long as the API asks
to wait, but at most five minutes. After a lost connection, the API may have received the batch the first time, so its
rows can be in the table twice. A warning lists values over 64 KB, which the API cuts off.

The caller needs the role Monitoring Metrics Publisher on the data collection rule.

.PARAMETER Endpoint
The logs ingestion endpoint of the data collection rule, or that of a data collection endpoint:
https://rule-1-abcd.westeurope-1.ingest.monitor.azure.com.

.PARAMETER RuleId
The immutable ID of the data collection rule: dcr- and 32 digits.

.PARAMETER Stream
The stream of the rule that receives the objects, such as Custom-Builds.

.PARAMETER InputObject
The objects to send. Their properties are the columns of the stream.

.PARAMETER MaximumRetries
How often to send a batch again before the script stops.

.PARAMETER RetryIntervalSeconds
The pause before a batch is sent again, in seconds, unless the API asks for another. It doubles each time.

.PARAMETER Depth
How many levels of nested objects to send. Deeper ones become text, with a warning.

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
    [ValidateRange(0, 20)] [int] $MaximumRetries = 5,
    [ValidateRange(0, 300)] [int] $RetryIntervalSeconds = 1,
    [ValidateRange(1, 100)] [int] $Depth = 20
)

begin {
    $ErrorActionPreference = 'Stop'
    $limit = 1000000
    $uri = "$($Endpoint.AbsoluteUri.TrimEnd('/'))/dataCollectionRules/$RuleId/streams/${Stream}?api-version=2023-01-01"
    # Here, any error in the setup ends the script.
    $null = Get-MonitorToken -Uri $uri

    $utf8 = [System.Text.Encoding]::UTF8
    $temporary = 'LimitsExceeded', 'ResourceUnavailable', 'ConnectionError', 'OperationTimeout'
    $batch = [System.Collections.Generic.List[string]]::new()
    $size = 0
    $result = [pscustomobject] @{ Stream = $Stream; Rows = 0; Batches = 0; Retries = 0 }

    function Send-Batch {
        for ($attempt = 0; ; $attempt++) {
            try {
                $null = Invoke-MonitorRestMethod $uri -Method Post -Body "[$($batch -join ',')]" -MaximumRetryCount 0
                break
            }
            catch {
                if ($_.CategoryInfo.Category -notin $temporary -or $attempt -ge $MaximumRetries) {
                    Write-Warning "Rows sent before this error: $($result.Rows)."
                    throw
                }
                $until = $_.Exception.RetryAfter
                $seconds = $until ? ($until - [DateTimeOffset]::UtcNow).TotalSeconds
                    : $RetryIntervalSeconds * [Math]::Pow(2, $attempt)
                Start-Sleep -Seconds ([Math]::Clamp($seconds, 0, 300))
                $result.Retries++
            }
        }
        $result.Rows += $batch.Count
        $result.Batches++
        $batch.Clear()
        $script:size = 0
        Write-Progress -Activity "Sending to $Stream" -Status "$($result.Rows) rows sent"
    }

    function Write-LongValue([psobject] $Row) {
        foreach ($property in ([pscustomobject] $Row).psobject.Properties) {
            $text = $property.Value -is [string] ? $property.Value
                : (ConvertTo-Json -InputObject $property.Value -Compress -Depth $Depth -WarningAction SilentlyContinue)
            $length = $utf8.GetByteCount($text)
            if ($length -gt 64KB) {
                $number = $result.Rows + $batch.Count + 1
                Write-Warning "Row ${number}: $($property.Name) has $length bytes. The API cuts off values over 64 KB."
            }
        }
    }
}

process {
    foreach ($row in $InputObject) {
        $json = ConvertTo-Json -InputObject $row -Compress -Depth $Depth
        # With the comma or bracket that comes with it.
        $bytes = $utf8.GetByteCount($json) + 1
        if ($bytes -ge $limit) { throw "An object of $bytes bytes is too large for the API." }
        if ($bytes -gt 64KB) { Write-LongValue $row }
        if ($size + $bytes -ge $limit) { Send-Batch }
        $batch.Add($json)
        $size += $bytes
    }
}

end {
    if ($batch.Count) { Send-Batch }
    Write-Progress -Activity "Sending to $Stream" -Completed
    $result
}
