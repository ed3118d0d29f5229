namespace MonitorToken.Engine;

internal static class Cancellation
{
    /// <summary>
    /// Waits for the task, but no longer than the caller does: not everything below heeds cancellation.
    /// </summary>
    public static async Task<T> UnlessCanceled<T>(this Task<T> task, CancellationToken cancellationToken)
    {
        if (!task.IsCompleted && cancellationToken.CanBeCanceled)
        {
            var canceled = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            using (cancellationToken.Register(() => canceled.TrySetResult(true)))
                await Task.WhenAny(task, canceled.Task).ConfigureAwait(false);

            if (!task.IsCompleted)
            {
                task.Forget();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>The same for one that brings nothing.</summary>
    public static Task UnlessCanceled(this Task task, CancellationToken cancellationToken)
    {
        return DoneAsync().UnlessCanceled(cancellationToken);

        async Task<bool> DoneAsync()
        {
            await task.ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Nobody will look at the outcome any more; a failure is no news to anybody.</summary>
    public static void Forget(this Task task) =>
        task.ContinueWith(
            late => late.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
}
