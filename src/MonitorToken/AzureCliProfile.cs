using System.Runtime.Serialization.Json;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace MonitorToken;

/// <summary>
/// Reads the Azure CLI's profile, which lists accounts and their subscriptions. It contains no secret.
/// </summary>
internal static class AzureCliProfile
{
    /// <summary>The environment variable that moves az's configuration folder.</summary>
    public const string FolderVariable = "AZURE_CONFIG_DIR";

    /// <summary>
    /// In bytes: about 500 subscriptions. Reading a larger file would delay the completion noticeably.
    /// </summary>
    private const int MaxFileSize = 256 * 1024;

    /// <summary>
    /// Per string; chosen, far above what names contain. The reader copies a string for each escape in it, so its
    /// time is quadratic in their number.
    /// </summary>
    private const int MaxEscapes = 1000;

    /// <summary>
    /// Twice the depth that az writes. A file of opening brackets alone would keep the reader busy for hours.
    /// </summary>
    private const int MaxDepth = 16;

    /// <param name="folder">The value of <see cref="FolderVariable"/>; null if it is not set.</param>
    public static string PathIn(string? folder) => Path.Combine(ToolFolder.Of(folder, ".azure"), "azureProfile.json");

    /// <summary>
    /// The subscriptions of all logged-in accounts; empty if the file does not exist or cannot be read.
    /// </summary>
    public static IReadOnlyList<AzureSubscription> Subscriptions()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        try
        {
            var file = new FileInfo(PathIn(folder is { Length: > 0 } ? folder : null));
            return file.Exists && file.Length is > 0 and <= MaxFileSize ? Read(file) : [];
        }
        catch (Exception)
        {
            // Only completers read this file. If anything is wrong with it, they just don't offer values.
            return [];
        }
    }

    private static AzureSubscription[] Read(FileInfo file)
    {
        using var content = new StreamReader(
            file.Open(FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete),
            Encoding.UTF8);

        // The only JSON reader that all target frameworks include; it presents JSON as XML. It rejects the byte order
        // mark that az writes, which StreamReader has removed.
        string text = content.ReadToEnd();
        if (HasTooManyEscapes(text))
            return [];

        using XmlDictionaryReader reader = JsonReaderWriterFactory.CreateJsonReader(
            Encoding.UTF8.GetBytes(text),
            new XmlDictionaryReaderQuotas { MaxDepth = MaxDepth });
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

    /// <summary>Whether a string in the text has more than <see cref="MaxEscapes"/> escapes.</summary>
    private static bool HasTooManyEscapes(string json)
    {
        int escapes = 0;
        for (int i = 0; i < json.Length && escapes <= MaxEscapes; i++)
        {
            if (json[i] == '"')
                escapes = 0;
            else if (json[i] == '\\')
                (escapes, i) = (escapes + 1, i + 1);
        }

        return escapes > MaxEscapes;
    }

    /// <summary>
    /// The client id: for a service principal its user name, for a user-assigned managed identity a separate field.
    /// </summary>
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

/// <summary>A subscription in az's profile. Values that the profile does not contain are empty.</summary>
/// <param name="Id">The subscription's id; that of the tenant if the account has no subscription.</param>
/// <param name="Name">The subscription's name.</param>
/// <param name="TenantId">The subscription's tenant.</param>
/// <param name="TenantName">The tenant's display name, which only newer versions of az write.</param>
/// <param name="State">The subscription's state, such as Enabled.</param>
/// <param name="ClientId">The service principal or managed identity that is logged in; empty for a user.</param>
internal sealed record AzureSubscription(
    string Id,
    string Name,
    string TenantId,
    string TenantName,
    string State,
    string ClientId);
