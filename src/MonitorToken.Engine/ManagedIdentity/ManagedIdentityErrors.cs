using System.Globalization;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Explains the error responses of managed identity endpoints, whose wording differs from host to host.
/// </summary>
internal sealed class ManagedIdentityErrors(
    CredentialOptions options, string credentialName, TokenRequest request, ManagedIdentityHost host)
{
    private const string Portal = "in the Azure portal under Identity";

    /// <summary>
    /// The messages of IMDS, App Service and Container Apps if the identity that was named, or the system-assigned
    /// one, is not assigned to the resource.
    /// </summary>
    private static readonly string[] NotAssigned =
    [
        "identity not found",
        "no user assigned or delegated managed identity",
        "unable to load the proper managed identity",
        "unable to load requested managed identity",
    ];

    /// <summary>Creates the exception for an error response from the named host.</summary>
    public TokenException Create(TokenResponse response, string sender)
    {
        string? reason = response.Description;
        // The metadata service and the Arc agent also return 404 while they are being updated.
        bool isUpdating = response.Status == 404
            && (host == ManagedIdentityHost.Imds || host == ManagedIdentityHost.Arc);
        if (response.IsTransient || isUpdating)
            return TokenErrors.Transient(response, sender, credentialName);

        if (reason is null || response.Status < 400)
            return TokenErrors.InvalidResponse(credentialName, response);

        if (EntraErrors.FindCode(reason) is not null)
            return TokenErrors.FromEntra(response, credentialName, request);

        if (response.ErrorCode == "AudienceNotSupported")
            return Failed(
                TokenError.ResourceNotFound,
                $"Cloud Shell doesn't issue a token for {request.Resource} to its user.",
                "In Cloud Shell, sign in again with az login or Connect-AzAccount and use -AzureCli or "
                    + "-AzurePowerShell.");

        if (Contains(reason, "user assigned identity is currently not supported"))
            return Unavailable(
                "a user-assigned identity was requested, but the service has none.",
                ManagedIdentityHost.LeaveOut(options));
        if (Contains(reason, "multiple user assigned identities exist"))
            return Unavailable(
                "several user-assigned identities are assigned to this resource, and none was specified.",
                "Specify one of them by its client ID, with -ClientId.");
        if (Array.Exists(NotAssigned, message => Contains(reason, message)))
            return NotAssignedHere();

        return Failed(
            TokenError.AuthenticationFailed,
            $"The managed identity service refused a token for {request.Resource}: {TokenErrors.Sentence(reason)}",
            response.Status is 401 or 403
                ? "Check that this process is allowed to use the identity: its variables (IDENTITY_HEADER) are those "
                    + "of the host, and on an Arc-enabled server, its user is in the group himds."
                : "Check the resource and the identity in the request.",
            response.CorrelationId);
    }

    private static bool Contains(string text, string words) =>
        CultureInfo.InvariantCulture.CompareInfo.IndexOf(text, words, CompareOptions.OrdinalIgnoreCase) >= 0;

    private TokenException NotAssignedHere() =>
        ManagedIdentityHost.UserAssignedId(options) is null
            ? Unavailable(
                "this resource has no system-assigned identity, and no other was specified.",
                "Specify a user-assigned identity of this resource by its client ID, with -ClientId, or assign an "
                    + $"identity to it, {Portal}.")
        : options.ClientIdVariable is { } variable
            ? Unavailable(
                $"the identity {options.ClientId} from {variable} isn't assigned to this resource.",
                $"{ManagedIdentityHost.LeaveOut(options)} Otherwise, assign the identity to this resource {Portal}, or "
                    + "specify another with -ClientId.")
        : Unavailable(
            "the specified identity isn't assigned to this resource.",
            $"Assign the identity to this resource {Portal}, and check the ID that you specified, such as -ClientId.");

    private TokenException Unavailable(string reason, string recommendedAction) =>
        TokenErrors.Unavailable(
            credentialName, $"The managed identity service didn't issue a token: {reason}", recommendedAction);

    private TokenException Failed(TokenError error, string message, string action, string? correlationId = null) =>
        new(error, message, action) { CorrelationId = correlationId, CredentialName = credentialName };
}
