using System.Collections.Concurrent;
using System.Diagnostics;

namespace MonitorToken.Engine.Credentials;

/// <summary>
/// A snapshot of a file. Two snapshots are equal if the content is, whatever the dates of the file.
/// </summary>
/// <param name="Digest">A digest of path and content; the path alone if the file cannot be read.</param>
/// <param name="Content">The content; null if the file does not exist or cannot be read.</param>
/// <param name="Error">Why the file cannot be read; null if it was read or does not exist.</param>
internal sealed record FileSnapshot(string Digest, byte[]? Content, Exception? Error)
{
    /// <summary>The number of files whose digests are cached. Chosen.</summary>
    private const int Capacity = 256;

    /// <summary>
    /// A read that takes longer hangs, as on a network drive that is gone; later callers join it. Chosen.
    /// </summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(1);

    private static readonly ConcurrentDictionary<string, (FileStamp Stamp, string Digest)> Known =
        new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, PendingRead> Pending = new(StringComparer.Ordinal);

    /// <summary>
    /// Returns the digest of a file that was read before and has not changed since; null if it must be read. Opens no
    /// file.
    /// </summary>
    public static string? TryGetDigest(string path) =>
        Known.TryGetValue(path, out (FileStamp Stamp, string Digest) known) && FileStamp.Of(path) == known.Stamp
            ? known.Digest
            : null;

    /// <summary>
    /// Reads the file on another thread, because a read cannot be interrupted on a drive that does not respond, or from
    /// a named pipe.
    /// </summary>
    public static Task<FileSnapshot> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!Pending.TryGetValue(path, out PendingRead? read) || read.Age < Hanging)
        {
            read = new PendingRead(path);
            Pending[path] = read;
            read.Result.ContinueWith(
                _ => ((ICollection<KeyValuePair<string, PendingRead>>)Pending).Remove(new(path, read)),
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        return read.Result.UnlessCanceled(cancellationToken);
    }

    /// <summary>
    /// Returns the full path of a file that a variable names, for error messages; an invalid path unchanged.
    /// </summary>
    public static string FullPath(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (Exception exception) when (
            exception is ArgumentException or NotSupportedException or PathTooLongException)
        {
            return path;
        }
    }

    /// <summary>Reads the file on this thread.</summary>
    public static FileSnapshot Read(string path)
    {
        FileStamp before = FileStamp.Of(path);
        FileSnapshot snapshot = ReadContent(path);
        // A file in use by another program becomes readable without a change of its dates, so that isn't cached.
        if (snapshot.Error is null && before.IsConclusive && before == FileStamp.Of(path)
            && before.Length >= 0 == snapshot.Content is not null)
        {
            if (Known.Count >= Capacity)
                Known.Clear();
            Known[path] = (before, snapshot.Digest);
        }

        return snapshot;
    }

    private static FileSnapshot ReadContent(string path)
    {
        try
        {
            if (FileStamp.IsDevice(path))
                return new FileSnapshot(path, Content: null, new IOException("This is a device."));

            // Most do not exist, and an exception is much slower.
            if (!File.Exists(path) && !Directory.Exists(path))
                return new FileSnapshot(path, Content: null, Error: null);

            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            file.CopyTo(content);
            byte[] bytes = content.ToArray();
            return new FileSnapshot(path + Convert.ToBase64String(Engine.Digest.Sha256(bytes)), bytes, Error: null);
        }
        catch (Exception exception) when (exception
            is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new FileSnapshot(path, Content: null, exception);
        }
    }

    private sealed class PendingRead(string path)
    {
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public Task<FileSnapshot> Result { get; } = Task.Run(() => Read(path));

        public TimeSpan Age => _watch.Elapsed;
    }
}
