using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// A command whose work is asynchronous. The work runs off the pipeline thread; what it has to tell is written
/// on it, as PowerShell demands. Ctrl+C ends the wait at once, whether or not the work heeds it.
/// </summary>
public abstract class AsyncCommand : PSCmdlet, IDisposable
{
    private static readonly TimeSpan ProgressAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Releases what waiting has needed.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called by PowerShell on another thread when the user presses Ctrl+C.</summary>
    protected override void StopProcessing() => _stop.Cancel();

    /// <summary>Runs the work and waits for its result; turns its failure into a terminating error.</summary>
    /// <param name="target">Tells what an error is about, once there is one.</param>
    /// <param name="work">Gets where to send messages, and when to stop.</param>
    private protected T Await<T>(Func<object?> target, Func<IMessages, CancellationToken, Task<T>> work)
    {
        try
        {
            using var pump = new Pump(this);
            Task<T> task = work(pump, _stop.Token);
            pump.RunUntil(task, _stop.Token);
            return task.GetAwaiter().GetResult();
        }
        catch (TokenException exception)
        {
            ThrowTerminatingError(ErrorRecords.From(exception, target()));
            throw;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Carries messages from any thread to the pipeline thread while that one waits.</summary>
    private sealed class Pump(PSCmdlet command) : IMessages, IDisposable
    {
        private readonly BlockingCollection<Action> _messages = [];
        private volatile string _activity = "Getting a token";

        public void Verbose(string text) => Post(() => command.WriteVerbose(text));

        public void Warning(string text) => Post(() => command.WriteWarning(text));

        public void Progress(string activity) => _activity = activity;

        public void RunUntil(Task task, CancellationToken stop)
        {
            if (!task.IsCompleted)
                Wait(task, stop);

            while (_messages.TryTake(out Action? message))
                message();
        }

        public void Dispose()
        {
            _messages.CompleteAdding();
        }

        private void Wait(Task task, CancellationToken stop)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(stop);
            task.ContinueWith(_ => wake.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

            var clock = Stopwatch.StartNew();
            bool showsProgress = false;
            while (!task.IsCompleted)
            {
                stop.ThrowIfCancellationRequested();
                try
                {
                    if (_messages.TryTake(out Action? message, 250, wake.Token))
                        message();
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                if (clock.Elapsed >= ProgressAfter)
                {
                    showsProgress = true;
                    command.WriteProgress(ProgressRecord(ProgressRecordType.Processing, clock.Elapsed));
                }
            }

            if (showsProgress)
                command.WriteProgress(ProgressRecord(ProgressRecordType.Completed, clock.Elapsed));
        }

        private ProgressRecord ProgressRecord(ProgressRecordType type, TimeSpan elapsed) =>
            new(0, "MonitorToken", $"{_activity} ({elapsed.TotalSeconds:0} s)") { RecordType = type };

        private void Post(Action message)
        {
            try
            {
                _messages.Add(message);
            }
            catch (InvalidOperationException)
            {
                // Nobody waits any more; the message comes from work that was left behind.
            }
        }
    }
}
