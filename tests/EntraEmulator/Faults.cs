using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>The faults that tests asked for. Of those that match a request the one added first applies.</summary>
public sealed class Faults
{
    private readonly Lock _lock = new();
    private readonly List<(Fault Fault, int? Left)> _faults = [];

    public void Add(Fault fault)
    {
        lock (_lock)
            _faults.Add((fault, fault.Times));
    }

    public void Clear()
    {
        lock (_lock)
            _faults.Clear();
    }

    /// <summary>Spoils the request as its fault says, or lets it through with the fault in hand for whoever issues its token.</summary>
    internal async Task InjectAsync(HttpContext context, RequestDelegate next, EntraDirectory directory, CancellationToken stopping)
    {
        if (Take(context.Request.Host.Host, context.Request.Path.ToString()) is not { } fault)
        {
            await next(context);
            return;
        }

        context.Items[typeof(Fault)] = fault;
        using (var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping))
        {
            await Task.Delay(fault.Hang ? Timeout.Infinite : fault.DelayMs, gone.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (gone.IsCancellationRequested || fault.Drop)
            {
                context.Abort();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }
        }

        foreach ((string name, string value) in fault.Headers ?? new Dictionary<string, string>())
            context.Response.Headers[name] = value;

        if (fault.Error is not null)
            await ErrorCatalog.For(fault.Error, context, directory).AnswerAsync(context, fault.Status);
        else if (fault.Status is not null || fault.Body is not null)
            await AnswerAsync(context.Response, fault);
        else
            await next(context);
    }

    private static Task AnswerAsync(HttpResponse response, Fault fault)
    {
        response.StatusCode = fault.Status ?? StatusCodes.Status200OK;
        if (fault.Body is null)
            return Task.CompletedTask;
        response.ContentType ??= fault.Body.StartsWith('{') ? "application/json; charset=utf-8" : "text/plain; charset=utf-8";
        return response.WriteAsync(fault.Body);
    }

    private Fault? Take(string host, string path)
    {
        lock (_lock)
        {
            int index = _faults.FindIndex(entry => entry.Fault.Match.Includes(host, path));
            if (index < 0)
                return null;
            (Fault fault, int? left) = _faults[index];
            if (left == 1)
                _faults.RemoveAt(index);
            else
                _faults[index] = (fault, left - 1);
            return fault;
        }
    }
}

internal static class FaultContext
{
    /// <summary>The fault that this request was let through with.</summary>
    public static Fault? Fault(this HttpContext context) => (Fault?)context.Items[typeof(Fault)];
}
