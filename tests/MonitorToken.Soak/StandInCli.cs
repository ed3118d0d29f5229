using System.Text.Json;

namespace MonitorToken.Soak;

/// <summary>
/// Stands in for the Azure CLI: a script that prints a token which lives for seconds, or does what it is in the mood
/// for. Its folder is the first on PATH.
/// </summary>
internal sealed class StandInCli
{
    private const string Script = """
        #!/bin/sh
        read -r mood < "$MONITORTOKEN_SOAK_AZ/mood"
        case "$mood" in
        slow) sleep 1 ;;
        hangs) sleep 300 ;;
        garbage) echo 'Traceback (most recent call last):'; exit 0 ;;
        'logged out') echo "ERROR: Please run 'az login' to setup account." >&2; exit 1 ;;
        esac
        for word in "$@"; do resource="$last"; last="$word"; [ "$resource" = --resource ] && break; done
        cat "$MONITORTOKEN_SOAK_AZ/$(echo "$last" | tr -c 'a-z.\n' _)"
        """;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(15);

    private readonly string _folder;
    private readonly Identity _user;
    private readonly object _gate = new();

    public StandInCli(string folder, Identity user)
    {
        _folder = folder;
        _user = user;
        Directory.CreateDirectory(folder);
        Set("well");
        Renew();
        string script = Path.Combine(folder, "az");
        File.WriteAllText(script, Script);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("MONITORTOKEN_SOAK_AZ", folder);
        Environment.SetEnvironmentVariable(
            "PATH", folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
    }

    /// <summary>How it behaves from now on.</summary>
    public void Set(string mood) => Write("mood", mood + "\n");

    /// <summary>Makes a new token for each resource.</summary>
    public void Renew()
    {
        DateTimeOffset expiresOn = DateTimeOffset.UtcNow + Life;
        foreach (string audience in World.Resources.Values)
        {
            string name = string.Concat(audience.Select(one => one is '.' or (>= 'a' and <= 'z') ? one : '_'));
            Write(name, JsonSerializer.Serialize(new
            {
                accessToken = PlainToken.Make(_user, audience, expiresOn),
                expires_on = expiresOn.ToUnixTimeSeconds(),
                tenant = _user.TenantId,
                tokenType = "Bearer",
            }));
        }
    }

    private void Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        lock (_gate)
        {
            File.WriteAllText(path + ".new", text);
            File.Move(path + ".new", path, overwrite: true);
        }
    }
}
