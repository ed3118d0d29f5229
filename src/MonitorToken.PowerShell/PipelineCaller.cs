using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Carries what other threads have to tell, or have to have done, to the pipeline thread while that one waits.
/// </summary>
internal sealed class PipelineCaller(PSCmdlet command) : ICallerContext, IDisposable
{
    private static readonly TimeSpan ProgressAfter = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<WorkItem> _errands = [];
    private readonly CancellationTokenSource _over = new();
    private volatile Activity _activity = new("Getting a token", null);

    public bool WantsDebug { get; } = IsOn(command, "Debug", "DebugPreference");

    public void Verbose(string text) => Post(() => command.WriteVerbose(text));

    public void Debug(string text) => Post(() => command.WriteDebug(text));

    public void Warning(string text) => Post(() => command.WriteWarning(text));

    public void Progress(string activity, DateTimeOffset? until = null)
    {
        // While a person is being waited for, the requests that look whether they are done are no news.
        if (until is not null || !(_activity.Until > DateTimeOffset.UtcNow))
            _activity = new Activity(activity, until);
    }

    public void Show(string text) => Post(() =>
    {
        // To the host itself: whoever has redirected the streams must read it all the same.
        command.Host.UI.WriteLine(text);
        command.WriteInformation(text, ["MonitorToken"]);
    });

    public Task<string> RunAsync(Func<CancellationToken, string> script, CancellationToken cancellationToken) =>
        OnPipelineThread(script, cancellationToken);

    public Task<SessionToken?> AskAzAccountsAsync(
        string resource, string? tenantId, CancellationToken cancellationToken) =>
        OnPipelineThread(stop => AzAccounts.GetToken(command, resource, tenantId, stop), cancellationToken);

    /// <summary>
    /// Runs errands until the task is done. One that is still running then is stopped: others may need what it brings,
    /// but then it is run for them, in a session of theirs.
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
            if (_errands.TryTake(out WorkItem? errand, 250, stop))
                errand.Run();

            if (clock.Elapsed >= ProgressAfter && !task.IsCompleted)
            {
                showsProgress = true;
                command.WriteProgress(Record(ProgressRecordType.Processing, clock.Elapsed));
            }
        }

        while (_errands.TryTake(out WorkItem? errand))
            errand.Run();
        if (showsProgress)
            command.WriteProgress(Record(ProgressRecordType.Completed, clock.Elapsed));
    }

    /// <summary>From here on nobody runs errands; who waits for one is told.</summary>
    public void Dispose()
    {
        _errands.CompleteAdding();
        while (_errands.TryTake(out WorkItem? errand))
            errand.Drop?.Invoke();
        _over.Dispose();
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
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The wait has ended by itself meanwhile.
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
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _over.Token);
            var errors = new SessionErrors(command);
            try
            {
                stop.Token.ThrowIfCancellationRequested();
                done.TrySetResult(work(stop.Token));
            }
            catch (Exception exception) when (
                stop.IsCancellationRequested && exception is PipelineStoppedException or OperationCanceledException)
            {
                errors.TakeBack();
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
                errors.TakeBack();
                done.TrySetException(exception);
            }
        }
    }

    private void Post(Action run, Action? drop = null)
    {
        try
        {
            _errands.Add(new WorkItem(run, drop));
        }
        catch (InvalidOperationException)
        {
            // Nobody waits any more; it comes from work that was left behind.
            drop?.Invoke();
        }
    }

    private sealed record WorkItem(Action Run, Action? Drop);

    private sealed record Activity(string Text, DateTimeOffset? Until);
}
