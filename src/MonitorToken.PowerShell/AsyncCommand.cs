using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// A command whose work is asynchronous. The work runs off the pipeline thread; what it has to tell is written
/// on it, as PowerShell demands. Ctrl+C ends the wait at once, whether or not the work heeds it.
/// </summary>
public abstract class AsyncCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Releases what waiting has needed.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Called by PowerShell on another thread when the user presses Ctrl+C.</summary>
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It came when the command had just ended.
        }
    }

    /// <summary>Runs the work and waits for its result; turns its failure into a terminating error.</summary>
    /// <param name="target">Tells what an error is about, once there is one.</param>
    /// <param name="work">Gets who is waiting, and when to stop.</param>
    private protected T Await<T>(Func<object?> target, Func<ICaller, CancellationToken, Task<T>> work)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var pipeline = new PipelineCaller(this);
        try
        {
            Task<T> task = work(pipeline, left.Token);
            pipeline.WaitFor(task, _stop.Token);
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
        finally
        {
            // Whatever made us leave, -WarningAction Stop for one, the work need not go on for us.
            left.Cancel();
        }
    }

    /// <summary>Ends the command with an error.</summary>
    private protected void Reject(TokenError error, string message, string recommendedAction) =>
        ThrowTerminatingError(ErrorRecords.From(new TokenException(error, message, recommendedAction), target: null));
}
