using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests.Processes;

public sealed class ToolPathTests : ToolTest
{
    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("::")]
    [InlineData(".:")]
    [InlineData("bin:../bin")]
    public void A_program_in_the_current_folder_is_never_taken(string path)
    {
        Install("az", "echo stolen");
        Directory.CreateDirectory(Path.Combine(Folder, "bin"));
        File.Copy(Path.Combine(Folder, "az"), Path.Combine(Folder, "bin", "az"));
        string current = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = Folder;
            Set("PATH", path);
            Assert.Null(ToolPath.Find("az"));
        }
        finally
        {
            Environment.CurrentDirectory = current;
        }
    }

    [Fact]
    public void The_first_one_on_PATH_that_can_be_run_is_taken()
    {
        string[] names = ["folder", "plain file", "first", "second"];
        string[] folders = [.. names.Select(name => Path.Combine(Folder, name))];
        string program = Install("az", "true");
        Directory.CreateDirectory(Path.Combine(folders[0], "az"));
        foreach (string folder in folders.Skip(1))
        {
            Directory.CreateDirectory(folder);
            File.Copy(program, Path.Combine(folder, "az"));
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(folders[1], "az"), UnixFileMode.UserRead);
        Set("PATH", string.Join(Path.PathSeparator, folders.Prepend("/no/such/folder")));
        Assert.Equal(Path.Combine(folders[2], "az"), ToolPath.Find("az"));
        Assert.Null(ToolPath.Find("azd"));
    }

    [Fact]
    public void Without_a_PATH_there_is_nothing()
    {
        Set("PATH", null);
        Assert.Null(ToolPath.Find("az"));
    }
}
