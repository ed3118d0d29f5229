using MonitorToken.Engine.Credentials;
using MonitorToken.Engine.Errors;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// The Azure Instance Metadata Service (IMDS), which every Azure virtual machine reaches at the same link-local
/// address.
/// </summary>
internal static class Imds
{
    /// <summary>The variable that overrides the address of the service; the same as in Azure.Identity.</summary>
    public const string AddressVariable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";

    /// <summary>The path of the token endpoint.</summary>
    public const string TokenPath = "/metadata/identity/oauth2/token";

    private static readonly Uri WellKnown = new("http://169.254.169.254");

    /// <summary>Returns the address of the service.</summary>
    /// <param name="inputs">The environment variables.</param>
    /// <exception cref="TokenException">The variable does not contain an absolute address.</exception>
    public static Uri AddressFrom(CredentialInputs inputs) =>
        inputs[AddressVariable] is not { } moved ? WellKnown
        : ManagedIdentityHost.AddressOf(moved)
            ?? throw Missing($"{AddressVariable} holds '{moved}', which is not an absolute address");

    /// <summary>Creates the exception for a host without a metadata service.</summary>
    /// <param name="reason">Why it is considered missing.</param>
    /// <param name="recommendedAction">What to do about it; null for the default advice.</param>
    public static TokenException Missing(string reason, string? recommendedAction = null) =>
        TokenErrors.Unavailable(
            "ManagedIdentity",
            $"There is no managed identity here: {reason}.",
            recommendedAction
                ?? "Run this on an Azure resource that has a managed identity, or sign in another way, such as "
                    + "-AzureCli.");
}
