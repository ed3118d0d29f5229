using System.Reflection;

namespace MonitorToken.Framework.Cases;

/// <summary>For a session that imports the module from other folders too.</summary>
internal static class SecondCopyCases
{
    public static void One_of_the_same_version_works()
    {
        var second = new Session(Emulator.Variable("MONITORTOKEN_SECOND_COPY"));
        second.Run("Get-MonitorToken", Ask.LogAnalytics, Emulator.AddApplication().SignIn).Single();
        Ask.Token(Ask.LogAnalytics, Emulator.AddApplication().SignIn).Single();
    }

    public static void One_of_another_version_is_refused_in_a_sentence()
    {
        // What LoadFrom gives under Mono is the first one, whatever the version.
        string folder = Emulator.Variable("MONITORTOKEN_OTHER_VERSION");
        var other = new Session(folder, mayFail: true, Assembly.LoadFile);
        string? message = other.ImportError?.Message;
        Check.That(
            message?.StartsWith("MonitorToken ", StringComparison.Ordinal) == true
                && message.Contains(" is already loaded in this process. To use "),
            $"it says so: {message}");
        Ask.Token(Ask.LogAnalytics, Emulator.AddApplication().SignIn).Single();
    }
}
