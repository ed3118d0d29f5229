namespace MonitorToken.EntraEmulator;

/// <summary>
/// Refusals by policy. The endpoint of version 2 calls them invalid_grant, that of version 1 interaction_required; only
/// the former adds claims.
/// </summary>
internal static class ConditionalAccess
{
    private const string Reason =
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must";

    public static EntraError SecondFactorNeeded(string resource) =>
        Refuse(50076, "basic_action", $"{Reason} use multi-factor authentication to access '{resource}'.");

    public static EntraError SecondFactorNotSetUp(string resource) =>
        Refuse(50079, "basic_action", $"{Reason} enroll in multi-factor authentication to access '{resource}'.");

    public static EntraError SecondFactorTooOld(string resource) => Refuse(
        50078,
        "basic_action",
        "Presented multi-factor authentication has expired due to policies configured by your administrator, you must "
            + $"refresh your multi-factor authentication to access '{resource}'.");

    public static EntraError ExternalChallenge() => WithPolicy(Refuse(
        50158,
        "basic_action",
        "External security challenge not satisfied. User will be redirected to another page or authentication provider "
            + "to satisfy additional authentication challenges."));

    public static EntraError Blocked() => WithPolicy(Refuse(
        53003,
        "message_only",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."));

    public static EntraError DeviceNotCompliant() => WithPolicy(Refuse(
        53000,
        "message_only",
        "Device is not in required device state: compliant. Conditional Access policy requires a compliant device, and "
            + "the device is not compliant. The user must enroll their device with an approved MDM provider like "
            + "Intune."));

    public static EntraError DeviceNotManaged() => WithPolicy(Refuse(
        530003, "message_only", "Your device is required to be managed to access this resource."));

    /// <summary>The same as version 1 says it.</summary>
    public static EntraError InV1(EntraError refusal) =>
        refusal with { Error = "interaction_required", Claims = null };

    private static EntraError Refuse(int code, string suberror, string message) =>
        new(code, "invalid_grant", message) { Suberror = suberror };

    private static EntraError WithPolicy(EntraError refusal) => refusal with
    {
        Claims = """{"access_token":{"capolids":{"essential":true,"values":["POLICY"]}}}"""
            .Replace("POLICY", $"{Guid.NewGuid()}", StringComparison.Ordinal),
    };
}
