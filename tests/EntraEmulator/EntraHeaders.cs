using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>The headers by which Entra's answers are traced.</summary>
internal static class EntraHeaders
{
    /// <summary>Writes them and returns the trace id.</summary>
    public static string Write(HttpContext context)
    {
        string trace = Guid.NewGuid().ToString();
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store, no-cache";
        headers.Pragma = "no-cache";
        headers["x-ms-request-id"] = trace;
        headers["x-ms-ests-server"] = "2.1.0 - EMULATOR";
        if (context.Request.Headers.ContainsKey("client-request-id"))
            headers["client-request-id"] = CorrelationId(context);
        return trace;
    }

    /// <summary>The id that the client chose, so that its logs and ours meet; a new one if it chose none.</summary>
    public static string CorrelationId(HttpContext context)
    {
        string sent = context.Request.Headers["client-request-id"].ToString();
        return sent.Length > 0 ? sent : Guid.NewGuid().ToString();
    }
}
