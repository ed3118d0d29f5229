namespace MonitorToken.EntraEmulator;

/// <summary>
/// A host on which nothing answers: it accepts, records what it is asked, and stays silent until the client gives up.
/// </summary>
internal static class SilentHost
{
    public static async Task ServeAsync(Stream client, RequestLog log, CancellationToken stopping)
    {
        if (await RequestHead.ReadAsync(client, stopping) is { } head)
            log.Add(head.Record(Listener.Silent));
        await client.CopyToAsync(Stream.Null, stopping);
    }
}
