using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Azure's Instance Metadata Service, which every virtual machine of Azure finds at the same address.
/// </summary>
internal static class Imds
{
    /// <summary>Moves the service, as Azure.Identity's own variable does.</summary>
    public const string AddressVariable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    public const string TokenPath = "/metadata/identity/oauth2/token";

    private static readonly Uri WellKnown = new("http://169.254.169.254");

    /// <summary>Where it is, as these variables say.</summary>
    /// <exception cref="TokenException">The variable that moves it does not hold an address.</exception>
    public static Uri AddressFrom(CredentialInputs inputs) =>
        inputs[AddressVariable] is not { } moved ? WellKnown
        : ManagedIdentityHost.AddressOf(moved)
            ?? throw Missing($"{AddressVariable} holds '{moved}', which is not an absolute address");

    /// <summary>There is no metadata service here, or none that answers.</summary>
    public static TokenException Missing(string reason, string? recommendedAction = null) =>
        TokenErrors.Unavailable(
            "ManagedIdentity",
            $"There is no managed identity here: {reason}.",
            recommendedAction
                ?? "Run this on an Azure resource that has a managed identity, or sign in another way, such as "
                    + "-AzureCli.");
}
