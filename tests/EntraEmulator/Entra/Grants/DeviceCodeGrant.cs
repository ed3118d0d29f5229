namespace MonitorToken.EntraEmulator;

/// <summary>An app asks whether its user has entered the code by now.</summary>
internal static class DeviceCodeGrant
{
    public static TokenGrant Redeem(TokenRequest request)
    {
        App app = request.FindApp();
        string authentication = request.AuthenticateForUser(app);
        DeviceCode code = request.Emulator.DeviceCodes.Poll(request.Required("device_code"), app);
        EntraHeaders.Correlate(request.Context, code.CorrelationId!);
        return request.GrantTo(new SignIn(code.User, app, code.Scope), authentication);
    }
}
