using System.Management.Automation;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Commands;

/// <summary>Clears the cached tokens of this process, or deletes a named token cache.</summary>
/// <remarks>
/// <para>
/// Without -Name, the command clears the tokens that this process has in memory, for all runspaces, and the sign-ins of
/// -Interactive and -DeviceCode. The next Get-MonitorToken requests a new token.
/// </para>
/// <para>
/// With -Name, the command deletes the cache that -TokenCacheName has created on this machine, with its sign-ins, and
/// the tokens from it that this process has in memory. This also works if the cache is damaged. Other caches and tokens
/// aren't affected.
/// </para>
/// <para>
/// The caches of az, azd, Az.Accounts and managed identities can't be cleared here. Tokens that you already have stay
/// valid until they expire.
/// </para>
/// </remarks>
/// <example>
/// <code>Clear-MonitorTokenCache</code>
/// <para>Clears the tokens of this process, such as before someone else uses the session.</para>
/// </example>
/// <example>
/// <code>Clear-MonitorTokenCache -Name Work -WhatIf</code>
/// <para>Shows what would be deleted.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Clear, "MonitorTokenCache", SupportsShouldProcess = true,
    HelpUri = OnlineHelp.Folder + "Clear-MonitorTokenCache.md")]
public sealed class ClearMonitorTokenCacheCommand : ModuleCommand
{
    /// <summary>
    /// The name of the cache, as passed to -TokenCacheName. Without it, the command clears the tokens of this process.
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
