namespace MonitorToken.Engine;

/// <summary>Extensions to stop waiting for a task.</summary>
internal static class Cancellation
{
    /// <summary>
    /// Waits for a task until the token is canceled, even if the task itself ignores cancellation. The task continues
    /// in the background.
    /// </summary>
    /// <exception cref="System.OperationCanceledException">
    /// The token was canceled before the task completed.
    /// </exception>
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

    /// <summary>
    /// Waits for a task without a result until the token is canceled, even if the task itself ignores cancellation.
    /// </summary>
    /// <exception cref="System.OperationCanceledException">
    /// The token was canceled before the task completed.
    /// </exception>
    public static Task UnlessCanceled(this Task task, CancellationToken cancellationToken)
    {
        return DoneAsync().UnlessCanceled(cancellationToken);

        async Task<bool> DoneAsync()
        {
            await task.ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>
    /// Lets a task run without awaiting it. Observes its exception, so that TaskScheduler.UnobservedTaskException is
    /// not raised.
    /// </summary>
    public static void Forget(this Task task) =>
        task.ContinueWith(
            late => late.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
}
