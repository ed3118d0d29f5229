using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>
/// Extracts the name of a token cache. Without this argument transformation, PowerShell would convert any object to a
/// string, and a cache of that name would be deleted.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CacheNameAttribute : ArgumentTransformationAttribute
{
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            null => null,
            string name => name,
            TokenCacheInfo cache => cache.Name,
            object other => throw new ArgumentTransformationMetadataException(
                $"A {other.GetType().Name} is neither the name of a token cache nor an object from "
                    + "Get-MonitorTokenCache."),
        };
}
