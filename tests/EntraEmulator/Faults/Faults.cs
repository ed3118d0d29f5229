namespace MonitorToken.EntraEmulator;

/// <summary>The faults that tests asked for. Of those that match a request the one added first applies.</summary>
public sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly List<(Fault Fault, int? Left)> _faults = [];

    /// <summary>
    /// Which requests no fault applies to; none unless set. A request that an earlier test has left in flight would
    /// otherwise use up a fault of the next one.
    /// </summary>
    public Func<RecordedRequest, bool> Exempt { get; set; } = _ => false;

    public void Add(Fault fault)
    {
        lock (_lock)
            _faults.Add((fault, fault.Times));
    }

    public void Clear()
    {
        lock (_lock)
            _faults.Clear();
    }

    /// <summary>Takes one back, however often it was added; the others stay.</summary>
    public void Remove(Fault fault)
    {
        lock (_lock)
            _faults.RemoveAll(entry => ReferenceEquals(entry.Fault, fault));
    }

    /// <summary>The fault for a request, which uses it up once.</summary>
    internal Fault? Take(RecordedRequest request)
    {
        if (Exempt(request))
            return null;

        lock (_lock)
        {
            int index = _faults.FindIndex(entry => entry.Fault.Match.Includes(request));
            if (index < 0)
                return null;
            (Fault fault, int? left) = _faults[index];
            if (left == 1)
                _faults.RemoveAt(index);
            else
                _faults[index] = (fault, left - 1);
            return fault;
        }
    }
}
