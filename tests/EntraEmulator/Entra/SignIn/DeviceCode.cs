namespace MonitorToken.EntraEmulator;

/// <summary>A code that a user is asked to enter in a browser, and what came of it.</summary>
public sealed class DeviceCode
{
    internal DeviceCode(App app, string scope, string userCode, TimeSpan expiresIn, User user)
    {
        App = app;
        Scope = scope;
        UserCode = userCode;
        ExpiresOn = DateTimeOffset.UtcNow + expiresIn;
        User = user;
    }

    public string UserCode { get; }

    public string ClientId => App.ClientId;

    public DateTimeOffset ExpiresOn { get; }

    /// <summary>How often the app has asked.</summary>
    public int Polls { get; internal set; }

    /// <summary>What the user said; null while there is no answer.</summary>
    public bool? Approved { get; internal set; }

    internal App App { get; }

    internal string Scope { get; }

    internal User User { get; set; }

    internal long? LastPoll { get; set; }

    /// <summary>Of the request for the code: what is answered about it later goes by this.</summary>
    internal string? CorrelationId { get; init; }
}
