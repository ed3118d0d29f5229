using System.Reflection;
using System.Xml.Linq;

namespace MonitorToken.Help;

/// <summary>Reads the XML documentation files beside the assemblies.</summary>
internal sealed class XmlComments
{
    private readonly Dictionary<string, Dictionary<string, XElement>> _files = [];

    public Comment Of(Type type) => Find(type, "T:" + IdOf(type));

    public Comment Of(PropertyInfo property) =>
        Find(property.DeclaringType!, "P:" + IdOf(property.DeclaringType!) + "." + property.Name);

    public Comment Of(FieldInfo field) =>
        Find(field.DeclaringType!, "F:" + IdOf(field.DeclaringType!) + "." + field.Name);

    private static string IdOf(Type type) => type.FullName!.Replace('+', '.');

    private Comment Find(Type type, string id)
    {
        string path = Path.ChangeExtension(type.Assembly.Location, ".xml");
        if (!_files.TryGetValue(path, out Dictionary<string, XElement>? members))
            _files[path] = members = Read(path);

        return new Comment(id, members.GetValueOrDefault(id));
    }

    private static Dictionary<string, XElement> Read(string path) =>
        File.Exists(path)
            ? XDocument.Load(path, LoadOptions.PreserveWhitespace).Descendants("member")
                .ToDictionary(member => member.Attribute("name")!.Value)
            : [];
}
