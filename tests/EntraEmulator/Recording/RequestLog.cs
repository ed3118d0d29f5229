using System.Collections;

namespace MonitorToken.EntraEmulator;

/// <summary>Every request to every listener, in order. Enumerating it goes through a snapshot.</summary>
public sealed class RequestLog : IEnumerable<RecordedRequest>
{
    private readonly Lock _lock = new();
    private readonly List<RecordedRequest> _requests = [];
    private int _sequence;

    public int Count
    {
        get
        {
            lock (_lock)
                return _requests.Count;
        }
    }

    public void Clear()
    {
        lock (_lock)
            _requests.Clear();
    }

    public IEnumerator<RecordedRequest> GetEnumerator()
    {
        lock (_lock)
            return _requests.ToList().GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal RecordedRequest Add(RecordedRequest request)
    {
        lock (_lock)
        {
            request.Sequence = ++_sequence;
            _requests.Add(request);
        }

        return request;
    }
}
