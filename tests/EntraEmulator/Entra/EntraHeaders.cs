using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace MonitorToken.EntraEmulator;

/// <summary>The headers that Entra's answers have, above all those by which they are traced.</summary>
internal static class EntraHeaders
{
    private const string ClientRequestId = "client-request-id";
    private const string RequestId = "x-ms-request-id";

    private static readonly object Correlation = new();

    /// <summary>Writes them, once for each answer, and returns the trace id.</summary>
    public static string Write(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        if (context.Items.TryGetValue(RequestId, out object? written))
            return (string)written!;

        // All of Entra's trace ids end so.
        string trace = Guid.NewGuid().ToString()[..^2] + "00";
        context.Items[RequestId] = trace;
        headers.CacheControl = "no-store, no-cache";
        headers.Pragma = "no-cache";
        headers.Expires = "-1";
        headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        headers.XContentTypeOptions = "nosniff";
        headers["P3P"] = "CP=\"DSP CUR OTPi IND OTRi ONL FIN\"";
        headers[RequestId] = trace;
        headers["x-ms-ests-server"] = "2.1.20106.4 - EUS ProdSlices";
        headers["x-ms-srs"] = "1.P";
        headers.XXSSProtection = "0";
        if (context.Request.Headers.ContainsKey(ClientRequestId))
            headers[ClientRequestId] = CorrelationId(context);

        string until = DateTime.UtcNow.AddDays(30).ToString(
            "ddd, dd-MMM-yyyy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture);
        string fpc = Base64UrlEncoder.Encode(Guid.NewGuid().ToByteArray());
        headers.SetCookie = new(
        [
            $"fpc={fpc}; expires={until}; path=/; secure; HttpOnly; SameSite=None",
            "x-ms-gateway-slice=estsfd; path=/; secure; httponly",
            "stsservicecookie=estsfd; path=/; secure; httponly",
        ]);
        return trace;
    }

    /// <summary>In place of the usual ones: discovery documents may be kept, by anybody.</summary>
    public static void WriteCacheable(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "max-age=86400, private";
        headers.Remove("Pragma");
        headers.Remove("Expires");
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlAllowMethods = "GET, OPTIONS";
    }

    /// <summary>What clients count: the error, and the age of the refresh token that was used.</summary>
    public static void WriteTelemetry(HttpContext context, int code = 0, TimeSpan? refreshTokenAge = null) =>
        context.Response.Headers["x-ms-clitelem"] =
            string.Create(CultureInfo.InvariantCulture, $"1,{code},0,{refreshTokenAge?.TotalMilliseconds:F4},");

    /// <summary>The id that the client chose, so that its logs and ours meet; a new one if it chose none.</summary>
    public static string CorrelationId(HttpContext context)
    {
        if (context.Items.TryGetValue(Correlation, out object? known))
            return (string)known!;
        string sent = context.Request.Headers[ClientRequestId].ToString();
        string id = sent.Length > 0 ? sent : Guid.NewGuid().ToString();
        context.Items[Correlation] = id;
        return id;
    }

    /// <summary>
    /// Lets the answer be about an earlier request: what is said on a device code is said on the request for it.
    /// </summary>
    public static void Correlate(HttpContext context, string id)
    {
        context.Items[Correlation] = id;
        if (context.Response.Headers.ContainsKey(ClientRequestId))
            context.Response.Headers[ClientRequestId] = id;
    }
}
