using Xunit;

namespace MonitorToken.Tests;

/// <summary>A shell script in place of a tool that needs a cloud or a person, in a folder of its own.</summary>
internal sealed class StandIn
{
    /// <summary>All of a run, so that they go with it.</summary>
    private static readonly DirectoryInfo Root = Directory.CreateTempSubdirectory("monitortoken-standins-");

    static StandIn() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        // It may be in a folder that is gone by now.
        if (Directory.Exists(Root.FullName))
            Root.Delete(recursive: true);
    };

    public StandIn(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        Name = name;
    }

    public string Name { get; }

    /// <summary>Where it is, and where its script finds its own files, as $HERE.</summary>
    public string Folder { get; } = Root.CreateSubdirectory(Guid.NewGuid().ToString("n")).FullName;

    /// <summary>How often it was started.</summary>
    public int Starts => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    private string Log => Path.Combine(Folder, "starts");

    /// <summary>Has it do something; each start is counted before that.</summary>
    public void Does(string script)
    {
        string path = Path.Combine(Folder, Name);
        string body = script.ReplaceLineEndings("\n");
        File.WriteAllText(path, $"#!/bin/sh\nHERE='{Folder}'\necho started >> \"$HERE/starts\"\n{body}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Has it print what a file of its folder holds.</summary>
    public void Prints(string text)
    {
        Write("answer", text);
        Does("cat \"$HERE/answer\"");
    }

    public string Write(string file, string text)
    {
        string path = Path.Combine(Folder, file);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>What the Azure CLI prints.</summary>
    public static string AzureCliAnswer(string token, DateTimeOffset expiresOn) =>
        $$"""{"accessToken": "{{token}}", "expires_on": {{expiresOn.ToUnixTimeSeconds()}}, "tokenType": "Bearer"}""";
}
