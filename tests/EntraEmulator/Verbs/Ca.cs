using System.CommandLine;

namespace MonitorToken.EntraEmulator;

/// <summary>The verb ca: makes a CA for machines that must be told to trust one beforehand.</summary>
internal static class Ca
{
    public static Command Verb()
    {
        var file = new Option<FileInfo>("--out")
        {
            Required = true,
            Description = "The PEM file for certificate and key; the certificate alone goes beside it as .crt.",
        };
        var verb = new Command(
            "ca", $"Write a CA that emulators use when {EmulatorOptions.CertificateAuthorityVariable} names its file.")
        {
            file,
        };
        verb.SetAction(parsed =>
        {
            FileInfo target = parsed.GetRequiredValue(file);
            target.Directory!.Create();
            using var authority = CertificateAuthority.Create();
            authority.Save(target.FullName);
        });
        return verb;
    }
}
