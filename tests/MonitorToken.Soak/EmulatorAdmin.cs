using System.Text;
using System.Text.Json;

namespace MonitorToken.Soak;

/// <summary>The emulator's admin API, and how many requests it has seen.</summary>
internal sealed class EmulatorAdmin : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly string _address = Variable("EMULATOR_ADMIN");

    /// <summary>How many requests for tokens have come, tunnels and the admin API's own aside.</summary>
    public long Requests { get; private set; }

    public static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name)
            ?? throw new InvalidOperationException("There is no emulator. Run ./build.ps1 Soak.");

    public void Dispose() => _client.Dispose();

    public JsonElement Get(string path) => Send(HttpMethod.Get, path, null);

    public JsonElement Post(string path, object body) => Send(HttpMethod.Post, path, JsonSerializer.Serialize(body));

    public void Delete(string path) => Send(HttpMethod.Delete, path, null);

    /// <summary>Counts what has come since the last time, and lets the emulator forget it.</summary>
    /// <remarks>What comes between the two is missed: it is a figure to compare, not a proof.</remarks>
    public void CountRequests()
    {
        Requests += Get("requests?listener=https").GetArrayLength() + Get("requests?listener=http").GetArrayLength();
        Delete("requests");
    }

    private JsonElement Send(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, $"{_address}/{path}");
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = _client.Send(request).EnsureSuccessStatusCode();
        using var reader = new StreamReader(response.Content.ReadAsStream());
        string text = reader.ReadToEnd();
        return text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text);
    }
}
