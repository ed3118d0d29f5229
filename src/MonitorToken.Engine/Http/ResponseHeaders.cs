namespace MonitorToken.Engine.Http;

internal static class ResponseHeaders
{
    /// <summary>
    /// A header as it came, several of one name with commas between; null where it is not there.
    /// </summary>
    public static string? Header(this HttpResponseMessage response, string name)
    {
#if NET
        return response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
#else
        return response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values) : null;
#endif
    }
}
