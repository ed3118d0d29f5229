using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The codes and refresh tokens that are out there. A code works once; a refresh token until the emulator ends, as in
/// Entra for months.
/// </summary>
internal sealed class SignIns
{
    private readonly ConcurrentDictionary<string, AuthorizationCode?> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, RefreshToken> _refreshTokens = new(StringComparer.Ordinal);

    public string AddCode(AuthorizationCode code)
    {
        string value = "1." + RandomText(90);
        _codes[value] = code;
        return value;
    }

    /// <summary>Uses a code up.</summary>
    public AuthorizationCode TakeCode(string value)
    {
        if (!_codes.TryGetValue(value, out AuthorizationCode? code))
            throw new EntraException(Refusals.InvalidCode());
        if (code is null || !_codes.TryUpdate(value, null, code))
            throw new EntraException(Refusals.RedeemedCode());
        return code.ExpiresOn > DateTimeOffset.UtcNow ? code : throw new EntraException(Refusals.ExpiredCode());
    }

    public string AddRefreshToken(SignIn signIn)
    {
        string value = "1." + RandomText(120);
        _refreshTokens[value] = new RefreshToken(signIn);
        return value;
    }

    public RefreshToken FindRefreshToken(string value) =>
        _refreshTokens.GetValueOrDefault(value) ?? throw new EntraException(Refusals.InvalidRefreshToken());

    private static string RandomText(int bytes) => Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(bytes));
}
