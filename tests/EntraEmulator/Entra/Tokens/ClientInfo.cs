using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>What clients file an account under: the user's id and home tenant.</summary>
internal static class ClientInfo
{
    public static string Of(User user) =>
        Base64UrlEncoder.Encode($$"""{"uid":"{{user.ObjectId}}","utid":"{{user.Tenant.Id}}"}""");
}
