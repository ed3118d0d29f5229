# The main job with the commands; the environment leads to the emulator.
$ErrorActionPreference = 'Stop'
Import-Module -Name $env:MONITORTOKEN_MODULE

$application = @{
    TenantId     = $env:EMULATOR_TENANT_ID
    ClientId     = $env:EMULATOR_CLIENT_ID
    ClientSecret = ConvertTo-SecureString -String $env:EMULATOR_CLIENT_SECRET -AsPlainText -Force
}

'PS> Get-MonitorResource | Get-MonitorToken @application'
Get-MonitorResource | Get-MonitorToken @application | Format-Table | Out-String -Width 120 | ForEach-Object TrimEnd

''
'PS> $token = Get-MonitorToken LogAnalytics @application'
$token = Get-MonitorToken LogAnalytics @application
'PS> Invoke-RestMethod -Authentication Bearer -Token $token.Token -Uri https://api.loganalytics.io/v1/workspaces/demo/query?query=Heartbeat'
$answer = Invoke-RestMethod -Authentication Bearer -Token $token.Token -Uri 'https://api.loganalytics.io/v1/workspaces/demo/query?query=Heartbeat'
$table = $answer.tables[0]
$rows = foreach ($row in $table.rows) {
    $record = [ordered]@{}
    for ($i = 0; $i -lt $table.columns.Count; $i++) { $record[$table.columns[$i].name] = $row[$i] }
    [pscustomobject]$record
}
$rows | Format-Table | Out-String -Width 120 | ForEach-Object TrimEnd
