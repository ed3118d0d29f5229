namespace MonitorToken;

/// <summary>
/// The caller whose session was needed has stopped waiting. Others who wait for the same token lend theirs.
/// </summary>
internal sealed class CallerGoneException : Exception;
