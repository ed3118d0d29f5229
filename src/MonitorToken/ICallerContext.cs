using System.Security;

namespace MonitorToken;

/// <summary>
/// Who waits for a token: hears what there is to tell, and lends the session that it has. May be called from any
/// thread; is never told a secret.
/// </summary>
internal interface ICallerContext
{
    /// <summary>Whether the library's own events are wanted, which cost time.</summary>
    bool WantsDebug { get; }

    void Verbose(string text);

    void Debug(string text);

    void Warning(string text);

    /// <summary>What is being done now; shown only if it takes long.</summary>
    /// <param name="activity">In a few words.</param>
    /// <param name="until">When it will be given up, to count down to; null where nobody knows.</param>
    void Progress(string activity, DateTimeOffset? until = null);

    /// <summary>
    /// Something that the person must read to go on, such as a device code. Shown at once, wherever the streams go.
    /// </summary>
    void Show(string text);

    /// <summary>
    /// Runs a script of the caller's where scripts run: on the pipeline thread. It is stopped when nobody waits for it
    /// any more.
    /// </summary>
    /// <exception cref="CallerGoneException">The caller has left.</exception>
    Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken);

    /// <summary>
    /// A token of the session's own Connect-AzAccount; null where Az.Accounts is not loaded. Az.Accounts has a memory
    /// of its own, which alone knows of a logout, so what it gives is not kept.
    /// </summary>
    /// <exception cref="TokenException">It is loaded, but gave no token.</exception>
    /// <exception cref="CallerGoneException">The caller has left.</exception>
    Task<SessionToken?> AskAzAccountsAsync(string resource, string? tenantId, CancellationToken cancellationToken);
}

/// <summary>What Get-AzAccessToken has answered.</summary>
internal sealed record SessionToken(SecureString Token, DateTimeOffset ExpiresOn);
