using System.Globalization;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.ManagedIdentity;

/// <summary>Explains what the hosts of managed identities answer in place of a token, each in words of its own.</summary>
internal sealed class ManagedIdentityRefusals(
    CredentialOptions options, string credentialName, TokenRequest request, ManagedIdentityHost host)
{
    private const string Portal = "in the Azure portal under Identity";

    private static readonly CompareInfo Words = CultureInfo.InvariantCulture.CompareInfo;

    /// <summary>
    /// What hosts say where they have no such identity: the one that was named, or, where none was, one of the
    /// resource's own.
    /// </summary>
    private static readonly string[] NotAssigned =
    [
        "identity not found",
        "no user assigned or delegated managed identity",
        "unable to load the proper managed identity",
        "unable to load requested managed identity",
    ];

    private static readonly string[] Ambiguous = ["multiple user assigned identities exist"];

    private static readonly string[] NotSupported = ["user assigned identity is currently not supported"];

    /// <param name="answer">The answer, which has no token.</param>
    /// <param name="sender">The name of the machine that has sent it.</param>
    public TokenException Explain(TokenResponse answer, string sender)
    {
        // A virtual machine, App Service, and Cloud Shell.
        string? reason = answer.Text("error_description") ?? answer.Text("message") ?? answer.Text("error", "message");
        string? code = answer.Text("error") ?? answer.Text("error", "code");
        // The metadata service and Arc's agent say 404 too while they are being updated.
        bool isUpdating = answer.Status == 404
            && (host == ManagedIdentityHost.Imds || host == ManagedIdentityHost.Arc);
        if (answer.IsPassing || isUpdating)
            return Passing(answer, sender, reason);
        if (reason is null || answer.Status < 400)
            return TokenErrors.InvalidResponse(credentialName, $"{answer.Kind} (HTTP {answer.Status})");

        if (EntraErrors.FindCode(reason) is not null)
            return TokenErrors.FromEntra(
                code, reason, answer.Text("claims"), answer.Text("correlation_id"), credentialName, request);

        if (code == "AudienceNotSupported")
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
            answer.Text("correlation_id") ?? answer.Text("correlationId"));
    }

    private static bool HasOneOf(string[] words, string text) =>
        Array.Exists(words, word => Words.IndexOf(text, word, CompareOptions.OrdinalIgnoreCase) >= 0);

    /// <summary>A failure that may pass, with what the host says about it.</summary>
    private TokenException Passing(TokenResponse answer, string sender, string? reason)
    {
        TokenException failure = TokenErrors.Transient(answer, sender, credentialName);
        return reason is null || answer.EntraCode is not null
            ? failure
            : failure.Because($"{failure.Message} {TokenErrors.Sentence(reason)}", failure.RetryAfter);
    }

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
