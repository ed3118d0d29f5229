using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.ExceptionServices;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>
/// Runs the caller's code in the caller's session, on its pipeline thread. All of it runs in a nested pipeline, which
/// is the only thing that PowerShell can stop from another thread while the command itself goes on: a deadline must
/// hold whatever that code does.
/// </summary>
internal static class SessionScript
{
    /// <param name="addCommands">Adds the commands to run.</param>
    /// <param name="cancellationToken">Stops them.</param>
    /// <returns>The last object of the output; null if there was none.</returns>
    /// <exception cref="SessionScriptException">It failed; the message is that of its own error alone.</exception>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    public static PSObject? Run(Func<PowerShell, PowerShell> addCommands, CancellationToken cancellationToken)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        CancellationTokenRegistration registration = default;

        // PowerShell ignores a stop that comes before the pipeline has begun, and a pipeline in the current runspace
        // cannot be begun without waiting for it. If the token is canceled already, Register stops it there and then.
        shell.InvocationStateChanged += (_, change) =>
        {
            if (change.InvocationStateInfo.State == PSInvocationState.Running)
                registration = cancellationToken.Register(() => shell.BeginStop(null, null));
        };

        try
        {
            PSObject? last = addCommands(shell).Invoke().LastOrDefault();

            // A nested pipeline that is stopped returns as if it had no output.
            if (shell.InvocationStateInfo.State is PSInvocationState.Stopping or PSInvocationState.Stopped)
                throw new PipelineStoppedException();
            if (last is null && shell.Streams.Error.Count > 0)
                throw new SessionScriptException(shell.Streams.Error[0]);

            return last;
        }
        catch (InvalidPipelineStateException) when (cancellationToken.IsCancellationRequested)
        {
            // The stop came between the pipeline's beginning and that of its first command.
            throw new PipelineStoppedException();
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            // The exception of an error that -ErrorAction Stop made terminating has a preamble; its record has not.
            throw new SessionScriptException(exception.ErrorRecord);
        }
        finally
        {
            registration.Dispose();
        }
    }

    /// <summary>
    /// Runs calls into PowerShell that run the caller's code behind a property or a method, such as the dynamic
    /// parameters of a module's command.
    /// </summary>
    /// <param name="work">
    /// Gets a token that is canceled at Ctrl+C too: PowerShell stops the pipelines within a command before the command
    /// itself, so that <paramref name="cancellationToken"/> may not be canceled yet.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    public static T Run<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        Run(
            shell => shell.AddCommand(WorkCommand.Info)
                .AddParameter(nameof(WorkCommand.Work), (Action)Work)
                .AddParameter(nameof(WorkCommand.Stop), stop),
            cancellationToken);
        failure?.Throw();
        return result;

        void Work()
        {
            try
            {
                result = work(stop.Token);
            }
            catch (Exception exception) when (exception is not PipelineStoppedException)
            {
                // PowerShell would wrap it, and add it to $Error.
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        }
    }

    /// <summary>Makes a pipeline of a delegate. It belongs to no module, so no session has it by its name.</summary>
    private sealed class WorkCommand : PSCmdlet
    {
        public static readonly CmdletInfo Info = new("Invoke-MonitorTokenWork", typeof(WorkCommand));

        [Parameter]
        public Action? Work { get; set; }

        [Parameter]
        public CancellationTokenSource? Stop { get; set; }

        protected override void EndProcessing() => Work?.Invoke();

        protected override void StopProcessing()
        {
            try
            {
                Stop?.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The work has just ended.
            }
        }
    }
}

/// <summary>The caller's code failed.</summary>
internal sealed class SessionScriptException : Exception
{
    public SessionScriptException(string message)
        : base(Regex.Replace(message, @"\s+", " ").Trim())
    {
    }

    public SessionScriptException(ErrorRecord error)
        : this(error.ErrorDetails?.Message is { Length: > 0 } details ? details : error.Exception.Message)
    {
    }
}
