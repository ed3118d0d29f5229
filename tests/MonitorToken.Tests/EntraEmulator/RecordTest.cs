using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Tests.EntraEmulator;

/// <summary>
/// A test that holds the emulator's answers against recorded ones, with no client in between. Each row names its
/// source: the fixtures of kubelogin (K), the recordings of Azure.Identity for .NET (N), Go (G), Python (P) and
/// JavaScript (J), literals of MSAL.NET's tests (M), and bodies that people have posted with their real ids (L).
/// </summary>
public abstract class RecordTest(EmulatorFixture fixture) : EngineTest(fixture)
{
    private readonly HttpClient _http = new(fixture.Emulator.CreateHandler());

    protected const string Arm = "https://management.azure.com";

    protected Tenant Tenant => Emulator.Directory.Tenant;

    protected static string CorrelationId { get; } = Guid.NewGuid().ToString();

    protected Task<Answer> TokenAsync(params (string Name, string Value)[] form) =>
        PostAsync("oauth2/v2.0/token", form);

    protected Task<Answer> TokenV1Async(params (string Name, string Value)[] form) => PostAsync("oauth2/token", form);

    /// <summary>A request of an app with its secret, as it is unless changed.</summary>
    protected Task<Answer> AppTokenAsync(
        string scope = Arm + "/.default",
        string? secret = null,
        string? clientId = null,
        string? tenant = null) =>
        PostAsync(
            "oauth2/v2.0/token",
            [
                ("grant_type", "client_credentials"),
                ("client_id", clientId ?? App.ClientId),
                ("client_secret", secret ?? App.Secret),
                ("scope", scope),
            ],
            tenant);

    protected Task<Answer> AppTokenV1Async(string resource = Arm) => TokenV1Async(
        ("grant_type", "client_credentials"),
        ("client_id", App.ClientId),
        ("client_secret", App.Secret),
        ("resource", resource));

    protected Task<Answer> PostAsync(
        string path,
        (string Name, string Value)[] form,
        string? tenant = null) => SendAsync(
        new HttpRequestMessage(
            HttpMethod.Post,
            $"https://login.microsoftonline.com/{tenant ?? Tenant.Id.ToString()}/{path}")
        {
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value))),
            Headers = { { "client-request-id", CorrelationId }, { "return-client-request-id", "false" } },
        });

    protected Task<Answer> GetAsync(string url, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return SendAsync(request);
    }

    protected async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using HttpRequestMessage sent = request;
        using HttpResponseMessage response = await _http.SendAsync(sent, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        var body = text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : [];
        return new(response.StatusCode, response.Headers, response.Content.Headers, body, text);
    }

    /// <summary>
    /// The members with their kinds, in order: s for strings, n for numbers, a for lists, o for objects, b for truth
    /// values.
    /// </summary>
    protected static string Shape(JsonObject body) =>
        string.Join(' ', body.Select(member => $"{member.Key}:{Kind(member.Value)}"));

    private static string Kind(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.String => "s",
        JsonValueKind.Number => "n",
        JsonValueKind.Array => "a",
        JsonValueKind.True or JsonValueKind.False => "b",
        _ => "o",
    };

    protected sealed record Answer(
        HttpStatusCode Status,
        HttpResponseHeaders Headers,
        HttpContentHeaders ContentHeaders,
        JsonObject Body,
        string RawText)
    {
        public string Text(string member) => Body[member]!.GetValue<string>();

        public long Number(string member) => Body[member]!.GetValue<long>();

        public string? Header(string name) =>
            Headers.TryGetValues(name, out IEnumerable<string>? values) || ContentHeaders.TryGetValues(name, out values)
                ? string.Join(", ", values)
                : null;
    }
}
