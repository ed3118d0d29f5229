using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Runs on the pipeline thread, while that thread waits, what only it may do: writing to the streams and the caller's
/// code. The engine posts it from other threads.
/// </summary>
internal sealed class PipelineCaller(PSCmdlet command) : ICallerContext, IDisposable
{
    /// <summary>What takes less shows no progress.</summary>
    private static readonly TimeSpan ProgressDelay = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<WorkItem> _workItems = [];
    private readonly CancellationTokenSource _ended = new();
    private volatile Activity _activity = new("Getting a token", null);

    public bool WantsDebug { get; } = IsOn(command, "Debug", "DebugPreference");

    public void Verbose(string text) => Post(() => command.WriteVerbose(text));

    public void Debug(string text) => Post(() => command.WriteDebug(text));

    public void Warning(string text) => Post(() => command.WriteWarning(text));

    public void Progress(string activity, DateTimeOffset? until = null)
    {
        // A wait for a person has an end; the requests that poll for it must not replace it.
        if (until is not null || !(_activity.Until > DateTimeOffset.UtcNow))
            _activity = new Activity(activity, until);
    }

    public void Show(string text) => Post(() =>
    {
        // A person must read it, even if the streams are redirected.
        command.Host.UI.WriteLine(text);
        command.WriteInformation(text, ["MonitorToken"]);
    });

    public Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken) =>
        OnPipelineThread(script, cancellationToken);

    public Task<SessionToken?> AskAzAccountsAsync(
        string resource, string? tenantId, CancellationToken cancellationToken) =>
        OnPipelineThread(stop => AzAccounts.GetToken(command, resource, tenantId, stop), cancellationToken);

    /// <summary>
    /// Runs work items until the task completes. One that is running then is stopped; if other callers need its result,
    /// one of them runs it again, in its own session.
    /// </summary>
    public void WaitFor(Task task, CancellationToken stop)
    {
        task.ContinueWith(
            _ => End(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        var clock = Stopwatch.StartNew();
        bool showsProgress = false;
        while (!task.IsCompleted)
        {
            stop.ThrowIfCancellationRequested();
            if (_workItems.TryTake(out WorkItem? item, 250, stop))
                item.Run();

            if (clock.Elapsed >= ProgressDelay && !task.IsCompleted)
            {
                showsProgress = true;
                command.WriteProgress(Record(ProgressRecordType.Processing, clock.Elapsed));
            }
        }

        while (_workItems.TryTake(out WorkItem? item))
            item.Run();
        if (showsProgress)
            command.WriteProgress(Record(ProgressRecordType.Completed, clock.Elapsed));
    }

    /// <summary>Rejects work items from now on, and those that have not run.</summary>
    public void Dispose()
    {
        _workItems.CompleteAdding();
        while (_workItems.TryTake(out WorkItem? item))
            item.Drop?.Invoke();
        _ended.Dispose();
    }

    private static bool IsOn(PSCmdlet command, string parameter, string preference) =>
        command.MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound)
            ? bound is SwitchParameter { IsPresent: true }
            : LanguagePrimitives.TryConvertTo(command.GetVariableValue(preference), out ActionPreference action)
                && action is not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    private ProgressRecord Record(ProgressRecordType type, TimeSpan elapsed)
    {
        Activity activity = _activity;
        var record = new ProgressRecord(0, "MonitorToken", $"{activity.Text} ({elapsed.TotalSeconds:0} s)")
        {
            RecordType = type,
        };
        if (activity.Until is { } until)
            record.SecondsRemaining = Math.Max(
                0,
                (int)Math.Min((until - DateTimeOffset.UtcNow).TotalSeconds, int.MaxValue));
        return record;
    }

    private void End()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command has ended meanwhile.
        }

        Post(() => { });
    }

    private Task<T> OnPipelineThread<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(Run, () => done.TrySetException(new CallerGoneException()));
        return done.Task;

        void Run()
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
            var errors = new SessionErrors(command);
            try
            {
                stop.Token.ThrowIfCancellationRequested();
                done.TrySetResult(work(stop.Token));
            }
            catch (Exception exception) when (
                stop.IsCancellationRequested && exception is PipelineStoppedException or OperationCanceledException)
            {
                errors.Restore();
                if (cancellationToken.IsCancellationRequested)
                    done.TrySetCanceled(cancellationToken);
                else
                    done.TrySetException(new CallerGoneException());
            }
            catch (PipelineStoppedException)
            {
                done.TrySetException(new CallerGoneException());
                throw;
            }
            catch (Exception exception)
            {
                errors.Restore();
                done.TrySetException(exception);
            }
        }
    }

    private void Post(Action run, Action? drop = null)
    {
        try
        {
            _workItems.Add(new WorkItem(run, drop));
        }
        catch (InvalidOperationException)
        {
            // The command has ended, and not waited for the work that this comes from.
            drop?.Invoke();
        }
    }

    private sealed record WorkItem(Action Run, Action? Drop);

    private sealed record Activity(string Text, DateTimeOffset? Until);
}
