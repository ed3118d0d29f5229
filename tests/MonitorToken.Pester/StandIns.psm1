# Stands in for what cannot be had here, or not in the state that a test is about: an az, and a session's Az.Accounts
# and Microsoft.Graph.

# A folder with an az that writes a line to STANDIN_AZ_LOG for each start, then waits until the file STANDIN_AZ_GATE is
# there, if one is named, and answers with STANDIN_TOKEN, or fails if there is none. To be put on PATH.
function New-AzureCli {
    param([Parameter(Mandatory)] [string] $Path)
    $null = New-Item -ItemType Directory -Path $Path -Force
    Set-Content "$Path/az" @'
#!/bin/sh
echo "$$" >> "$STANDIN_AZ_LOG"
turns=0
while [ -n "$STANDIN_AZ_GATE" ] && [ ! -e "$STANDIN_AZ_GATE" ] && [ $turns -lt 1200 ]; do sleep 0.05; turns=$((turns + 1)); done
if [ -z "$STANDIN_TOKEN" ]; then echo "ERROR: Please run 'az login' to setup account." >&2; exit 1; fi
echo "{\"accessToken\":\"$STANDIN_TOKEN\",\"expires_on\":$(($(date +%s) + 3000))}"
'@
    chmod +x "$Path/az"
}

# A folder for libraries that the session loads. Windows deletes no file in use, so it is none of Pester's: what earlier
# runs have left is removed.
function New-LibraryFolder {
    $folders = Join-Path ([System.IO.Path]::GetTempPath()) MonitorToken.StandIns
    if (Test-Path $folders) { Get-ChildItem $folders | Where-Object CreationTimeUtc -lt ([DateTime]::UtcNow.AddHours(-1)) | Remove-Item -Recurse -Force -ErrorAction Ignore }
    (New-Item -ItemType Directory -Path (Join-Path $folders ([guid]::NewGuid()))).FullName
}

# A binary module with the commands, parameters and output types that Az.Accounts documents. What Get-AzAccessToken does
# says STANDIN_AZACCOUNTS: WriteError, Terminate, Hang or HangAfterDeadline (of one second, which passes while PowerShell
# asks for its parameters); else it answers with the token of the last Connect-AzAccount. It writes a line to
# STANDIN_AZACCOUNTS_LOG for each call. Hanging, it ends when it is told to stop, as Az does. Into the session it brings
# the libraries that it is given.
function New-AzAccounts {
    param([Parameter(Mandatory)] [string] $Path, [string[]] $Library = @())
    $folder = New-Item -ItemType Directory -Path (Join-Path $Path Az.Accounts) -Force
    Add-Type -OutputAssembly "$folder/StandIn.dll" -OutputType Library -TypeDefinition @'
using System;
using System.IO;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Threading;

public class StandInToken
{
    public SecureString Token { get; set; }
    public DateTimeOffset ExpiresOn { get; set; }
    public string TenantId { get; set; }
    public string UserId { get; set; }
    public string Type { get; set; }
}

[Cmdlet("Connect", "AzAccount")]
public class ConnectAzAccount : PSCmdlet
{
    [Parameter] public string Token { get; set; }
    internal static volatile string Current;
    protected override void EndProcessing() { Current = Token; }
}

[Cmdlet("Disconnect", "AzAccount")]
public class DisconnectAzAccount : PSCmdlet
{
    protected override void EndProcessing() { ConnectAzAccount.Current = null; }
}

[Cmdlet("Get", "AzAccessToken")]
public class GetAzAccessToken : PSCmdlet, IDynamicParameters
{
    private static readonly object Gate = new object();
    private readonly ManualResetEvent _stopped = new ManualResetEvent(false);
    [Parameter] public string ResourceUrl { get; set; }
    [Parameter] public string TenantId { get; set; }
    [Parameter] public SwitchParameter AsSecureString { get; set; }
    private static string Does { get { return Environment.GetEnvironmentVariable("STANDIN_AZACCOUNTS"); } }
    public object GetDynamicParameters()
    {
        if (Does == "HangAfterDeadline")
            Thread.Sleep(3000);
        return null;
    }
    protected override void StopProcessing() { _stopped.Set(); }
    protected override void EndProcessing()
    {
        lock (Gate)
            File.AppendAllText(Environment.GetEnvironmentVariable("STANDIN_AZACCOUNTS_LOG"), ResourceUrl + "\n");
        string does = Does ?? "";
        if (does.StartsWith("Hang") && _stopped.WaitOne(120000))
            return;
        string account = ConnectAzAccount.Current;
        if (does == "WriteError" || does == "Terminate" || account == null)
        {
            var error = new ErrorRecord(
                new InvalidOperationException("Run Connect-AzAccount to login."), "NoLogin", ErrorCategory.CloseError, this);
            if (does == "Terminate")
                ThrowTerminatingError(error);
            WriteError(error);
            return;
        }
        WriteObject(new StandInToken
        {
            Token = new NetworkCredential("", account).SecurePassword,
            ExpiresOn = DateTimeOffset.UtcNow.AddHours(1),
            Type = "Bearer",
        });
    }
}
'@
    $required = $Library | Copy-Item -Destination $folder -PassThru | ForEach-Object Name
    New-ModuleManifest -Path "$folder/Az.Accounts.psd1" -RootModule StandIn.dll -RequiredAssemblies @($required) -ModuleVersion 5.0.0 -CmdletsToExport Connect-AzAccount, Disconnect-AzAccount, Get-AzAccessToken
    "$folder/Az.Accounts.psd1"
}

# A Microsoft.Graph.Authentication that is connected by a token, wants it to be for Microsoft Graph, and knows one answer.
function New-MicrosoftGraph {
    param([Parameter(Mandatory)] [string] $Path, [string[]] $Library = @())
    $folder = New-Item -ItemType Directory -Path (Join-Path $Path Microsoft.Graph.Authentication) -Force
    Set-Content "$folder/StandIn.psm1" @'
function Connect-MgGraph {
    param([securestring] $AccessToken, [switch] $NoWelcome)
    $payload = [System.Net.NetworkCredential]::new('', $AccessToken).Password.Split('.')[1].Replace('-', '+').Replace('_', '/')
    $payload = [Convert]::FromBase64String($payload.PadRight($payload.Length + (4 - $payload.Length % 4) % 4, '='))
    $script:audience = ([System.Text.Encoding]::UTF8.GetString($payload) | ConvertFrom-Json).aud
}
function Invoke-MgGraphRequest {
    param([string] $Uri)
    if ($script:audience -ne 'https://graph.microsoft.com') { throw "401: the audience is '$script:audience'." }
    if ($Uri -notlike 'v1.0/organization*') { throw "404: $Uri" }
    @{ value = @(@{ displayName = 'Contoso' }) }
}
'@
    $required = $Library | Copy-Item -Destination $folder -PassThru | ForEach-Object Name
    New-ModuleManifest -Path "$folder/Microsoft.Graph.Authentication.psd1" -RootModule StandIn.psm1 -RequiredAssemblies @($required) -ModuleVersion 2.0.0 -FunctionsToExport Connect-MgGraph, Invoke-MgGraphRequest
    "$folder/Microsoft.Graph.Authentication.psd1"
}

# How many lines a stand-in has written.
function Get-CallCount {
    param([Parameter(Mandatory)] [string] $Log)
    @(Get-Content $Log -ErrorAction Ignore).Count
}

# Waits until something is so, for a while.
function Wait-Until {
    param([Parameter(Mandatory)] [scriptblock] $Script, [string] $Because)
    for ($i = 0; $i -lt 1200; $i++) {
        if (& $Script) { return }
        Start-Sleep -Milliseconds 50
    }
    throw "It was never so: $Script $Because"
}

# A runspace of its own that has imported the module and runs a script with arguments.
function Start-Caller {
    param([Parameter(Mandatory)] [string] $Script, [object[]] $Argument = @())
    $shell = [powershell]::Create()
    $null = $shell.AddScript("Import-Module `$env:MONITORTOKEN_MODULE; & { $Script } @args")
    foreach ($one in $Argument) { $null = $shell.AddArgument($one) }
    $shell | Add-Member -NotePropertyName Run -NotePropertyValue $shell.BeginInvoke()
    $shell
}

# What the caller has put out, once it is done.
function Receive-Caller {
    param([Parameter(Mandatory)] [powershell] $Caller)
    if (-not $Caller.Run.AsyncWaitHandle.WaitOne(60000)) { throw 'It did not end.' }
    $Caller.EndInvoke($Caller.Run)
}

# As Ctrl+C does; fails if it does not end.
function Stop-Caller {
    param([Parameter(Mandatory)] [powershell] $Caller)
    if (-not $Caller.BeginStop($null, $null).AsyncWaitHandle.WaitOne(20000)) { throw 'It did not stop.' }
    if ($Caller.InvocationStateInfo.State -ne 'Stopped') { throw "It is $($Caller.InvocationStateInfo.State)." }
}

# What a browser does with an address: show the page, send the form back, and hand the form that comes then to localhost.
function Send-Decision {
    param([Parameter(Mandatory)] [string] $Address, [Parameter(Mandatory)] [string] $Decision)
    $page = Invoke-WebRequest $Address
    if ($page.Content -notmatch "id=`"$Decision`"") { throw "There is no $Decision on the page." }
    $answer = Invoke-WebRequest $Address -Method Post -Body @{ decision = $Decision }
    $fields = @{}
    foreach ($field in $answer.InputFields) { $fields[$field.name] = [System.Net.WebUtility]::HtmlDecode($field.value) }
    $null = $answer.Content -match 'action="([^"]+)"'
    Invoke-WebRequest ([System.Net.WebUtility]::HtmlDecode($Matches[1])) -Method Post -Body $fields
}

# An xdg-open in a folder, to be put on PATH, that takes the address down in OPENED_ADDRESS.
function New-XdgOpen {
    param([Parameter(Mandatory)] [string] $Path)
    $env:OPENED_ADDRESS = Join-Path $Path address.txt
    Set-Content "$Path/xdg-open" "#!/bin/sh`necho `"`$1`" > `"`$OPENED_ADDRESS.tmp`"; mv `"`$OPENED_ADDRESS.tmp`" `"`$OPENED_ADDRESS`""
    if (-not $IsWindows) { chmod +x "$Path/xdg-open" }
}

# A browser in which somebody accepts whatever is opened, until Stop-Browser.
function Start-Browser {
    param([Parameter(Mandatory)] [string] $Path)
    New-XdgOpen $Path
    # MSAL asks first whether there is a desktop.
    $env:DISPLAY = ':0'
    Start-ThreadJob {
        Import-Module $using:PSCommandPath
        while ($true) {
            if (Test-Path $env:OPENED_ADDRESS) {
                $address = (Get-Content $env:OPENED_ADDRESS -Raw).Trim()
                Remove-Item $env:OPENED_ADDRESS
                $null = Send-Decision $address accept
            }
            Start-Sleep -Milliseconds 50
        }
    }
}

function Stop-Browser {
    param([Parameter(Mandatory)] $Browser)
    $Browser | Stop-Job -PassThru | Remove-Job
}
