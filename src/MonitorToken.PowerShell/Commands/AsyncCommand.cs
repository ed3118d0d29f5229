using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// A command whose work is asynchronous. The work runs off the pipeline thread; what it has to tell is written
/// on it, as PowerShell demands. Ctrl+C ends the wait at once, whether or not the work heeds it.
/// </summary>
public abstract class AsyncCommand : PSCmdlet, IDisposable
{
    private static readonly CancellationTokenSource Stopped = CreateStopped();

    /// <summary>Null until there is something to wait for, which for a token in memory there is not.</summary>
    private CancellationTokenSource? _stop;

    /// <summary>Releases what waiting has needed.</summary>
    public void Dispose()
    {
        if (_stop != Stopped)
            _stop?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called by PowerShell on another thread when the user presses Ctrl+C.</summary>
    protected override void StopProcessing()
    {
        try
        {
            Interlocked.CompareExchange(ref _stop, Stopped, null)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It came when the command had just ended.
        }
    }

    /// <summary>Runs the work and waits for its result; turns its failure into a terminating error.</summary>
    /// <param name="target">Tells what an error is about, once there is one.</param>
    /// <param name="work">Gets who is waiting, and when to stop.</param>
    private protected T Await<T>(Func<object?> target, Func<ICallerContext, CancellationToken, Task<T>> work)
    {
        if (_stop is null)
            Interlocked.CompareExchange(ref _stop, new CancellationTokenSource(), null);
        CancellationToken stop = _stop!.Token;
        using var left = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var pipeline = new PipelineCaller(this);
        try
        {
            Task<T> task = work(pipeline, left.Token);
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
            // Whatever made us leave, -WarningAction Stop for one, the work need not go on for us.
            left.Cancel();
        }
    }

    /// <summary>Ends the command with an error.</summary>
    private protected void Reject(TokenError error, string message, string recommendedAction) =>
        Reject(new TokenException(error, message, recommendedAction), target: null);

    /// <summary>Ends the command with an error.</summary>
    private protected void Reject(TokenException exception, object? target) =>
        ThrowTerminatingError(ErrorRecords.From(exception, target));

    private static CancellationTokenSource CreateStopped()
    {
        var stopped = new CancellationTokenSource();
        stopped.Cancel();
        return stopped;
    }
}
