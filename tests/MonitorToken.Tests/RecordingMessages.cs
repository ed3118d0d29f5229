using System.Collections.Concurrent;

namespace MonitorToken.Tests;

internal sealed class RecordingMessages : IMessages
{
    public ConcurrentQueue<string> Verboses { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public void Verbose(string text) => Verboses.Enqueue(text);

    public void Warning(string text) => Warnings.Enqueue(text);

    public void Progress(string activity)
    {
        // Shown only while a person waits.
    }
}
