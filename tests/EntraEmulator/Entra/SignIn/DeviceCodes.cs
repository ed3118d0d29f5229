using System.Diagnostics;
using System.Security.Cryptography;

namespace MonitorToken.EntraEmulator;

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

    /// <summary>
    /// Does what a user does who enters the code and agrees: the first of the tenant, unless another is given. False if
    /// there is no such code.
    /// </summary>
    public bool Approve(string userCode, User? user = null) => Decide(userCode, approved: true, user);

    /// <summary>Does what a user does who enters the code and cancels.</summary>
    public bool Decline(string userCode) => Decide(userCode, approved: false, user: null);

    internal (string Secret, DeviceCode Code) Add(App app, string scope, User user, string correlationId)
    {
        string secret = RandomNumberGenerator.GetHexString(96, lowercase: true);
        var code = new DeviceCode(app, scope, RandomNumberGenerator.GetString(Alphabet, 9), ExpiresIn, user)
        {
            CorrelationId = correlationId,
        };
        lock (_lock)
            _codes[secret] = code;
        return (secret, code);
    }

    /// <summary>The code as it is now, or Entra's reason to go on polling or to give up.</summary>
    internal DeviceCode Poll(string secret, App app)
    {
        lock (_lock)
        {
            if (!_codes.TryGetValue(secret, out DeviceCode? code) || code.App != app)
                throw new EntraException(Refusals.InvalidDeviceCode());
            if (code.ExpiresOn <= DateTimeOffset.UtcNow)
                throw About(code, Refusals.ExpiredDeviceCode());
            // Timers of clients are a little inexact.
            TimeSpan shortest = TimeSpan.FromSeconds((int)Interval.TotalSeconds * 0.9);
            if (code.LastPoll is { } last && Stopwatch.GetElapsedTime(last) < shortest)
                throw About(code, Refusals.PolledTooSoon());

            code.LastPoll = Stopwatch.GetTimestamp();
            code.Polls++;
            if (code.Polls > ApproveAfterPolls)
                code.Approved ??= true;
            if (code.Approved is null)
                throw About(code, Refusals.AuthorizationPending());

            _codes.Remove(secret);
            return code.Approved == true ? code : throw About(code, Refusals.AuthorizationDeclined());
        }

        static EntraException About(DeviceCode code, EntraError error) =>
            new(error) { CorrelationId = code.CorrelationId };
    }

    private bool Decide(string userCode, bool approved, User? user)
    {
        lock (_lock)
        {
            if (_codes.Values.FirstOrDefault(
                code => code.UserCode.Equals(userCode, StringComparison.OrdinalIgnoreCase)) is not { } code)
                return false;
            code.Approved = approved;
            code.User = user ?? code.User;
            return true;
        }
    }
}
