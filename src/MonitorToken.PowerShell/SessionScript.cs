using System.Management.Automation;
using System.Text.RegularExpressions;

namespace MonitorToken.Commands;

/// <summary>
/// Something that is run in the caller's session, on its pipeline thread, and that can be stopped from another one: a
/// deadline must hold, whatever runs.
/// </summary>
internal static class SessionScript
{
    /// <param name="describe">Says what to run.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The last thing that it has put out; null if there was nothing.</returns>
    /// <exception cref="SessionScriptException">It has failed; says why in its own words alone.</exception>
    /// <exception cref="PipelineStoppedException">It was stopped.</exception>
    public static PSObject? Run(Func<PowerShell, PowerShell> describe, CancellationToken cancellationToken)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        using (cancellationToken.Register(() => shell.BeginStop(null, null)))
        {
            try
            {
                PSObject? last = describe(shell).Invoke().LastOrDefault();

                // Stopped together with the pipeline that it is part of, it ends like one that has nothing to say.
                if (shell.InvocationStateInfo.State == PSInvocationState.Stopped)
                    throw new PipelineStoppedException();
                if (last is null && shell.Streams.Error.Count > 0)
                    throw new SessionScriptException(shell.Streams.Error[0]);

                return last;
            }
            catch (RuntimeException exception) when (exception is not PipelineStoppedException)
            {
                // Where it was made to stop at an error, PowerShell puts words of its own before that error's.
                throw new SessionScriptException(exception.ErrorRecord);
            }
        }
    }
}

/// <summary>What was run in the caller's session has failed.</summary>
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
