using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Inspects each final response before a library sees it. A response that is not usable fails the request here, because
/// the libraries take an expiry in the past for a duration, throw a NullReferenceException for a missing member, or
/// cache a failure for a minute and return it to all callers. A token is passed on in the one format that all libraries
/// read the same way.
/// </summary>
internal abstract class TokenResponseHandler(string credentialName, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Bearer = "Bearer";

    protected string CredentialName { get; } = credentialName;

    /// <summary>
    /// The client id in the last response with a token; null if it had none. Managed identity endpoints return it, but
    /// the libraries do not, and an opaque token has no claims to read it from.
    /// </summary>
    public string? ClientId { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (HostAllowListHandler.IsRegionLookup(request))
                return response;

            // MSAL caches an error response with Retry-After, and returns it to all callers for that long. The retry
            // handler has honored the header already.
            TokenResponse answer = await TokenResponse.FromAsync(response).ConfigureAwait(false);
            response.Headers.Remove("Retry-After");
            return Inspect(request, response, answer);
        }
        catch (Exception exception) when (
            exception is not TokenException && !cancellationToken.IsCancellationRequested)
        {
            throw TokenErrors.FromConnection(exception, request.RequestUri!.Host, CredentialName);
        }
    }

    /// <summary>
    /// Inspects a final response, passed both as received and parsed, and returns the one that the library receives.
    /// </summary>
    /// <exception cref="TokenException">The response is not usable.</exception>
    protected abstract HttpResponseMessage Inspect(
        HttpRequestMessage request, HttpResponseMessage response, TokenResponse answer);

    /// <summary>Validates a response with a token, and writes it in the format that all libraries read.</summary>
    /// <exception cref="TokenException">The response contains no usable token.</exception>
    protected HttpResponseMessage Token(HttpResponseMessage response, TokenResponse answer, bool mayOmitTokenType)
    {
        if (string.IsNullOrEmpty(answer.Token) || answer.ExpiresOn is not { } expiresOn)
            throw TokenErrors.InvalidResponse(CredentialName, answer.Kind);

        DateTimeOffset expiry = AccessTokenFactory.Validate(answer.Token, expiresOn, CredentialName).ExpiresOn;
        string? type = answer.Text("token_type");
        // A token of another type, such as one that is bound to a key, is not sent as a bearer token.
        if (type is null ? !mayOmitTokenType : !string.Equals(type, Bearer, StringComparison.OrdinalIgnoreCase))
            throw TokenErrors.InvalidResponse(CredentialName, "a token that isn't a bearer token");
        ClientId = Guid.TryParse(answer.Text("client_id"), out Guid id) ? id.ToString() : null;
        response.StatusCode = HttpStatusCode.OK;
        // All members are copied, except for the expiry, which is written as Entra does (expires_in) and as managed
        // identity endpoints do (expires_on); the type, without which MSAL caches the token and then fails for the
        // lifetime of the process; and members that make the libraries reject the response although they carry no
        // information.
        response.Content = Json(
            answer.Body!.Value,
            writer =>
            {
                writer.WriteString("token_type", Bearer);
                writer.WriteNumber("expires_in", (long)Math.Round((expiry - DateTimeOffset.UtcNow).TotalSeconds));
                writer.WriteString(
                    "expires_on", expiry.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
            },
            member => member.Name is not ("token_type" or "expires_in" or "expires_on" or "ext_expires_in")
                && member.Value.ValueKind != JsonValueKind.Null
                && (member.Name != "refresh_in" || member.Value.ValueKind == JsonValueKind.Number));
        return response;
    }

    /// <summary>Writes a JSON object: new members, and those of the original object that are to be copied.</summary>
    protected static HttpContent Json(JsonElement body, Action<Utf8JsonWriter> write, Func<JsonProperty, bool> isKept)
    {
        using var content = new MemoryStream();
        using (var writer = new Utf8JsonWriter(content))
        {
            writer.WriteStartObject();
            write(writer);
            foreach (JsonProperty member in body.EnumerateObject().Where(IsPlain).Where(isKept))
            {
                writer.WritePropertyName(member.Name);
                if (member.Name == "scope" && member.Value.ValueKind == JsonValueKind.Array)
                    writer.WriteStringValue(string.Join(" ", member.Value.EnumerateArray()));
                else
                    member.Value.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        var json = new ByteArrayContent(content.ToArray());
        json.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return json;
    }

    /// <summary>
    /// Whether the libraries can read a member. They do not read objects, or arrays other than that of scopes. A name
    /// or value with an unpaired surrogate can be neither read nor written.
    /// </summary>
    private static bool IsPlain(JsonProperty member)
    {
        try
        {
            return member.Value.ValueKind switch
            {
                JsonValueKind.Object => false,
                JsonValueKind.Array => member.Name == "scope",
                _ => member.Name.Length > 0 && member.Value.ToString() is not null,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
