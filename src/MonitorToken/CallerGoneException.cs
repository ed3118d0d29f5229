namespace MonitorToken;

/// <summary>
/// The caller whose session was needed has stopped waiting. If other callers wait for the same token, the work is
/// tried again in the session of one of them.
/// </summary>
internal sealed class CallerGoneException : Exception;
