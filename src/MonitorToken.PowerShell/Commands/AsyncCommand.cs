using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Base class of cmdlets that do asynchronous work. The work runs off the pipeline thread; its messages are written on
/// the pipeline thread, as PowerShell requires. Ctrl+C ends the wait at once, even if the work does not respond to
/// cancellation.
/// </summary>
public abstract class AsyncCommand : PSCmdlet, IDisposable
{
    private static readonly CancellationTokenSource Stopped = CreateStopped();

    /// <summary>Created on demand, so that a call that is served from the cache does not allocate it.</summary>
    private CancellationTokenSource? _stop;

    /// <summary>Releases the cancellation token source.</summary>
    public void Dispose()
    {
        if (_stop != Stopped)
            _stop?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds the views to the runspace, if this is its first command.</summary>
    protected override void BeginProcessing() => Views.Register(this);

    /// <summary>Called by PowerShell on another thread when the user presses Ctrl+C.</summary>
    protected override void StopProcessing()
    {
        try
        {
            Interlocked.CompareExchange(ref _stop, Stopped, null)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Ctrl+C was pressed just as the command ended.
        }
    }

    /// <summary>Runs asynchronous work and waits for its result. A failure becomes a terminating error.</summary>
    /// <param name="target">Returns the target object of the error record; called only on failure.</param>
    /// <param name="work">The work. Receives the caller's context and a token that is canceled by Ctrl+C.</param>
    private protected T Await<T>(Func<object?> target, Func<ICallerContext, CancellationToken, Task<T>> work)
    {
        if (_stop is null)
            Interlocked.CompareExchange(ref _stop, new CancellationTokenSource(), null);
        CancellationToken stop = _stop!.Token;
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var pipeline = new PipelineCaller(this);
        try
        {
            Task<T> task = work(pipeline, abandoned.Token);
            pipeline.WaitFor(task, stop);
            return task.GetAwaiter().GetResult();
        }
        catch (TokenException exception)
        {
            Reject(exception, target());
            throw;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            // The wait can also end with an exception from a stream, as with -WarningAction Stop: cancel the work then.
            abandoned.Cancel();
        }
    }

    /// <summary>Throws a terminating error.</summary>
    private protected void Reject(TokenError error, string message, string recommendedAction) =>
        Reject(new TokenException(error, message, recommendedAction), target: null);

    /// <summary>Throws a terminating error.</summary>
    private protected void Reject(TokenException exception, object? target) =>
        ThrowTerminatingError(ErrorRecords.From(exception, target));

    private static CancellationTokenSource CreateStopped()
    {
        var stopped = new CancellationTokenSource();
        stopped.Cancel();
        return stopped;
    }
}
