using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Restores the session's <c>$Error</c>. An error of code that a command runs in the session is reported as an error of
/// the command, and <c>$Error</c> should have one record of it.
/// </summary>
internal sealed class SessionErrors
{
    private readonly ArrayList? _errors;
    private readonly object? _latest;

    public SessionErrors(PSCmdlet command)
    {
        _errors = command.SessionState.PSVariable.GetValue("global:Error") as ArrayList;
        _latest = _errors is { Count: > 0 } ? _errors[0] : null;
    }

    /// <summary>Removes what was added since this was created.</summary>
    public void Restore()
    {
        while (_errors is { Count: > 0 } && !ReferenceEquals(_errors[0], _latest))
            _errors.RemoveAt(0);
    }
}
