using System.Diagnostics;
using Microsoft.VisualStudio.TestPlatform.ObjectModel;
using Microsoft.VisualStudio.TestPlatform.ObjectModel.Client;

namespace MonitorToken.Progress;

/// <summary>Minutes pass before dotnet test has results; until then a line now and then says how far it is.</summary>
[FriendlyName("progress")]
[ExtensionUri("logger://monitortoken/progress")]
public sealed class ProgressLogger : ITestLogger
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Stopwatch _running = Stopwatch.StartNew();
    private TimeSpan _said;
    private int _done;
    private int _failed;

    public void Initialize(TestLoggerEvents events, string testRunDirectory)
    {
        ArgumentNullException.ThrowIfNull(events);
        events.TestResult += (_, result) => Count(result.Result);
    }

    private void Count(TestResult result)
    {
        lock (_lock)
        {
            _done++;
            if (result.Outcome == TestOutcome.Failed)
                _failed++;
            if (_running.Elapsed - _said < Pause)
                return;

            _said = _running.Elapsed;
            string failed = _failed == 0 ? "" : $", {_failed} failed";
            Console.WriteLine(
                $"{Path.GetFileNameWithoutExtension(result.TestCase.Source)}: {_done} done{failed}, "
                    + $"after {_said:m\\:ss}; the last was {result.TestCase.DisplayName} ({result.Duration:m\\:ss})");
        }
    }
}
