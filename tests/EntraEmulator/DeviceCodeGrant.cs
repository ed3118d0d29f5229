namespace MonitorToken.EntraEmulator;

/// <summary>An app asks whether its user has entered the code by now.</summary>
internal static class DeviceCodeGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        App app = request.FindApp();
        string authentication = request.AuthenticateForUser(app);
        return request.GrantTo(request.Emulator.DeviceCodes.Poll(request.Required("device_code"), app), authentication);
    }
}
