using System.Runtime.InteropServices;
using MonitorToken.Isolation;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>Which engine is loaded where.</summary>
public sealed class LoadContextTests
{
    [Theory]
    [InlineData("10.0.12", "linux", Architecture.X64, "net10.0/linux-x64")]
    [InlineData("10.0.0", "win", Architecture.X64, "net10.0/win-x64")]
    [InlineData("10.0.3", "osx", Architecture.Arm64, "net10.0/osx-arm64")]
    [InlineData("8.0.21", "linux", Architecture.X64, "net8.0/linux-x64")]
    [InlineData("11.0.1", "win", Architecture.Arm64, "net11.0/win-arm64")]
    public void Each_runtime_and_platform_has_a_folder(
        string runtime, string system, Architecture architecture, string folder) =>
        Assert.Equal(
            folder.Replace('/', Path.DirectorySeparatorChar),
            EngineFolders.Precompiled(Version.Parse(runtime), system, architecture));

    [Fact]
    public void What_was_not_compiled_ahead_is_the_common_one()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string common = Directory.CreateDirectory(Path.Combine(folder, "common")).FullName;
            string ahead = Directory.CreateDirectory(Path.Combine(folder, "ahead")).FullName;
            File.WriteAllText(Path.Combine(common, "One.dll"), "");
            File.WriteAllText(Path.Combine(common, "Two.dll"), "");
            File.WriteAllText(Path.Combine(ahead, "Two.dll"), "");
            File.WriteAllText(Path.Combine(ahead, "Three.dll"), "");

            var folders = new EngineFolders(common, ahead);
            Assert.Null(folders.PrecompiledPathOf("One"));
            Assert.Equal(Path.Combine(common, "One.dll"), folders.PathOf("One"));
            Assert.Equal(Path.Combine(ahead, "Two.dll"), folders.PrecompiledPathOf("Two"));
            // What is no part of the engine is not made one by lying there.
            Assert.False(folders.Has("Three"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void This_process_looks_where_the_common_one_is() =>
        Assert.Equal(
            Path.Combine("engines", "net8.0", "MonitorToken.Engine.dll"),
            EngineFolders.ForThisProcess(Path.Combine("engines", "net8.0")).PathOf("MonitorToken.Engine"));
}
