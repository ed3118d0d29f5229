using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace MonitorToken.Engine.Processes;

/// <summary>
/// The two code pages of Windows that output to a pipe may be in: ANSI, in which the Python of the Azure CLI writes,
/// ignoring PYTHONIOENCODING; and OEM, in which cmd.exe does. Nothing says which, and one output may have both.
/// </summary>
internal static class WindowsCodePages
{
    [SupportedOSPlatform("windows")]
    public static string Decode(byte[] bytes, int start, int count) => Decode(bytes, start, count, Ansi, Oem);

    /// <summary>
    /// Decodes each line with the code page that yields more letters: what are letters in one of them are mostly
    /// signs in the other, such as the lines of boxes.
    /// </summary>
    internal static string Decode(byte[] bytes, int start, int count, Encoding ansi, Encoding oem)
    {
        var text = new StringBuilder();
        for (int end = start + count; start < end;)
        {
            int lineEnd = Array.IndexOf(bytes, (byte)'\n', start, end - start);
            int length = (lineEnd < 0 ? end : lineEnd + 1) - start;
            string inAnsi = ansi.GetString(bytes, start, length);
            string inOem = oem.GetString(bytes, start, length);
            text.Append(inOem.Count(char.IsLetter) > inAnsi.Count(char.IsLetter) ? inOem : inAnsi);
            start += length;
        }

        return text.ToString();
    }

#if NET
    private static Encoding Ansi => CodePagesEncodingProvider.Instance.GetEncoding(0) ?? Encoding.UTF8;

    [SupportedOSPlatform("windows")]
    private static Encoding Oem => CodePagesEncodingProvider.Instance.GetEncoding((int)GetOEMCP()) ?? Ansi;
#else
    private static Encoding Ansi => Encoding.GetEncoding(0);

    private static Encoding Oem => Encoding.GetEncoding((int)GetOEMCP());
#endif

    [SupportedOSPlatform("windows")]
    [DllImport("kernel32.dll", ExactSpelling = true)]
    private static extern uint GetOEMCP();
}
