namespace MonitorToken;

/// <summary>
/// Creates the objects that a response becomes. The engine reads the response and knows no PowerShell; the commands know
/// no JSON. Called from any thread.
/// </summary>
internal interface IObjectFactory
{
    /// <summary>
    /// Creates an object with the names and values from an index on. The lists are reused after the call. No two of the
    /// names are equal, in any case, and none is empty.
    /// </summary>
    object Create(List<string> names, List<object?> values, int start);
}
