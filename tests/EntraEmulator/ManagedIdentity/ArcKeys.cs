using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MonitorToken.EntraEmulator;

/// <summary>
/// The files by which a client of Azure Arc shows who it is. Clients read them from one folder alone, which belongs to
/// the system: it is made when it is needed, and goes with the emulator if it was not there before.
/// </summary>
internal sealed class ArcKeys(ArcKeyFolder? folder) : IDisposable
{
    private readonly ConcurrentDictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentStack<string> _madeFolders = new();

    private static string ProgramData =>
        System.Environment.GetFolderPath(System.Environment.SpecialFolder.CommonApplicationData);

    /// <summary>Where clients look, null where they know no such place.</summary>
    private string? Folder =>
        folder is not null ? folder.Path
        : OperatingSystem.IsLinux() ? "/var/opt/azcmagent/tokens"
        : OperatingSystem.IsWindows() ? Path.Combine(ProgramData, "AzureConnectedMachineAgent", "Tokens")
        : null;

    /// <summary>Tries whether this user may write there.</summary>
    public bool MayWrite()
    {
        try
        {
            Take(File.ReadAllText(Write()));
            return true;
        }
        catch (Exception refused) when (
            refused is UnauthorizedAccessException or IOException or PlatformNotSupportedException)
        {
            return false;
        }
        finally
        {
            RemoveFolders();
        }
    }

    /// <summary>Writes a new file and returns its path, as a client has to write it.</summary>
    public string Create()
    {
        string path = Write();
        return folder is null ? path : folder.ClientPath + Path.GetFileName(path);
    }

    /// <summary>Uses up a file, if this is the content of one.</summary>
    public bool Take(string key)
    {
        if (!_keys.TryRemove(key, out string? path))
            return false;
        File.Delete(path);
        return true;
    }

    public void Dispose()
    {
        foreach (string path in _keys.Values)
            File.Delete(path);
        RemoveFolders();
    }

    private string Write()
    {
        string folder = Folder ?? throw new PlatformNotSupportedException("There is no Azure Arc on this system.");
        string path = Path.Combine(folder, $"{Guid.NewGuid()}.key");
        string key = RandomNumberGenerator.GetHexString(64, lowercase: true);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                MakeFolder(folder);
                File.WriteAllText(path, key);
                _keys[key] = path;
                return path;
            }
            catch (DirectoryNotFoundException) when (attempt < 5)
            {
                // Another emulator that ends has just removed it.
            }
        }
    }

    private void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        MakeFolder(Path.GetDirectoryName(folder)!);
        Directory.CreateDirectory(folder);
        _madeFolders.Push(folder);
    }

    private void RemoveFolders()
    {
        try
        {
            while (_madeFolders.TryPop(out string? folder))
                Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Another emulator has put a file there since, or has removed the folder.
        }
    }
}
