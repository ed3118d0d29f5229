# What the tests need of the emulator that the environment leads to.
$admin = $env:EMULATOR_ADMIN

if (-not $admin) {
    throw 'There is no emulator. Run the tests with: dotnet test; or one file with: dotnet run --project tests/EntraEmulator -- exec pwsh tests/MonitorToken.Pester/Invoke-TestFile.ps1 <file>'
}

# An application of its own for each test, as a table to splat.
function New-Application {
    param([string] $Secret)
    $body = if ($Secret) { @{ secret = $Secret } | ConvertTo-Json } else { '{}' }
    $application = Invoke-RestMethod -Method Post -Uri $admin/apps -Body $body -ContentType application/json
    @{
        TenantId     = $application.tenantId
        ClientId     = $application.clientId
        ClientSecret = ConvertTo-SecureString -String $application.secret -AsPlainText -Force
    }
}

# Something that the emulator's admin API makes, such as apps/<id>/certificates.
function New-EmulatorItem {
    param([Parameter(Mandatory)] [string] $Path, [hashtable] $Body = @{})
    Invoke-RestMethod -Method Post -Uri $admin/$Path -Body ($Body | ConvertTo-Json) -ContentType application/json
}

function ConvertTo-Secret {
    param([Parameter(Mandatory)] [string] $Text)
    ConvertTo-SecureString -String $Text -AsPlainText -Force
}

# An az that an earlier test has left behind may still look whether it is online.
function Get-Request {
    Invoke-RestMethod -Uri $admin/requests | ForEach-Object { $_ } | Where-Object host -ne 'azure.microsoft.com'
}

function Clear-Emulator {
    $null = Invoke-RestMethod -Method Delete -Uri $admin/requests
    $null = Invoke-RestMethod -Method Delete -Uri $admin/faults
}

function Add-Fault {
    param([Parameter(Mandatory)] [hashtable] $Fault)
    $null = Invoke-RestMethod -Method Post -Uri $admin/faults -Body ($Fault | ConvertTo-Json -Depth 5) -ContentType application/json
}

# Runs a script in a fresh pwsh that has imported nothing; returns its output.
function Invoke-FreshPowerShell {
    param([Parameter(Mandatory)] [string] $Script)
    $program = [System.Diagnostics.Process]::GetCurrentProcess().MainModule.FileName
    # PowerShell as a .NET tool is a library that dotnet runs.
    $library = @(if ((Split-Path $program -LeafBase) -eq 'dotnet') { Join-Path $PSHOME 'pwsh.dll' })
    & $program @library -NoProfile -NonInteractive -Command $Script
}

# The error of a script block that must fail, as try/catch sees it.
function Get-ThrownError {
    param([Parameter(Mandatory)] [scriptblock] $Script)
    try { $null = & $Script }
    catch { return $_ }
    throw 'No error was thrown.'
}

Import-Module -Name $env:MONITORTOKEN_MODULE -Global
