<#
.SYNOPSIS
Sends any number of objects to a table of Log Analytics, in batches of less than a megabyte.

.DESCRIPTION
Uses the Logs Ingestion API. A batch is sent, compressed, as soon as it's full, so only one is in memory, and objects
arrive while the pipeline still runs. The token is cached, and renewed before it expires, however long that takes.

If the API is busy, fails temporarily, or the connection is lost, the batch is sent again, after as long as the API asks
to wait, but at most five minutes. If the API might have received the batch the first time, as after a lost connection
or HTTP 500, its rows can be in the table twice, and a warning says which. If the script ends early, such as after an
error or Ctrl+C, a warning says with which row to continue. Another lists values over 64 KB, which the API cuts off.

The caller needs the role Monitoring Metrics Publisher on the data collection rule.

.PARAMETER Endpoint
The logs ingestion endpoint of the data collection rule, or that of a data collection endpoint:
https://rule-1-abcd.westeurope-1.ingest.monitor.azure.com.

.PARAMETER RuleId
The immutable ID of the data collection rule: dcr- and 32 digits.

.PARAMETER Stream
The stream of the rule that receives the objects, such as Custom-Builds.

.PARAMETER InputObject
The objects to send. Their properties are the columns of the stream. $null is skipped, with a warning.

.PARAMETER MaximumRetries
The maximum number of retries for a batch.

.PARAMETER RetryIntervalSeconds
The pause before a batch is sent again, in seconds, unless the API asks for another. It doubles each time.

.PARAMETER Depth
How many levels of nested objects to send. Deeper ones become text, with a warning.

.EXAMPLE
Import-Csv builds.csv | ./Send-LogBatch.ps1 -Endpoint $endpoint -RuleId $dcr -Stream Custom-Builds
#>
#Requires -Version 7.4
#Requires -Modules MonitorToken
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [uri] $Endpoint,
    [Parameter(Mandatory)] [string] $RuleId,
    [Parameter(Mandatory)] [string] $Stream,
    [Parameter(Mandatory, ValueFromPipeline)] [AllowNull()] [psobject[]] $InputObject,
    [ValidateRange(0, 20)] [int] $MaximumRetries = 5,
    [ValidateRange(0, 300)] [int] $RetryIntervalSeconds = 1,
    [ValidateRange(1, 100)] [int] $Depth = 5
)

begin {
    $ErrorActionPreference = 'Stop'
    $limit = 1000000
    $uri = "$($Endpoint.AbsoluteUri.TrimEnd('/'))/dataCollectionRules/$RuleId/streams/${Stream}?api-version=2023-01-01"
    # Here, any error in the setup ends the script.
    $null = Get-MonitorToken -Uri $uri

    $utf8 = [System.Text.Encoding]::UTF8
    $temporary = 'AuthorityUnreachable', 'ServiceUnreachable', 'Throttled', 'Timeout'
    $batch = [System.Collections.Generic.List[string]]::new()
    $size = 0
    # The row that was read last, and the first and last one of the batch.
    $number, $first, $last = 0, 1, 0
    $isComplete = $false
    $result = [pscustomobject] @{ Stream = $Stream; Rows = 0; Batches = 0; Retries = 0 }

    function Send-Batch {
        $isConfirmed = $PSCmdlet.ShouldProcess($uri, "Send rows $first to $last")
        for ($attempt = 0; $isConfirmed; $attempt++) {
            try {
                $call = @{ Method = 'Post'; MaximumRetryCount = 0; Confirm = $false; WhatIf = $false }
                $null = Invoke-MonitorRestMethod $uri -Body "[$($batch -join ',')]" @call
                $result.Rows += $batch.Count
                $result.Batches++
                break
            }
            catch {
                $id = $_.FullyQualifiedErrorId -replace ',.*'
                $status = $_.Exception.StatusCode
                $isTemporary = $id -in $temporary -or $status -in 408, 429 -or $status -ge 500
                if (-not $isTemporary -or $attempt -ge $MaximumRetries) { throw }
                # The API refuses with 429 and 503 before it stores anything; the others are requests for a token.
                if ($status -notin 429, 503 -and $id -notin 'AuthorityUnreachable', 'Throttled') {
                    Write-Warning "Rows $first to $last might be in the table twice: $($_.Exception.Message)"
                }
                $until = $_.Exception.RetryAfter
                $seconds = $until ? ($until - [DateTimeOffset]::UtcNow).TotalSeconds
                    : $RetryIntervalSeconds * [Math]::Pow(2, $attempt)
                Start-Sleep -Seconds ([Math]::Clamp($seconds, 0, 300))
                $result.Retries++
            }
        }
        $batch.Clear()
        $script:size = 0
        $script:first = $last + 1
        Write-Progress -Activity "Sending to $Stream" -Status "$($result.Rows) rows sent"
    }

    function Write-LongValue([psobject] $Row) {
        foreach ($property in ([pscustomobject] $Row).psobject.Properties) {
            $text = $property.Value -is [string] ? $property.Value
                : (ConvertTo-Json -InputObject $property.Value -Compress -Depth $Depth -WarningAction SilentlyContinue)
            $length = $utf8.GetByteCount($text)
            if ($length -gt 64KB) {
                Write-Warning "Row ${number}: $($property.Name) has $length bytes. The API cuts off values over 64 KB."
            }
        }
    }
}

process {
    foreach ($row in $InputObject ?? @($null)) {
        $number++
        if ($null -eq $row) {
            Write-Warning "Row $number is null, and isn't sent."
            continue
        }
        $json = ConvertTo-Json -InputObject $row -Compress -Depth $Depth -EnumsAsStrings
        # With the comma or bracket that comes with it.
        $bytes = $utf8.GetByteCount($json) + 1
        $isObject = $json[0] -eq '{' -and $row -isnot [string] -and $row -isnot [datetime]
        $problem = if (-not $isObject) { "isn't an object with properties" }
        elseif ($bytes -ge $limit) { "has $bytes bytes, which is too large for the API" }
        if ($batch.Count -and ($problem -or $size + $bytes -ge $limit)) { Send-Batch }
        if ($problem) { throw "Row $number $problem." }
        if ($bytes -gt 64KB) { Write-LongValue $row }
        $batch.Add($json)
        $size += $bytes
        $last = $number
    }
}

end {
    if ($batch.Count) { Send-Batch }
    Write-Progress -Activity "Sending to $Stream" -Completed
    $isComplete = $true
    $result
}

# Also runs after an error, and after Ctrl+C.
clean {
    if (-not $isComplete -and $number) {
        Write-Warning "Rows sent: $($result.Rows). Row $first and those after it weren't sent."
    }
}
