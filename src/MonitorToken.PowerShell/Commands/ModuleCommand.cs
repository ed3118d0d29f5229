using System.Management.Automation;
using System.Runtime.CompilerServices;
using MonitorToken.Engine.Http;

namespace MonitorToken.Commands;

/// <summary>
/// Base class of all cmdlets: decides which errors are terminating, and runs asynchronous work off the pipeline thread.
/// Messages of that work are written on the pipeline thread, as PowerShell requires. Ctrl+C ends the wait at once, even
/// if the work does not respond to cancellation.
/// </summary>
public abstract class ModuleCommand : PSCmdlet, IDisposable
{
    /// <summary>How long a service is waited for if the caller does not say.</summary>
    private static readonly TimeSpan ServiceLimit = TimeSpan.FromSeconds(100);

    private static readonly CancellationTokenSource Stopped = CreateStopped();

    /// <summary>Created on demand, so that a call that is served from the cache does not allocate it.</summary>
    private CancellationTokenSource? _stop;

    /// <summary>Whether the commands after this one in the pipeline are running, whose errors are their own.</summary>
    private bool _isWriting;

    /// <summary>Whether an error has ended the command although -ErrorAction lets the pipeline continue.</summary>
    private protected bool HasFailed { get; private set; }

    /// <summary>Releases the cancellation token source.</summary>
    public void Dispose()
    {
        if (_stop != Stopped)
            _stop?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Calls <see cref="Begin"/>, and reports its errors.</summary>
    protected override void BeginProcessing()
    {
        Views.Register(this);
        try
        {
            Begin();
        }
        catch (Exception exception) when (FailureOf(exception) is { } failure)
        {
            Report(failure);
        }
    }

    /// <summary>Calls <see cref="Process"/>, and reports its errors.</summary>
    protected override void ProcessRecord()
    {
        if (HasFailed)
            return;

        try
        {
            Process();
        }
        catch (Exception exception) when (FailureOf(exception) is { } failure)
        {
            Report(failure, isOneOfSeveral: MyInvocation.ExpectingInput);
        }
    }

    /// <summary>Calls <see cref="End"/>, and reports its errors.</summary>
    protected override void EndProcessing()
    {
        if (HasFailed)
            return;

        try
        {
            End();
        }
        catch (Exception exception) when (FailureOf(exception) is { } failure)
        {
            Report(failure);
        }
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
            // Ctrl+C was pressed just as the command ended.
        }
    }

    /// <summary>Validates the parameters that do not depend on pipeline input.</summary>
    /// <exception cref="TokenException">A parameter is invalid.</exception>
    private protected virtual void Begin()
    {
    }

    /// <summary>Processes one object from the pipeline, or the parameters if there is no pipeline input.</summary>
    /// <exception cref="TokenException">The command failed for this object.</exception>
    private protected virtual void Process()
    {
    }

    /// <summary>Completes the work after the last object from the pipeline.</summary>
    /// <exception cref="TokenException">The command failed.</exception>
    private protected virtual void End()
    {
    }

    /// <summary>Runs asynchronous work and waits for its result.</summary>
    /// <param name="work">The work. Receives the caller's context and a token that is canceled by Ctrl+C.</param>
    /// <exception cref="TokenException">The work failed.</exception>
    private protected T Await<T>(Func<ICallerContext, CancellationToken, Task<T>> work)
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

    /// <summary>The cloud that a Resource Manager describes. Apart, so that the engine is loaded only for it.</summary>
    /// <param name="resourceManager">The address of the Resource Manager.</param>
    /// <param name="limit">The maximum time to wait; null for the limit of a service.</param>
    /// <exception cref="TokenException">There is no usable description.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected AzureEnvironment ReadCloud(Uri resourceManager, TimeSpan? limit = null) =>
        Await((caller, stop) => CloudMetadata.ReadAsync(resourceManager, limit ?? ServiceLimit, caller, stop));

    /// <summary>Writes output to the pipeline.</summary>
    private protected void Write(object? output, bool enumerateCollection = false)
    {
        _isWriting = true;
        WriteObject(output, enumerateCollection);
        _isWriting = false;
    }

    /// <summary>
    /// Reports an error. An error about one of several things is non-terminating, so that the command continues with
    /// the others. Any other error ends the statement, so that try and catch work without -ErrorAction. But if the
    /// caller specifies -ErrorAction, it always applies.
    /// </summary>
    /// <param name="exception">The error.</param>
    /// <param name="target">The target object of the error record.</param>
    /// <param name="isOneOfSeveral">Whether the command was asked for several things, such as by the pipeline.</param>
    private protected void Report(TokenException exception, object? target = null, bool isOneOfSeveral = false)
    {
        ErrorRecord record = ErrorRecords.From(exception, target);
        HasFailed |= !isOneOfSeveral;
        if (HasFailed && !MyInvocation.BoundParameters.ContainsKey("ErrorAction"))
            ThrowTerminatingError(record);
        WriteError(record);
    }

    private TokenException? FailureOf(Exception exception) =>
        exception as TokenException ?? (_isWriting ? null : ModuleFiles.Explain(exception));

    private static CancellationTokenSource CreateStopped()
    {
        var stopped = new CancellationTokenSource();
        stopped.Cancel();
        return stopped;
    }
}
