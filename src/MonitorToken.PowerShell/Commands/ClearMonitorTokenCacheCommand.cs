using System.Management.Automation;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Commands;

/// <summary>Clears the tokens in memory, or deletes a named persistent token cache.</summary>
/// <remarks>
/// <para>
/// Without -Name, the command clears the tokens that this process holds in memory, for all runspaces, and the sign-ins
/// of -Interactive and -DeviceCode. The next Get-MonitorToken asks the identity service. The caches of other programs,
/// such as az, Az.Accounts and Azure's side of managed identities, are not affected.
/// </para>
/// <para>
/// With -Name, the command deletes the persistent cache that -TokenCacheName has created on this machine under that
/// name, including its sign-ins, and clears the tokens from it that this process has in memory. A damaged cache can be
/// deleted, too. Caches with other names, tokens that came from no persistent cache, and the caches of other programs
/// are not affected.
/// </para>
/// <para>A token that was handed out before stays valid until it expires.</para>
/// </remarks>
/// <example>
/// <code>Clear-MonitorTokenCache</code>
/// <para>Clears the tokens of this process, for example before someone else uses the session.</para>
/// </example>
/// <example>
/// <code>Clear-MonitorTokenCache -Name Work -WhatIf</code>
/// <para>Shows what would be deleted of the cache Work.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Clear, "MonitorTokenCache", SupportsShouldProcess = true,
    HelpUri = OnlineHelp.Folder + "Clear-MonitorTokenCache.md")]
public sealed class ClearMonitorTokenCacheCommand : ModuleCommand
{
    /// <summary>
    /// The name of the cache, as given to -TokenCacheName. Without it, the command clears the tokens of this process.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [CacheName]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TokenCacheCompleter))]
    public string? Name { get; set; }

    /// <inheritdoc/>
    private protected override void Process()
    {
        if (Name is not { } name)
        {
            if (ShouldProcess("The tokens of this process", "Clear"))
                WriteVerbose($"{ProcessMemory.Clear()} tokens cleared.");
            return;
        }

        try
        {
            name = TokenCacheFiles.CheckName(name);
            if (ShouldProcess($"The token cache '{name}' on this machine and its sign-ins", "Delete"))
                Await((caller, _) => Task.Run(() => PersistentTokenCache.Delete(name, caller)));
        }
        catch (TokenException exception)
        {
            Report(exception, target: Name, isOneOfSeveral: MyInvocation.ExpectingInput);
        }
    }
}
