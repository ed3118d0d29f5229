using System.Collections.Concurrent;
using System.Diagnostics;

namespace MonitorToken.Engine.Credentials;

/// <summary>A file as it was when it was read: its content decides, and not its dates.</summary>
/// <param name="Digest">Of the path and the content; of the path alone where the file cannot be read.</param>
/// <param name="Content">Null where the file cannot be read.</param>
/// <param name="Error">Why it cannot be read; null where it can, or is not there.</param>
internal sealed record FileSnapshot(string Digest, byte[]? Content, Exception? Error)
{
    /// <summary>More files than this, and the oldest knowledge of them is not worth its memory.</summary>
    private const int Capacity = 256;

    /// <summary>
    /// A read that takes longer hangs, as on a network drive that is gone: others wait for the same one.
    /// </summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(1);

    private static readonly ConcurrentDictionary<string, (FileStamp Stamp, string Digest)> Known =
        new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, PendingRead> Pending = new(StringComparer.Ordinal);

    /// <summary>
    /// The digest of a file that was read before and has not changed since; null where only its content can tell.
    /// Opens no file.
    /// </summary>
    public static string? TryGetDigest(string path) =>
        Known.TryGetValue(path, out (FileStamp Stamp, string Digest) known) && FileStamp.Of(path) == known.Stamp
            ? known.Digest
            : null;

    /// <summary>
    /// Reads the file on a thread of its own: on a drive that does not answer, a read cannot be interrupted. A pipe in
    /// the file's place is such a drive too.
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

    /// <summary>Reads the file on this thread.</summary>
    public static FileSnapshot Read(string path)
    {
        FileStamp before = FileStamp.Of(path);
        FileSnapshot snapshot = ReadContent(path);
        // Not where it is in use by another program: that ends without another date.
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
            // Most are not there, and to find that out by an exception takes many times as long.
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
