namespace MonitorToken.Engine.Rest;

/// <summary>A file that a response is saved as. It has its name only when it is complete.</summary>
internal static class OutputFile
{
    /// <exception cref="TokenException">The file cannot be written.</exception>
    public static async Task WriteAsync(string path, ResponseBody body, CancellationToken cancellationToken)
    {
        string partial = $"{path}.{Guid.NewGuid():n}.partial";
        try
        {
            using (FileStream file = Open(path, partial))
            {
                byte[] buffer = new byte[64 * 1024];
                while (await body.ReadAsync(new ArraySegment<byte>(buffer), cancellationToken).ConfigureAwait(false)
                    is > 0 and int count)
                    Try(path, () => file.Write(buffer, 0, count));
            }

            Try(path, () =>
            {
                File.Delete(path);
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

    private static FileStream Open(string path, string partial)
    {
        FileStream? file = null;
        Try(path, () => file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None));
        return file!;
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
                $"The file '{path}' cannot be written.",
                "Check that its folder exists, that this user may write there, and that no other program uses the "
                    + "file.");
        }
    }
}
