namespace MonitorToken.Engine.Processes;

/// <summary>
/// A program of Unix that runs another one, in the same process, as the leader of a session and of a process group
/// whose id is the process id. By that group everything that a tool has started can be killed, and without a terminal
/// it cannot wait for an answer. .NET cannot do this itself, and the parent is too late: after exec(2), setpgid(2) is
/// refused.
/// </summary>
/// <param name="Program">The full path.</param>
/// <param name="Arguments">What precedes the command line of the other program.</param>
internal sealed record ToolSession(string Program, string Arguments = "")
{
    /// <summary>macOS has no setsid(1), but brings Perl.</summary>
    internal static readonly ToolSession Perl = new(
        "/usr/bin/perl",
        "-e \"require POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV or "
            + "print STDERR qq($ARGV[0]: $!\\n); exit 127\" -- ")
    {
        // Else Perl prints a warning if the machine does not know the locale.
        Environment = new Dictionary<string, string?> { ["PERL_BADLANG"] = "0" },
    };

    private static readonly ToolSession? Found = ToolPath.IsWindows ? null : Array.Find(
        [new("/usr/bin/setsid"), new("/bin/setsid"), Perl], session => File.Exists(session.Program));

    /// <summary>Overrides what is found, for tests.</summary>
    internal static ToolSession? Override { get; set; }

    /// <summary>The program that starts tools; null on Windows, and if there is none.</summary>
    public static ToolSession? Current => Override ?? Found;

    /// <summary>The environment variables to set; null for none.</summary>
    public IReadOnlyDictionary<string, string?>? Environment { get; private init; }
}
