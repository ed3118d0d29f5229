using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using MonitorToken.Engine.Answers;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.Engine.Memory;

namespace MonitorToken.Engine.Http;

/// <summary>
/// Tries again what may pass, but never waits for longer than those who wait do: an answer that asks for an hour is
/// the answer.
/// </summary>
internal sealed class BoundedRetryPolicy(int maxRetries, Party party, bool isImds = false)
    : RetryPolicy(maxRetries, new Delays(isImds))
{
    private readonly int _maxRetries = maxRetries;

    protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
        (base.ShouldRetry(message, exception) || IsGone(message)) && MayWait(message);

    protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
        isImds && message.HasResponse && IsUpdating(message.Response)
            ? UpdateAsync(message)
            : new(ShouldRetry(message, exception));

    /// <summary>Whether it is the answer of a metadata service that is being updated.</summary>
    private static bool IsUpdating(Response response) =>
        response.Status is 404 or 410 && Answer.ReadRetryAfter(response) is null;

    /// <summary>Waits as long as <see cref="ImdsRetry"/> says.</summary>
    private async ValueTask<bool> UpdateAsync(HttpMessage message)
    {
        int retry = message.ProcessingContext.RetryNumber + 1;
        if (ImdsRetry.DelayBefore(message.Response.Status, retry, party.Until - DateTimeOffset.UtcNow) is not { } delay)
            return false;

        party.Progress($"{message.Request.Uri.Host} is being updated", DateTimeOffset.UtcNow + delay);
        await MonotonicClock.Current.DelayAsync(delay, message.CancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Another host of managed identities that is being updated.</summary>
    private bool IsGone(HttpMessage message) =>
        message.HasResponse && message.Response.Status == 410 && message.ProcessingContext.RetryNumber < _maxRetries;

    private bool MayWait(HttpMessage message)
    {
        if (!message.HasResponse || Answer.ReadRetryAfter(message.Response) is not { } until)
            return true;
        if (until > party.Until)
            return false;

        party.Pause(until, $"{message.Request.Uri.Host} asks to wait");
        return true;
    }

    /// <summary>Exponential; none where <see cref="UpdateAsync"/> has waited already.</summary>
    private sealed class Delays(bool isImds) : DelayStrategy
    {
        private static readonly DelayStrategy Exponential =
            CreateExponentialDelayStrategy(TimeSpan.FromMilliseconds(400));

        protected override TimeSpan GetNextDelayCore(Response? response, int retryNumber) =>
            isImds && response is not null && IsUpdating(response)
                ? TimeSpan.Zero
                : Exponential.GetNextDelay(response, retryNumber);
    }
}
