namespace MonitorToken.EntraEmulator;

/// <summary>Whose word an app takes for its own: an issuer's, about one subject.</summary>
public sealed record FederatedCredential(
    string Issuer, string Subject, string Audience = FederatedCredential.DefaultAudience)
{
    public const string DefaultAudience = "api://AzureADTokenExchange";
}
