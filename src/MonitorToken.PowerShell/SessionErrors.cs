using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// The session's <c>$Error</c> as it was. What goes wrong in something that we run there is told as an error of ours,
/// and the caller is to find one record of it.
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

    /// <summary>Takes out what has been added since.</summary>
    public void TakeBack()
    {
        while (_errors is { Count: > 0 } && !ReferenceEquals(_errors[0], _latest))
            _errors.RemoveAt(0);
    }
}
