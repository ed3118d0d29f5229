using System.Diagnostics.Tracing;
using Azure.Core.Diagnostics;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine;

/// <summary>
/// Tells those who wait with -Debug what Azure.Identity, Azure.Core and MSAL say of themselves while they do. The
/// libraries leave secrets out; whatever looks like a token is masked once more.
/// </summary>
internal static class LibraryEvents
{
    private static readonly AsyncLocal<Waiters?> Now = new();

    private static readonly object Gate = new();

    private static AzureEventSourceListener? _listener;
    private static int _users;

    /// <summary>From now on, for what follows from here, until the return value is disposed of.</summary>
    public static IDisposable For(Waiters waiters)
    {
        lock (Gate)
        {
            if (_users++ == 0)
                _listener = new AzureEventSourceListener(Tell, EventLevel.Verbose);
        }

        Now.Value = waiters;
        return new Subscription();
    }

    private static void Tell(EventWrittenEventArgs happened, string message)
    {
        // The listener hears everything in the process; only what was begun on behalf of somebody is theirs.
        if (Now.Value is { } waiters && happened.EventSource.Name is "Azure-Identity" or "Azure-Core")
            Now.Value?.Debug($"{happened.EventSource.Name} {happened.EventName}: {Secret.Mask(message)}");
    }

    private sealed class Subscription : IDisposable
    {
        public void Dispose()
        {
            Now.Value = null;
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
