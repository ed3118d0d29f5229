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

    [Theory]
    [InlineData(@"C:\a;C:\b", @"C:\a", @"C:\b")]
    [InlineData(@"""C:\a;b"";C:\c", @"C:\a;b", @"C:\c")]
    [InlineData(@"C:\a;""C:\Program Files""\b; C:\c ;;", @"C:\a", @"C:\Program Files\b", @"C:\c", "")]
    [InlineData(@"C:\a;""C:\b;c", @"C:\a", @"C:\b;c")]
    [InlineData(@"\\?\C:\a;\\?\unc\server\share;\\server\b", @"C:\a", @"\\server\share", @"\\server\b")]
    [InlineData("", "")]
    public void A_PATH_of_Windows_is_split_as_cmd_exe_does(string path, params string[] folders) =>
        Assert.Equal(folders.Where(folder => folder.Length > 0), ToolPath.Folders(path, isWindows: true).Where(
            folder => folder.Length > 0));

    [Theory]
    [InlineData(@"C:\100%\az.cmd", '%')]
    [InlineData(@"C:\100%\azd.EXE", null)]
    [InlineData(@"C:\a;b & (c)^\az.cmd", null)]
    [InlineData("C:\\\"\\azd.exe", '"')]
    public void A_command_line_of_Windows_cannot_hold_what_cmd_exe_would_replace(string path, char? character) =>
        Assert.Equal(character, ToolPath.FindUnquotable(path, isWindows: true));

    [Fact]
    public void One_that_no_command_line_can_hold_is_passed_over_and_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "No folder has a quotation mark in its name there.");
        string[] folders = [Path.Combine(Folder, "a\"b"), Path.Combine(Folder, "good")];
        string program = Install("az", "true");
        foreach (string folder in folders)
        {
            Directory.CreateDirectory(folder);
            File.Copy(program, Path.Combine(folder, "az"));
        }

        Set("PATH", string.Join(Path.PathSeparator, folders));
        Assert.Equal(Path.Combine(folders[1], "az"), ToolPath.Find("az"));
        Set("PATH", folders[0]);
        Assert.Null(ToolPath.Find("az"));
        Assert.Equal((Path.Combine(folders[0], "az"), '"'), ToolPath.FindUnusable("az"));
    }

    [Theory]
    [InlineData("MZ\u0090", true)]
    [InlineData("M", false)]
    [InlineData("", false)]
    [InlineData("Not Found", false)]
    public void What_does_not_begin_like_a_program_of_Windows_is_none(string content, bool isImage)
    {
        string path = Path.Combine(Folder, "az.exe");
        File.WriteAllText(path, content, System.Text.Encoding.Latin1);
        Assert.Equal(isImage, ToolPath.IsImage(path));
        // As an alias of the Microsoft Store.
        Assert.True(ToolPath.IsImage(Path.Combine(Folder, "none.exe")));
    }

    [Fact]
    public void A_file_that_is_no_program_does_not_hide_the_batch_file_beside_it()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "Programs have no extension here.");
        File.WriteAllText(Path.Combine(Folder, "az.exe"), "404 Not Found");
        File.WriteAllText(Path.Combine(Folder, "az.cmd"), "@exit /b 0");
        Set("PATH", Folder);
        Assert.Equal(Path.Combine(Folder, "az.cmd"), ToolPath.Find("az"));
    }
}
