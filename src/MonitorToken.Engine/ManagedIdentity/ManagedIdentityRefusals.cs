using System.Globalization;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>
/// Explains the error responses of managed identity endpoints, whose wording differs from host to host.
/// </summary>
internal sealed class ManagedIdentityRefusals(
    CredentialOptions options, string credentialName, TokenRequest request, ManagedIdentityHost host)
{
    private const string Portal = "in the Azure portal under Identity";

    private static readonly CompareInfo Words = CultureInfo.InvariantCulture.CompareInfo;

    /// <summary>
    /// Messages for an identity that is not assigned to the resource: the one that was named or, if none was, the
    /// system-assigned one. As recorded from IMDS, App Service and Container Apps.
    /// </summary>
    private static readonly string[] NotAssigned =
    [
        "identity not found",
        "no user assigned or delegated managed identity",
        "unable to load the proper managed identity",
        "unable to load requested managed identity",
    ];

    /// <summary>The message of IMDS if several user-assigned identities exist and none was named.</summary>
    private static readonly string[] Ambiguous = ["multiple user assigned identities exist"];

    /// <summary>The message of hosts that do not support user-assigned identities.</summary>
    private static readonly string[] NotSupported = ["user assigned identity is currently not supported"];

    /// <summary>Creates the exception for an error response.</summary>
    /// <param name="answer">The response.</param>
    /// <param name="sender">The host name of the endpoint.</param>
    public TokenException Explain(TokenResponse answer, string sender)
    {
        string? reason = answer.Description;
        // The metadata service and the Arc agent answer with 404 too while they are being updated.
        bool isUpdating = answer.Status == 404
            && (host == ManagedIdentityHost.Imds || host == ManagedIdentityHost.Arc);
        if (answer.IsTransient || isUpdating)
            return TokenErrors.Transient(answer, sender, credentialName);
        if (reason is null || answer.Status < 400)
            return TokenErrors.InvalidResponse(credentialName, answer);

        if (EntraErrors.FindCode(reason) is not null)
            return TokenErrors.FromEntra(answer, credentialName, request);

        if (answer.ErrorCode == "AudienceNotSupported")
            return Failed(
                TokenError.ResourceNotFound,
                $"Cloud Shell gives its user no token for {request.Resource}.",
                "In Cloud Shell, sign in again with az login or Connect-AzAccount and use -AzureCli or "
                    + "-AzurePowerShell.");

        if (HasOneOf(NotSupported, reason))
            return Unavailable(
                "a user-assigned identity was asked for, and it knows none.",
                ManagedIdentityHost.LeaveOut(options));
        if (HasOneOf(Ambiguous, reason))
            return Unavailable(
                "several user-assigned identities are assigned to this resource, and none was named.",
                "Name one of them by its client id, with -ClientId.");
        if (HasOneOf(NotAssigned, reason))
            return (options.ClientId ?? options.IdentityResourceId ?? options.IdentityObjectId) is null
                ? Unavailable(
                    "this resource has no system-assigned identity, and no other was named.",
                    "Name a user-assigned identity of this resource by its client id, with -ClientId; or assign an "
                        + $"identity to it, {Portal}.")
                : NotAssignedHere();

        return Failed(
            TokenError.AuthenticationFailed,
            $"The managed identity service here refuses a token for {request.Resource}: {TokenErrors.Sentence(reason)}",
            answer.Status is 401 or 403
                ? "Check that this process may use the identity: its variables (IDENTITY_HEADER) are those of the "
                    + "host, and on an Arc-enabled server its user is in the group himds."
                : "Check the resource, and the identity that was asked for.",
            answer.CorrelationId);
    }

    private static bool HasOneOf(string[] words, string text) =>
        Array.Exists(words, word => Words.IndexOf(text, word, CompareOptions.OrdinalIgnoreCase) >= 0);

    private TokenException NotAssignedHere()
    {
        string? variable = options.ClientIdVariable;
        return Unavailable(
            $"the identity asked for{(variable is null ? string.Empty : $", {options.ClientId} from {variable},")} is "
                + "not assigned to this resource.",
            variable is null
                ? $"Assign the identity to this resource, {Portal}, and check the id that was given, such as -ClientId."
                : $"{ManagedIdentityHost.LeaveOut(options)} Else assign the identity to this resource, {Portal}, or "
                    + "name another with -ClientId.");
    }

    private TokenException Unavailable(string why, string recommendedAction) =>
        TokenErrors.Unavailable(
            credentialName, $"The managed identity service here gives no token: {why}", recommendedAction);

    private TokenException Failed(TokenError error, string message, string action, string? correlationId = null) =>
        new(error, message, action) { CorrelationId = correlationId, CredentialName = credentialName };
}
