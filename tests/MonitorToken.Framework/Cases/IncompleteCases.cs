namespace MonitorToken.Framework.Cases;

/// <summary>For a module that lacks one of the engine's files.</summary>
internal static class IncompleteCases
{
    public static void The_import_says_what_is_missing()
    {
        string? message = Session.Current.ImportError?.Message;
        Check.That(
            message?.StartsWith("The module MonitorToken is incomplete: its file '", StringComparison.Ordinal) == true
                && message.EndsWith(".dll' is missing. Install the module again.", StringComparison.Ordinal),
            $"it says so: {message}");
    }
}
