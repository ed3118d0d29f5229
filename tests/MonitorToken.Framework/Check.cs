namespace MonitorToken.Framework;

/// <summary>What a case expects.</summary>
internal static class Check
{
    public static void That(bool isSo, string what)
    {
        if (!isSo)
            throw new InvalidOperationException($"Not so: {what}");
    }

    public static void Equal<T>(T expected, T actual, string what = "value") =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what} is {expected}; it is {actual}");
}
