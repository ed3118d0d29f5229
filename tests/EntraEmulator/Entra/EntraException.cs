namespace MonitorToken.EntraEmulator;

/// <summary>Ends a login request with an <see cref="EntraError"/>.</summary>
internal sealed class EntraException(EntraError error) : Exception(error.Message)
{
    public EntraError Error { get; } = error;

    /// <summary>The request that the answer is really about, if not the one that it answers.</summary>
    public string? CorrelationId { get; init; }
}
