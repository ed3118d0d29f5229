using System.Diagnostics;
using System.Security.Cryptography;

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
}

/// <summary>The device codes that are out there, and how long their apps have to wait.</summary>
public sealed class DeviceCodes
{
    // As Entra's: no letters that look like digits.
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DeviceCode> _codes = new(StringComparer.Ordinal);

    internal DeviceCodes()
    {
    }

    /// <summary>How long an app is to wait between two polls, in whole seconds.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    public TimeSpan ExpiresIn { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Approves each code by itself after so many polls; null to wait for someone who does.</summary>
    public int? ApproveAfterPolls { get; set; }

    /// <summary>The codes that have not been redeemed, the newest last.</summary>
    public IReadOnlyList<DeviceCode> Pending
    {
        get
        {
            lock (_lock)
                return [.. _codes.Values.OrderBy(code => code.ExpiresOn)];
        }
    }

    /// <summary>Does what a user does who enters the code and agrees: the first of the tenant, unless another is given. False if there is no such code.</summary>
    public bool Approve(string userCode, User? user = null) => Decide(userCode, approved: true, user);

    /// <summary>Does what a user does who enters the code and cancels.</summary>
    public bool Decline(string userCode) => Decide(userCode, approved: false, user: null);

    internal (string Secret, DeviceCode Code) Add(App app, string scope, User user)
    {
        string secret = RandomNumberGenerator.GetHexString(96, lowercase: true);
        var code = new DeviceCode(app, scope, RandomNumberGenerator.GetString(Alphabet, 9), ExpiresIn, user);
        lock (_lock)
            _codes[secret] = code;
        return (secret, code);
    }

    /// <summary>The sign-in, or Entra's reason to go on polling or to give up.</summary>
    internal SignIn Poll(string secret, App app)
    {
        lock (_lock)
        {
            if (!_codes.TryGetValue(secret, out DeviceCode? code) || code.App != app)
                throw new EntraException(EntraError.InvalidDeviceCode());
            if (code.ExpiresOn <= DateTimeOffset.UtcNow)
                throw new EntraException(EntraError.ExpiredDeviceCode());
            // Timers of clients are a little inexact.
            if (code.LastPoll is { } last && Stopwatch.GetElapsedTime(last) < TimeSpan.FromSeconds((int)Interval.TotalSeconds * 0.9))
                throw new EntraException(EntraError.PolledTooSoon());

            code.LastPoll = Stopwatch.GetTimestamp();
            code.Polls++;
            if (code.Polls > ApproveAfterPolls)
                code.Approved ??= true;
            if (code.Approved is null)
                throw new EntraException(EntraError.AuthorizationPending());

            _codes.Remove(secret);
            return code.Approved == true ? new SignIn(code.User, app, code.Scope) : throw new EntraException(EntraError.AuthorizationDeclined());
        }
    }

    private bool Decide(string userCode, bool approved, User? user)
    {
        lock (_lock)
        {
            if (_codes.Values.FirstOrDefault(code => code.UserCode.Equals(userCode, StringComparison.OrdinalIgnoreCase)) is not { } code)
                return false;
            code.Approved = approved;
            code.User = user ?? code.User;
            return true;
        }
    }
}
