namespace MonitorToken.EntraEmulator;

/// <summary>The faults that tests asked for. Of those that match a request the one added first applies.</summary>
public sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly List<(Fault Fault, int? Left)> _faults = [];

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
