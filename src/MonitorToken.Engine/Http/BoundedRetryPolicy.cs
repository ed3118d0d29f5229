using Azure.Core;
using Azure.Core.Pipeline;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.Caching;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Tries again what may pass, but never waits for longer than those who wait do: an answer that asks for an hour is
/// the answer.
/// </summary>
internal sealed class BoundedRetryPolicy(int maxRetries, Waiters waiters)
    : RetryPolicy(maxRetries, DelayStrategy.CreateExponentialDelayStrategy(TimeSpan.FromMilliseconds(400)))
{
    private readonly int _maxRetries = maxRetries;

    protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
        (base.ShouldRetry(message, exception) || IsUpdating(message)) && MayWait(message);

    protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
        new(ShouldRetry(message, exception));

    /// <summary>The metadata service says 410 while it is being renewed.</summary>
    private bool IsUpdating(HttpMessage message) =>
        message.HasResponse && message.Response.Status == 410 && message.ProcessingContext.RetryNumber < _maxRetries;

    private bool MayWait(HttpMessage message)
    {
        if (!message.HasResponse || Answer.ReadRetryAfter(message.Response) is not { } until)
            return true;
        if (until > waiters.Until)
            return false;

        waiters.BeginBackoff(until, $"{message.Request.Uri.Host} asks to wait");
        return true;
    }
}
