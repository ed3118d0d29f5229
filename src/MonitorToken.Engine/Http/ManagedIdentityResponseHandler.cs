using System.Globalization;
using System.Text.Json;
using MonitorToken.Engine.Answers;

namespace MonitorToken.Engine.Http;

/// <summary>Judges what the hosts of managed identities send, each in a form of its own.</summary>
internal sealed class ManagedIdentityResponseHandler(
    CredentialOptions options, string credentialName, TokenRequest request, HttpMessageHandler inner)
    : TokenResponseHandler(credentialName, inner)
{
    private static readonly CompareInfo Words = CultureInfo.InvariantCulture.CompareInfo;

    /// <summary>
    /// Where the library looks what the host can do. Most hosts know nothing of it, and say so in any way.
    /// </summary>
    private static readonly string[] Inquiries = ["getplatformmetadata", "issuecredential", "/metadata/instance"];

    /// <summary>What hosts say where the identity that was asked for is not assigned.</summary>
    private static readonly string[] NotAssigned =
        ["identity not found", "no user assigned or delegated managed identity"];

    protected override HttpResponseMessage Judge(
        HttpRequestMessage message, HttpResponseMessage response, Answer answer)
    {
        string path = message.RequestUri!.AbsolutePath;
        if (HasOneOf(Inquiries, path))
            return response;

        // Azure Arc first names a file that only those may read who may have a token.
        bool isChallenge = answer.Status == 401 && response.Header("WWW-Authenticate") is not null
            && message.Headers.Authorization is null;
        if (isChallenge)
            return response;

        string host = message.RequestUri.Host;
        // The metadata service says 404 too while it is being renewed.
        if (answer.IsPassing
            || (answer.Status == 404 && path.StartsWith("/metadata/", StringComparison.OrdinalIgnoreCase)))
            throw Failure.Passing(answer, host, CredentialName);
        return answer.Status < 300 ? Token(response, answer) : throw Refusal(answer);
    }

    protected override void WriteExpiry(Utf8JsonWriter writer, DateTimeOffset expiry) =>
        writer.WriteString("expires_on", expiry.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    private static bool HasOneOf(string[] words, string text) =>
        Array.Exists(words, word => Words.IndexOf(text, word, CompareOptions.OrdinalIgnoreCase) >= 0);

    private TokenException Refusal(Answer answer)
    {
        // A virtual machine, App Service, and Cloud Shell.
        string? reason = answer.Text("error_description") ?? answer.Text("message") ?? answer.Text("error", "message");
        string? code = answer.Text("error") ?? answer.Text("error", "code");
        if (reason is null || answer.Status < 400)
            return Failure.InvalidResponse(CredentialName, $"{answer.Kind} (HTTP {answer.Status})");

        if (EntraErrors.FindCode(reason) is not null)
            return Failure.FromEntra(
                code, reason, answer.Text("claims"), answer.Text("correlation_id"), CredentialName, request);

        if (code == "AudienceNotSupported")
            return new TokenException(
                TokenError.ResourceNotFound,
                $"Cloud Shell gives its user no token for {request.Resource}.",
                "In Cloud Shell, "
                    + "sign in again with az login or Connect-AzAccount and use -AzureCli or -AzurePowerShell.")
            {
                CredentialName = CredentialName,
            };

        if (HasOneOf(NotAssigned, reason))
            return NotAssignedHere();

        return new TokenException(
            TokenError.AuthenticationFailed,
            $"The managed identity service here refuses a token for {request.Resource}: {Failure.Sentence(reason)}",
            answer.Status is 401 or 403
                ? "Check that this process may use the identity: its variables (IDENTITY_HEADER) are those of the "
                    + "host, and on an Arc-enabled server its user is in the group himds."
                : "Check the resource, and the identity that was asked for.")
        {
            CorrelationId = answer.Text("correlation_id") ?? answer.Text("correlationId"),
            CredentialName = CredentialName,
        };
    }

    private TokenException NotAssignedHere()
    {
        string? variable = options.ClientIdVariable;
        string which = variable is null ? string.Empty : $", {options.ClientId} from {variable},";
        return Failure.Unavailable(
            CredentialName,
            $"The managed identity service here gives no token: the identity asked for{which} is not assigned to this "
                + "resource.",
            variable is null
                ? "Assign the identity to this resource, in the Azure portal under Identity, "
                    + "and check the id that was given."
                : $"Unset {variable} where it is not meant for a managed identity, or use -ManagedIdentity, which does "
                    + "not go by it. Else assign the identity to this resource, in the Azure portal under Identity.");
    }
}
