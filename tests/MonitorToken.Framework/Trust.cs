using System.Reflection;
using System.Security.Cryptography.X509Certificates;

namespace MonitorToken.Framework;

/// <summary>Mono trusts whom its own store names, in the home folder, which is one of this process alone.</summary>
internal static class Trust
{
    private const string MonoSecurity =
        "Mono.Security, Version=4.0.0.0, Culture=neutral, PublicKeyToken=0738eb9f132ed756";

    public static void EmulatorAuthority()
    {
        byte[] certificate = new X509Certificate2(Environment.GetEnvironmentVariable("SSL_CERT_FILE")!).RawData;
        var mono = Assembly.Load(MonoSecurity);
        object store = Get(mono.GetType("Mono.Security.X509.X509StoreManager", true), null, "NewCurrentUser");
        object roots = Get(store.GetType(), store, "TrustedRoot");
        Type type = mono.GetType("Mono.Security.X509.X509Certificate", true);
        roots.GetType().GetMethod("Import", [type])!.Invoke(roots, [Activator.CreateInstance(type, certificate)]);
    }

    private static object Get(Type type, object? target, string property) =>
        type.GetProperty(property)!.GetValue(target, null);
}
