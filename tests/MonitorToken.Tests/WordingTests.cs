using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using MonitorToken.Engine.Tokens;
using Xunit;

namespace MonitorToken.Tests;

/// <summary>Messages are in plain English, as on Microsoft Learn: some words must not come back.</summary>
public sealed partial class WordingTests
{
    /// <summary>Parameters of other commands.</summary>
    private static readonly string[] OfOtherCommands =
    [
        "Verbose", "Debug", "ErrorAction", "ExpandProperty", "Parallel", "Raw", "Compress", "MinimumVersion",
        "ClaimsChallenge", "ObjectId", "RoleDefinitionName",
    ];

    /// <summary>Messages of .NET that are recognized, or replaced.</summary>
    private static readonly string[] OfTheRuntime =
        ["Response status code does", "The SSL connection could", "The remote name could"];

    private static readonly string Commands = Path.Combine(
        typeof(WordingTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(metadata => metadata.Key == "ModuleFolder").Value!,
        "MonitorToken.PowerShell.dll");

    public static TheoryData<string> Assemblies { get; } =
    [
        typeof(TokenException).Assembly.Location,
        typeof(JsonClaims).Assembly.Location,
        Commands,
    ];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void No_message_has_words_that_Microsoft_Learn_would_not_use(string path)
    {
        string[] odd =
        [
            .. Texts(path).Where(text => OddWords().IsMatch(text)
                && !Array.Exists(OfTheRuntime, one => text.StartsWith(one, StringComparison.Ordinal))),
        ];
        Assert.True(
            odd.Length == 0,
            $"{Path.GetFileName(path)} has messages to reword (see WordingTests.OddWords):\n{string.Join('\n', odd)}");
    }

    [Fact]
    public void A_parameter_in_a_message_exists()
    {
        using var file = new PEReader(File.OpenRead(Commands));
        MetadataReader reader = file.GetMetadataReader();
        HashSet<string> properties =
            [.. reader.PropertyDefinitions.Select(one => reader.GetString(reader.GetPropertyDefinition(one).Name))];
        string[] unknown =
        [
            .. Assemblies.SelectMany(row => Texts(row.Data)).SelectMany(text => Parameters().Matches(text))
                .Select(match => match.Groups[1].Value).Distinct()
                .Where(name => !properties.Contains(name) && !OfOtherCommands.Contains(name)),
        ];
        Assert.True(unknown.Length == 0, "No command has these parameters: " + string.Join(", ", unknown));
    }

    /// <summary>
    /// Write instead: specify (a parameter), return (a token), the identity, exactly, again, compared with, pass,
    /// requires, isn't, there's no, credential, URI.
    /// </summary>
    [GeneratedRegex(
        @"\b(give[sn]?|gave|who(m|ever|soever)|to the letter|anew|beside|hands? on|wants?|(is|are) none|is no"
            + @"(?! longer)|ways? of signing|lets? \w+ in|in memory|asked for|an answer|addresses|(?<!IP )address"
            + @"|got no|cannot|(could|do|does|is|are|was|were|has|have) not)\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex OddWords();

    [GeneratedRegex(@"(?<![\w-])-([A-Z][A-Za-z0-9]+)\b")]
    private static partial Regex Parameters();

    /// <summary>The string literals of an assembly that have several words.</summary>
    private static List<string> Texts(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        MetadataReader reader = file.GetMetadataReader();
        List<string> texts = [];
        for (UserStringHandle handle = MetadataTokens.UserStringHandle(1); !handle.IsNil;
            handle = reader.GetNextHandle(handle))
        {
            string text = reader.GetUserString(handle);
            if (text.Contains(' '))
                texts.Add(text);
        }

        return texts;
    }
}
