$edition = if ($PSEdition -eq 'Core') { 'net8.0' } else { 'netstandard2.0' }
try { Import-Module -Name "$PSScriptRoot/$edition/MonitorToken.PowerShell.dll" -ErrorAction Stop }
catch [System.IO.FileLoadException] {
    # A process has room for one version of it. Windows PowerShell loads both, and EngineHost says so.
    $loaded = [AppDomain]::CurrentDomain.GetAssemblies().GetName() | Where-Object Name -EQ MonitorToken.PowerShell
    $version = [Reflection.AssemblyName]::GetAssemblyName("$PSScriptRoot/$edition/MonitorToken.PowerShell.dll").Version
    if (-not $loaded -or $loaded.Version -eq $version) { throw }
    throw 'MonitorToken {0} is loaded in this process already; start a new session to use {1}.' -f
        $loaded.Version.ToString(3), $version.ToString(3)
}
