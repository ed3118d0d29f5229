using System.Management.Automation;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Commands;

/// <summary>Lists this user's named token caches, with their accounts and protection.</summary>
/// <remarks>
/// <para>
/// With -TokenCacheName, Get-MonitorToken -Interactive and -DeviceCode create a cache, so that later sessions don't
/// have to prompt. This command shows which caches there are, who has signed in, where the tokens are stored, and how
/// they're protected. It doesn't read the tokens.
/// </para>
/// <para>
/// Get-MonitorToken -Silent gets a token from a cache without prompting. Clear-MonitorTokenCache deletes a cache.
/// </para>
/// </remarks>
/// <example><code>Get-MonitorTokenCache</code><para>Lists all caches.</para></example>
/// <example>
/// <code>Get-MonitorTokenCache | Where-Object Protection -eq None | Clear-MonitorTokenCache</code>
/// <para>Deletes all caches whose tokens are stored as plain text.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MonitorTokenCache", HelpUri = OnlineHelp.Folder + "Get-MonitorTokenCache.md")]
[OutputType(typeof(TokenCacheInfo))]
public sealed class GetMonitorTokenCacheCommand : ModuleCommand
{
    /// <summary>The names of the caches to list. Wildcards are allowed.</summary>
    /// <value>*</value>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TokenCacheCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    private protected override void Process()
    {
        TokenCacheInfo[] caches = Await((_, stop) => PersistentTokenCache.ListAsync(stop));
        foreach (string name in Name)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            TokenCacheInfo[] found = [.. caches.Where(cache => pattern.IsMatch(cache.Name))];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                Report(
                    PersistentTokenCache.Missing(name),
                    target: name,
                    isOneOfSeveral: Name.Length > 1 || MyInvocation.ExpectingInput);

            Write(found, enumerateCollection: true);
        }
    }
}
