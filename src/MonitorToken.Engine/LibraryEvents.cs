using System.Diagnostics.Tracing;
using Azure.Core.Diagnostics;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine;

/// <summary>
/// Forwards the log events of Azure.Identity, Azure.Core and MSAL to the debug stream of callers that use -Debug. The
/// libraries redact secrets; anything that looks like a token is masked again.
/// </summary>
internal static class LibraryEvents
{
    private static readonly AsyncLocal<Waiters?> Current = new();

    private static readonly object Gate = new();

    private static AzureEventSourceListener? _listener;
    private static int _users;

    /// <summary>Forwards the events of the current asynchronous flow until the return value is disposed.</summary>
    /// <param name="waiters">The callers that receive the events.</param>
    public static IDisposable For(Waiters waiters)
    {
        lock (Gate)
        {
            if (_users++ == 0)
                _listener = new AzureEventSourceListener(OnEventWritten, EventLevel.Verbose);
        }

        Current.Value = waiters;
        return new Subscription();
    }

    private static void OnEventWritten(EventWrittenEventArgs eventData, string message)
    {
        // The listener receives the events of the whole process. AsyncLocal selects those of the current request.
        if (Current.Value is { } waiters && eventData.EventSource.Name is "Azure-Identity" or "Azure-Core")
            Current.Value?.Debug($"{eventData.EventSource.Name} {eventData.EventName}: {Secret.Mask(message)}");
    }

    private sealed class Subscription : IDisposable
    {
        public void Dispose()
        {
            Current.Value = null;
            lock (Gate)
            {
                if (--_users > 0)
                    return;

                _listener?.Dispose();
                _listener = null;
            }
        }
    }
}
