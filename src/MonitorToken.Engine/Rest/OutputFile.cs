using MonitorToken.Engine.Credentials;

namespace MonitorToken.Engine.Rest;

/// <summary>A file that a response is saved as. It has its name only when it is complete.</summary>
internal static class OutputFile
{
    /// <exception cref="TokenException">The file cannot be written.</exception>
    public static async Task WriteAsync(string path, ResponseBody body, CancellationToken cancellationToken)
    {
        if (IsSpecial(path))
        {
            // Others may have a device open, too.
            await CopyAsync(path, path, FileMode.Create, FileShare.ReadWrite, body, cancellationToken)
                .ConfigureAwait(false);
            return;
        }

        string partial = $"{path}.{Guid.NewGuid():n}.partial";
        try
        {
            await CopyAsync(path, partial, FileMode.CreateNew, FileShare.None, body, cancellationToken)
                .ConfigureAwait(false);
            Try(path, () =>
            {
                // In one step: if it fails, the old file is still there.
                if (File.Exists(path))
                    File.Replace(partial, path, destinationBackupFileName: null);
                else
                    File.Move(partial, path);
            });
        }
        catch
        {
            try
            {
                File.Delete(partial);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It bears a name that says what it is.
            }

            throw;
        }
    }

    /// <summary>Whether a path is a device, a pipe or a link, which is written to and must not be replaced.</summary>
    private static bool IsSpecial(string path)
    {
        try
        {
            return (File.GetAttributes(path) & (FileAttributes.Device | FileAttributes.ReparsePoint)) != 0
                || FileStamp.IsDevice(path);
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // It is not there, or opening it says what is wrong.
            return false;
        }
    }

    private static async Task CopyAsync(
        string path,
        string target,
        FileMode mode,
        FileShare share,
        ResponseBody body,
        CancellationToken cancellationToken)
    {
        FileStream? file = null;
        Try(path, () => file = new FileStream(target, mode, FileAccess.Write, share));
        using (file)
        {
            byte[] buffer = new byte[64 * 1024];
            while (await body.ReadAsync(new ArraySegment<byte>(buffer), cancellationToken).ConfigureAwait(false)
                is > 0 and int count)
                Try(path, () => file!.Write(buffer, 0, count));
            Try(path, () => file!.Flush());
        }
    }

    private static void Try(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new TokenException(
                TokenError.InvalidOption,
                $"The file '{path}' can't be written.",
                "Check that its folder exists, that this user is allowed to write there, that the disk isn't full, and "
                    + "that no other program uses the file.");
        }
    }
}
