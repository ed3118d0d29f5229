using System.Net;
using System.Security;
using System.Text.RegularExpressions;

namespace MonitorToken.Framework;

/// <summary>The emulator that the environment leads to, and its admin API.</summary>
internal static class Emulator
{
    private const string TokenPath = "\"path\":\"[^\"]*/oauth2/(v2.0/)?token\"";

    public static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set.");

    /// <summary>An application of its own for a case.</summary>
    public static Application AddApplication() => new(Send("POST", "apps", "{}"));

    public static void Fail(string fault) => Send("POST", "faults", fault);

    public static void Clear()
    {
        Send("DELETE", "faults", null);
        Send("DELETE", "requests", null);
    }

    /// <summary>How many requests for tokens there were.</summary>
    public static int TokenRequests() => Regex.Matches(Send("GET", "requests", null), TokenPath).Count;

    private static string Send(string method, string path, string? body)
    {
        using var client = new WebClient { Proxy = null };
        client.Headers[HttpRequestHeader.ContentType] = "application/json";
        string address = $"{Variable("EMULATOR_ADMIN")}/{path}";
        return method == "GET"
            ? client.DownloadString(address)
            : client.UploadString(address, method, body ?? string.Empty);
    }

    internal sealed class Application(string json)
    {
        public string TenantId { get; } = Read(json, "tenantId");

        public string ClientId { get; } = Read(json, "clientId");

        public string Secret { get; } = Read(json, "secret");

        public SecureString SecureSecret => new NetworkCredential(string.Empty, Secret).SecurePassword;

        /// <summary>The parameters of a command that signs in as it.</summary>
        public object SignIn => new { TenantId, ClientId, ClientSecret = SecureSecret };

        /// <summary>Has the application trust an identity provider; gives a token of that one.</summary>
        public string AddFederation()
        {
            Send("POST", $"apps/{ClientId}/federated-credentials", "{}");
            return Read(Send("POST", "assertions", "{}"), "token");
        }

        /// <summary>Has the application trust a managed identity.</summary>
        public void Trust(string objectId) => Send(
            "POST",
            $"apps/{ClientId}/federated-credentials",
            $$"""{"issuer":"https://login.microsoftonline.com/{{TenantId}}/v2.0","subject":"{{objectId}}"}""");

        private static string Read(string json, string name) =>
            Regex.Match(json, $"\"{name}\":\"([^\"]*)\"").Groups[1].Value;
    }
}
