using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MonitorToken.Engine.Errors;
using MonitorToken.Engine.Tokens;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Judges each final answer before a library sees it. What is no usable answer ends the request here: the libraries would
/// take an expiry in the past for a duration, fail over a missing member, or remember a failure for a minute, whoever asks
/// next. A token goes on in the one form that all of them read alike.
/// </summary>
internal abstract class TokenResponseHandler(string credentialName, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Bearer = "Bearer";

    protected string CredentialName { get; } = credentialName;

    /// <summary>Whether an answer that does not name the token's type has a bearer token in it.</summary>
    protected abstract bool MayOmitTokenType { get; }

    /// <summary>
    /// The client id that the last answer with a token has named; null if none has. Endpoints of managed identities name
    /// it, the libraries leave it out, and an opaque token tells nothing of itself.
    /// </summary>
    public string? ClientId { get; private set; }

    protected sealed override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (HostAllowList.IsRegionLookup(request))
                return response;

            // MSAL would keep any refusal that comes with a Retry-After, and answer with it by itself for as long as that
            // says. It has been heeded further down.
            TokenResponse answer = await TokenResponse.FromAsync(response).ConfigureAwait(false);
            response.Headers.Remove("Retry-After");
            return Judge(request, response, answer);
        }
        catch (Exception exception) when (
            exception is not TokenException && !cancellationToken.IsCancellationRequested)
        {
            throw TokenErrors.FromConnection(exception, request.RequestUri!.Host, CredentialName);
        }
    }

    /// <returns>What the library is to see.</returns>
    /// <exception cref="TokenException">The answer is none that the library should see.</exception>
    protected abstract HttpResponseMessage Judge(
        HttpRequestMessage request, HttpResponseMessage response, TokenResponse answer);

    /// <exception cref="TokenException">There is no token in it that anybody could use.</exception>
    protected HttpResponseMessage Token(HttpResponseMessage response, TokenResponse answer)
    {
        if (string.IsNullOrEmpty(answer.Token) || answer.ExpiresOn is not { } expiresOn)
            throw TokenErrors.InvalidResponse(CredentialName, answer.Kind);

        DateTimeOffset expiry = AccessTokenFactory.Validate(answer.Token, expiresOn, CredentialName).ExpiresOn;
        string? type = answer.Text("token_type");
        // One of another type, such as one that is bound to a key, is presented in another way.
        if (type is null ? !MayOmitTokenType : !string.Equals(type, Bearer, StringComparison.OrdinalIgnoreCase))
            throw TokenErrors.InvalidResponse(CredentialName, "a token that is not said to be a bearer token");
        ClientId = Guid.TryParse(answer.Text("client_id"), out Guid id) ? id.ToString() : null;
        response.StatusCode = HttpStatusCode.OK;
        // As they came, but for the expiry, which is written in the way of the endpoint; the type, without which MSAL keeps
        // the token and then fails for the rest of the process; and what the libraries refuse a whole answer for though it
        // says nothing.
        response.Content = Json(
            answer.Body!.Value,
            writer =>
            {
                writer.WriteString("token_type", Bearer);
                WriteExpiry(writer, expiry);
            },
            member => member.Name is not ("token_type" or "expires_in" or "expires_on" or "ext_expires_in")
                && member.Value.ValueKind != JsonValueKind.Null
                && (member.Name != "refresh_in" || member.Value.ValueKind == JsonValueKind.Number));
        return response;
    }

    /// <summary>The JSON object with other members before its own.</summary>
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
    /// The libraries read no objects, and no lists but that of scopes. Half a character, in a name or a value, can be
    /// neither read nor written.
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

    protected abstract void WriteExpiry(Utf8JsonWriter writer, DateTimeOffset expiry);
}
