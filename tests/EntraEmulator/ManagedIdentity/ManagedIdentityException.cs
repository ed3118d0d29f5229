namespace MonitorToken.EntraEmulator;

/// <summary>Ends a request for a managed identity's token.</summary>
internal sealed class ManagedIdentityException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
