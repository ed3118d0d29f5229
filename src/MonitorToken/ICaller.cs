using System.Security;

namespace MonitorToken;

/// <summary>
/// Who waits for a token: hears what there is to tell, and lends the session that it has. May be called from any
/// thread; is never told a secret.
/// </summary>
internal interface ICaller
{
    void Verbose(string text);

    void Warning(string text);

    /// <summary>What is being done now; shown only if it takes long.</summary>
    /// <param name="activity">In a few words.</param>
    /// <param name="until">When it will be given up, to count down to; null where nobody knows.</param>
    void Progress(string activity, DateTimeOffset? until = null);

    /// <summary>Something that the person must read to go on, such as a device code. Shown at once, wherever the streams go.</summary>
    void Show(string text);

    /// <summary>Runs a script of the caller's where scripts run: on the pipeline thread.</summary>
    Task<string> RunAsync(Func<string> script);

    /// <summary>Whom the session is logged in as with Connect-AzAccount; null where Az.Accounts is not loaded. Asked first on the pipeline thread.</summary>
    string? AzContext { get; }

    /// <summary>A token of the session's own Connect-AzAccount; null where Az.Accounts is not loaded.</summary>
    /// <exception cref="TokenException">It is loaded, but gave no token.</exception>
    Task<SessionToken?> AskAzAccountsAsync(string resource, string? tenantId);
}

/// <summary>What Get-AzAccessToken has answered.</summary>
internal sealed record SessionToken(SecureString Token, DateTimeOffset ExpiresOn);
