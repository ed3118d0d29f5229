using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>The names in a request that an error repeats.</summary>
internal sealed class RequestedNames
{
    private readonly Dictionary<string, string> _values;

    private RequestedNames(Dictionary<string, string> values) => _values = values;

    public static RequestedNames Of(HttpContext context, EntraDirectory directory)
    {
        IReadOnlyDictionary<string, string> form = context.Recorded().Form;
        IReadOnlyDictionary<string, string> query = context.Recorded().Query;
        string tenant = context.Request.Path.ToString().Split('/').ElementAtOrDefault(1) ?? "";
        string resource = Sent("resource")
            ?? Sent("scope")?.Split(' ')[0].Replace("/.default", "", StringComparison.Ordinal)
            ?? "";
        Resource? known = directory.FindResource(resource);
        return new(new()
        {
            ["{app}"] = Sent("client_id") ?? directory.App.ClientId,
            ["{tenantId}"] = tenant,
            ["{tenant}"] = (directory.FindTenant(tenant) ?? directory.Tenant).DisplayName,
            ["{resource}"] = resource,
            ["{resourceId}"] = known is null ? resource : $"{known.AppId}",
            ["{user}"] = Sent("username") ?? directory.User.UserPrincipalName,
            ["{redirect}"] = Sent("redirect_uri") ?? "",
            ["{issuer}"] = Claim("iss"),
            ["{subject}"] = Claim("sub"),
            ["{audience}"] = Claim("aud"),
            ["{thumbprint}"] = new('0', 40),
            ["{now}"] = $"{DateTime.UtcNow:O}",
            ["{earlier}"] = $"{DateTime.UtcNow.AddHours(-13):O}",
        });

        string? Sent(string name) => form.GetValueOrDefault(name) ?? query.GetValueOrDefault(name);

        string Claim(string name)
        {
            try
            {
                return Jwt.Parse(Sent("client_assertion") ?? "").Claim(name) ?? "";
            }
            catch (EntraException)
            {
                return "";
            }
        }
    }

    public string Fill(string message) =>
        _values.Aggregate(message, (text, name) => text.Replace(name.Key, name.Value, StringComparison.Ordinal));
}
