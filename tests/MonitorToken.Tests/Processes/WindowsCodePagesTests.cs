using System.Text;
using MonitorToken.Engine.Processes;
using Xunit;

namespace MonitorToken.Tests.Processes;

/// <summary>What cmd.exe says (OEM) and what the Azure CLI says (ANSI) can be read on any Windows of Europe.</summary>
public sealed class WindowsCodePagesTests
{
    [Theory]
    [InlineData(1252, 850, "Für Müller & Söhne läuft die Anmeldung nicht: GRÖSSE, Straße")]
    [InlineData(1252, 850, "Le chemin d'accès spécifié est introuvable à cet endroit, où ça")]
    [InlineData(1252, 850, "El sistema no puede encontrar el archivo: ¿está en España, señor?")]
    [InlineData(1250, 852, "Systém nemůže nalézt uvedenou cestu.")]
    [InlineData(1251, 866, "Системе не удается найти указанный путь.")]
    [InlineData(932, 932, "指定されたパスが見つかりません。")]
    [InlineData(1252, 437, "plain")]
    public void Either_code_page_is_told_from_the_other(int ansi, int oem, string words)
    {
        foreach (int written in new[] { ansi, oem })
            Assert.Equal(words, Decode(Of(written).GetBytes(words), ansi, oem));
    }

    [Fact]
    public void Lines_of_both_may_be_in_one_output() =>
        Assert.Equal(
            "Zugriff für Jörg\r\nläuft\n\nfür",
            Decode(
                [.. Of(850).GetBytes("Zugriff für Jörg\r\n"), .. Of(1252).GetBytes("läuft\n\nfür")], 1252, 850));

    private static string Decode(byte[] bytes, int ansi, int oem) =>
        WindowsCodePages.Decode([0x80, .. bytes], 1, bytes.Length, Of(ansi), Of(oem));

    private static Encoding Of(int codePage) => CodePagesEncodingProvider.Instance.GetEncoding(codePage)!;
}
