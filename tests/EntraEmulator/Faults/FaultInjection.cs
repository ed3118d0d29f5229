using Microsoft.AspNetCore.Http;

namespace MonitorToken.EntraEmulator;

/// <summary>Spoils requests to the web listeners as their faults say.</summary>
internal static class FaultInjection
{
    /// <summary>
    /// Answers in a fault's way, or lets the request through with the fault in hand for whoever issues its token.
    /// </summary>
    public static async Task InjectAsync(
        HttpContext context, RequestDelegate next, Emulator emulator, CancellationToken stopping)
    {
        RecordedRequest request = context.Recorded();
        if (emulator.Faults.Take(request) is not { } fault)
        {
            await next(context);
            return;
        }

        context.Items[typeof(Fault)] = fault;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await Task.Delay(fault.Hang ? Timeout.Infinite : fault.DelayMs, gone.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (gone.IsCancellationRequested || fault.Drop)
        {
            await AbortAsync(context);
            return;
        }

        // As late as can be, so that they win.
        context.Response.OnStarting(() =>
        {
            foreach ((string name, string value) in fault.Headers ?? new Dictionary<string, string>())
                context.Response.Headers[name] = value;
            return Task.CompletedTask;
        });

        if (fault.HasBody && fault.Error is null)
        {
            await SendAsync(context, fault, FaultBody.Of(fault), gone.Token);
        }
        else if (fault.SpoilsSending)
        {
            FaultBody body = await CatchAsync(context, () => AnswerAsync(context, fault, next, emulator));
            await SendAsync(context, fault, body, gone.Token);
        }
        else
        {
            await AnswerAsync(context, fault, next, emulator);
        }
    }

    /// <summary>The fault that this request was let through with.</summary>
    public static Fault? Fault(this HttpContext context) => (Fault?)context.Items[typeof(Fault)];

    private static Task AnswerAsync(HttpContext context, Fault fault, RequestDelegate next, Emulator emulator)
    {
        if (fault.Error is not null)
            return ErrorCatalog.For(fault.Error, context, emulator.Directory).AnswerAsync(context, fault.Status);
        if (fault.Status is null)
            return next(context);
        context.Response.StatusCode = fault.Status.Value;
        return Task.CompletedTask;
    }

    // Lets the answer be made, and keeps its body back.
    private static async Task<FaultBody> CatchAsync(HttpContext context, Func<Task> answer)
    {
        Stream client = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        try
        {
            await answer();
        }
        finally
        {
            context.Response.Body = client;
        }

        return FaultBody.Of(kept.ToArray());
    }

    private static async Task SendAsync(HttpContext context, Fault fault, FaultBody body, CancellationToken gone)
    {
        HttpResponse response = context.Response;
        if (fault.HasBody)
        {
            response.StatusCode = fault.Status ?? StatusCodes.Status200OK;
            response.ContentType = body.ContentType;
        }

        response.ContentType = fault.ContentType ?? response.ContentType;
        response.ContentLength = body.Length;
        try
        {
            // Headers may come before the first byte of the body.
            await response.StartAsync(gone);
            if (await body.SpoilAsync(response.Body, fault, gone))
                return;
            // The client is to see what was sent before it sees the end.
            await Task.Delay(50, gone);
        }
        catch (OperationCanceledException)
        {
            // The client had enough, or the emulator ends.
        }

        await AbortAsync(context);
    }

    private static async Task AbortAsync(HttpContext context)
    {
        context.Abort();
        await Task.Delay(Timeout.Infinite, context.RequestAborted)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
