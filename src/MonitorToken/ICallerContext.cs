using System.Security;

namespace MonitorToken;

/// <summary>
/// The caller that waits for a token. Receives messages for its output streams and runs code that needs its PowerShell
/// session. Members can be called from any thread. Messages never contain a secret.
/// </summary>
internal interface ICallerContext
{
    /// <summary>
    /// Whether to forward the events of Azure.Identity and MSAL, which slow the libraries down when collected.
    /// </summary>
    bool WantsDebug { get; }

    void Verbose(string text);

    void Debug(string text);

    void Warning(string text);

    /// <summary>Reports the current activity, which is displayed only if it takes long.</summary>
    /// <param name="activity">A few words.</param>
    /// <param name="until">When the activity times out, for the countdown; null if there is no known limit.</param>
    void Progress(string activity, DateTimeOffset? until = null);

    /// <summary>
    /// Displays text that the user must act on, such as a device code. Written to the host at once, even if the output
    /// streams are redirected.
    /// </summary>
    void Show(string text);

    /// <summary>
    /// Runs the caller's script on the pipeline thread. The script is stopped once nobody waits for its result.
    /// </summary>
    /// <exception cref="CallerGoneException">The caller has stopped waiting.</exception>
    Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken);

    /// <summary>
    /// Gets a token from Az.Accounts in the caller's session; null if that module is not loaded. The token is not
    /// cached here: Az.Accounts has its own cache, and only that knows when the user logs out.
    /// </summary>
    /// <exception cref="TokenException">Az.Accounts is loaded, but returned no token.</exception>
    /// <exception cref="CallerGoneException">The caller has stopped waiting.</exception>
    Task<SessionToken?> AskAzAccountsAsync(string resource, string? tenantId, CancellationToken cancellationToken);
}

/// <summary>The result of Get-AzAccessToken.</summary>
internal sealed record SessionToken(SecureString Token, DateTimeOffset ExpiresOn);
