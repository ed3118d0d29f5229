#if !NET
// What the platform compatibility analyzer (CA1416) reads in the build for .NET, and .NET Framework lacks.
namespace System.Runtime.Versioning;

[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
internal sealed class SupportedOSPlatformAttribute(string platformName) : Attribute
{
    public string PlatformName => platformName;
}

[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Method)]
internal sealed class SupportedOSPlatformGuardAttribute(string platformName) : Attribute
{
    public string PlatformName => platformName;
}
#endif
