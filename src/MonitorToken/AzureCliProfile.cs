using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace MonitorToken;

/// <summary>The file in which az keeps who is logged in and which subscriptions they have. It holds no secret.</summary>
internal static class AzureCliProfile
{
    /// <summary>The variable with which az is told of another folder.</summary>
    public const string FolderVariable = "AZURE_CONFIG_DIR";

    /// <summary>That of 500 subscriptions. A longer one is read for longer than a pressed key may take.</summary>
    private const int Longest = 256 * 1024;

    /// <summary>More escapes than any name has. The reader begins a string anew for each.</summary>
    private const int MostEscapes = 1000;

    /// <summary>Twice what az writes. The reader needs hours for a file that does nothing but open brackets.</summary>
    private const int Deepest = 16;

    /// <param name="folder">What the variable says; null where it is not set.</param>
    public static string PathIn(string? folder) => Path.Combine(ToolFolder.Of(folder, ".azure"), "azureProfile.json");

    /// <summary>The subscriptions of everybody who is logged in. None if the file is not there, or is no such file.</summary>
    public static IReadOnlyList<AzureSubscription> Subscriptions()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        try
        {
            var file = new FileInfo(PathIn(folder is { Length: > 0 } ? folder : null));
            return file.Exists && file.Length is > 0 and <= Longest ? Read(file) : [];
        }
        catch (Exception)
        {
            // Locked, forbidden, cut off: there are many ways, and one that is none of ours to tell of.
            return [];
        }
    }

    private static AzureSubscription[] Read(FileInfo file)
    {
        using var content = new StreamReader(
            file.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete),
            Encoding.UTF8);

        // The one reader of JSON that all frameworks have, which makes XML of it. It takes no byte order mark, such as
        // az writes, and the text's reader has left that out.
        string text = content.ReadToEnd();
        if (HasTooManyEscapes(text))
            return [];

        using XmlDictionaryReader reader = JsonReaderWriterFactory.CreateJsonReader(
            Encoding.UTF8.GetBytes(text),
            new XmlDictionaryReaderQuotas { MaxDepth = Deepest });
        return
        [
            .. XElement.Load(reader).Elements("subscriptions").Elements("item")
                .Select(item => new AzureSubscription(
                    Text(item, "id"),
                    Text(item, "name"),
                    Text(item, "tenantId"),
                    Text(item, "tenantDisplayName"),
                    Text(item, "state"),
                    ClientIdOf(item.Element("user"))))
                .Where(subscription => subscription.Id.Length > 0),
        ];
    }

    /// <summary>Whether one of the strings has.</summary>
    private static bool HasTooManyEscapes(string json)
    {
        int escapes = 0;
        for (int i = 0; i < json.Length && escapes <= MostEscapes; i++)
        {
            if (json[i] == '"')
                escapes = 0;
            else if (json[i] == '\\')
                (escapes, i) = (escapes + 1, i + 1);
        }

        return escapes > MostEscapes;
    }

    /// <summary>An application has its id for a name, and a user-assigned identity has it beside that.</summary>
    private static string ClientIdOf(XElement? user)
    {
        const string Assigned = "MSIClient-";
        string identity = Text(user, "assignedIdentityInfo");
        return identity.StartsWith(Assigned, StringComparison.Ordinal) ? identity.Substring(Assigned.Length)
            : Guid.TryParse(Text(user, "name"), out Guid _) ? Text(user, "name")
            : string.Empty;
    }

    private static string Text(XElement? element, string name) => element?.Element(name)?.Value ?? string.Empty;
}

/// <summary>A subscription that az knows. What az does not tell is empty.</summary>
/// <param name="Id">Its id, or that of its tenant where the login has no subscription.</param>
/// <param name="Name">Its name.</param>
/// <param name="TenantId">The tenant that it trusts.</param>
/// <param name="TenantName">The tenant's name, which later versions write.</param>
/// <param name="State">Such as Enabled.</param>
/// <param name="ClientId">The application or managed identity that is logged in; empty for a person.</param>
internal sealed record AzureSubscription(
    string Id,
    string Name,
    string TenantId,
    string TenantName,
    string State,
    string ClientId);
