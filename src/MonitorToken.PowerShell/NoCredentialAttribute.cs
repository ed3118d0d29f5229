using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Keeps a piped credential from being taken for a name, as PowerShell turns anything into a string.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NoCredentialAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is Credential
            ? throw new ArgumentTransformationMetadataException(
                "A credential is no resource: "
                    + "say what the token is for with -Resource and a name such as LogAnalytics.")
            : inputData;
}
