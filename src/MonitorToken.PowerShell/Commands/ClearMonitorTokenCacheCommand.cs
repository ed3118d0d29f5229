using System.Management.Automation;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Commands;

/// <summary>Forgets this session's tokens, or a named persistent cache.</summary>
/// <remarks>
/// <para>
/// Without -Name, it forgets the tokens that this process holds in memory, for all runspaces, and who has signed in
/// with -Interactive or -DeviceCode. The next Get-MonitorToken asks the identity service. What other programs keep,
/// such as az, Az.Accounts and Azure's side of managed identities, is theirs.
/// </para>
/// <para>
/// With -Name, it deletes what -TokenCacheName has kept on this machine under that name, with who has signed in, and
/// forgets the tokens that this process has in memory from it. It works for a cache that is damaged too. What has
/// another name, was got without one, or belongs to another program stays.
/// </para>
/// <para>A token that was handed out before stays valid until it expires.</para>
/// </remarks>
/// <example>
/// <code>Clear-MonitorTokenCache</code>
/// <para>Forgets the tokens of this process, as before other people use the session.</para>
/// </example>
/// <example>
/// <code>Clear-MonitorTokenCache -Name Work -WhatIf</code>
/// <para>Tells what would be deleted of the cache Work.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Clear, "MonitorTokenCache", SupportsShouldProcess = true,
    HelpUri = OnlineHelp.Folder + "Clear-MonitorTokenCache.md")]
public sealed class ClearMonitorTokenCacheCommand : AsyncCommand
{
    /// <summary>The name that was given to -TokenCacheName. Without it: the tokens of this process.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TokenCacheCompleter))]
    public string? Name { get; set; }

    /// <summary>Forgets.</summary>
    protected override void EndProcessing()
    {
        if (Name is null)
        {
            if (ShouldProcess("The tokens of this process", "Forget"))
                WriteVerbose($"{ProcessMemory.Clear()} tokens forgotten.");
            return;
        }

        string name = Name;
        if (ShouldProcess($"The token cache '{name}' on this machine, with who has signed in with it", "Delete"))
            Await(() => name, (caller, _) => Task.Run(() => PersistentTokenCache.Delete(name, caller)));
    }
}
