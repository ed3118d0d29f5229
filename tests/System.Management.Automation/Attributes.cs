namespace System.Management.Automation;

public abstract class CmdletMetadataAttribute : Attribute;

public abstract class ParsingBaseAttribute : CmdletMetadataAttribute;

public abstract class CmdletCommonMetadataAttribute : CmdletMetadataAttribute
{
    public string? DefaultParameterSetName { get; set; }

    public bool SupportsShouldProcess { get; set; }

    public ConfirmImpact ConfirmImpact { get; set; } = ConfirmImpact.Medium;

    public string? HelpUri { get; set; }
}

public enum ConfirmImpact
{
    None,
    Low,
    Medium,
    High,
}

[AttributeUsage(AttributeTargets.Class)]
public sealed class CmdletAttribute(string verbName, string nounName) : CmdletCommonMetadataAttribute
{
    public string VerbName { get; } = verbName;

    public string NounName { get; } = nounName;
}

[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class OutputTypeAttribute : CmdletMetadataAttribute
{
    public OutputTypeAttribute(params Type[] type) => Names = Array.ConvertAll(type, one => one.FullName);

    public OutputTypeAttribute(params string[] type) => Names = type;

    public string[] Names { get; }

    public string[]? ParameterSetName { get; set; }
}

[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = true)]
public sealed class ParameterAttribute : ParsingBaseAttribute
{
    public const string AllParameterSets = "__AllParameterSets";

    public int Position { get; set; } = int.MinValue;

    public string ParameterSetName { get; set; } = AllParameterSets;

    public bool Mandatory { get; set; }

    public bool ValueFromPipeline { get; set; }

    public bool ValueFromPipelineByPropertyName { get; set; }

    public bool DontShow { get; set; }

    public string? HelpMessage { get; set; }
}

[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class AliasAttribute(params string[] aliasNames) : ParsingBaseAttribute
{
    public IList<string> AliasNames { get; } = aliasNames;
}

public abstract class ArgumentTransformationAttribute : CmdletMetadataAttribute
{
    public abstract object Transform(EngineIntrinsics engineIntrinsics, object inputData);
}

/// <summary>Here it turns nothing into a credential.</summary>
public sealed class CredentialAttribute : ArgumentTransformationAttribute
{
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => inputData;
}

public sealed class ArgumentCompleterAttribute(Type type) : Attribute
{
    public Type Type { get; } = type;
}

public sealed class SupportsWildcardsAttribute : ParsingBaseAttribute;

public sealed class AllowNullAttribute : CmdletMetadataAttribute;

public sealed class AllowEmptyStringAttribute : CmdletMetadataAttribute;

public sealed class AllowEmptyCollectionAttribute : CmdletMetadataAttribute;
