using System.Text.Json.Nodes;
using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>What the services really answer, which is then spoilt.</summary>
/// <param name="Entra">Tokens and refusals of both endpoints.</param>
/// <param name="ManagedIdentity">Those of the hosts of managed identities.</param>
/// <param name="Token">A token that is valid.</param>
internal sealed record TrueBodies(
    IReadOnlyList<JsonObject> Entra, IReadOnlyList<JsonObject> ManagedIdentity, string Token)
{
    public static async Task<TrueBodies> OfAsync(Emulator emulator)
    {
        App app = emulator.Directory.AddApp();
        using var client = new HttpClient();
        string authority = $"https://login.microsoftonline.com/{emulator.Directory.Tenant.Id}/oauth2/";
        JsonObject token = await PostAsync("v2.0/token", ("scope", "https://api.loganalytics.io/.default"));
        JsonObject[] entra =
        [
            token,
            await PostAsync("token", ("resource", "https://api.loganalytics.io")),
            await PostAsync("v2.0/token", ("scope", "https://nowhere.example/.default")),
            await PostAsync("token", ("resource", "https://nowhere.example")),
            await PostAsync(
                "v2.0/token",
                ("scope", "https://api.loganalytics.io/.default"),
                ("client_secret", "wrong")),
            await PostAsync("token", ("resource", "https://api.loganalytics.io"), ("client_secret", "wrong")),
        ];
        string metadata = emulator.Environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"] + "/metadata/identity/oauth2/token";
        JsonObject[] identity =
        [
            await GetAsync("?api-version=2018-02-01&resource=https://api.loganalytics.io"),
            await GetAsync("?api-version=2018-02-01&resource=https://nowhere.example"),
            await GetAsync("?api-version=2018-02-01&resource=https://api.loganalytics.io&client_id=nobody"),
            Parse($$"""
                {"access_token":"{{token["access_token"]}}","expires_on":"05/22/2099 17:14:33 +00:00","resource":"x",
                 "token_type":"Bearer"}
                """),
            Parse("""
                {"error":{"code":"AudienceNotSupported","message":"Audience x is not a supported MSI token audience."}}
                """),
            Parse("""
                {"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token.",
                 "correlationId":"7d1b31c6"}
                """),
        ];
        return new TrueBodies(entra, identity, token["access_token"]!.ToString());

        async Task<JsonObject> PostAsync(string path, params (string Name, string Value)[] fields)
        {
            var form = new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = app.ClientId,
                ["client_secret"] = app.Secret,
            };
            foreach ((string name, string value) in fields)
                form[name] = value;
            using var content = new FormUrlEncodedContent(form);
            using HttpResponseMessage answer = await client.PostAsync(new Uri(authority + path), content);
            return Parse(await answer.Content.ReadAsStringAsync());
        }

        async Task<JsonObject> GetAsync(string query)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, metadata + query);
            request.Headers.Add("Metadata", "true");
            using HttpResponseMessage answer = await client.SendAsync(request);
            return Parse(await answer.Content.ReadAsStringAsync());
        }
    }

    private static JsonObject Parse(string body) => JsonNode.Parse(body)!.AsObject();
}
