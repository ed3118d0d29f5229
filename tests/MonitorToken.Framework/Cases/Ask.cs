namespace MonitorToken.Framework.Cases;

/// <summary>The commands that most cases are about.</summary>
internal static class Ask
{
    public static object LogAnalytics { get; } = new { Resource = "LogAnalytics" };

    /// <param name="parameters">Objects whose properties are named like the parameters.</param>
    public static Outcome Token(params object[] parameters) => Session.Current.Run("Get-MonitorToken", parameters);

    /// <param name="parameters">Objects whose properties are named like the parameters.</param>
    public static Outcome Credential(params object[] parameters) =>
        Session.Current.Run("Get-MonitorTokenCredential", parameters);
}
