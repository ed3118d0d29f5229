using System.Reflection;
using System.Runtime.InteropServices;
using MonitorToken.Help;

if (args is not [string assemblyPath, string helpPath])
{
    Console.Error.WriteLine("Usage: MonitorToken.Help <assembly with cmdlets> <help file to write>");
    return 2;
}

assemblyPath = Path.GetFullPath(assemblyPath);
string[] folders =
[
    Path.GetDirectoryName(assemblyPath)!, AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory(),
];

// Reads the commands' metadata without ever running their code.
using var context = new MetadataLoadContext(
    new PathAssemblyResolver(folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll"))));
var comments = new XmlComments();
Cmdlet[] cmdlets =
[
    .. context.LoadFromAssemblyPath(assemblyPath).GetExportedTypes()
        .Where(Cmdlet.IsCmdlet)
        .Select(type => new Cmdlet(type, comments))
        .OrderBy(cmdlet => cmdlet.Name, StringComparer.Ordinal),
];

string[] missing =
[
    .. cmdlets.SelectMany(cmdlet => cmdlet.Comments)
        .Where(comment => comment.Summary.Count == 0)
        .Select(comment => comment.Member)
        .Distinct(),
];
foreach (string member in missing)
    Console.Error.WriteLine(
        $"{assemblyPath} : error HELP001: {member} has no <summary>, which would be its help text.");
if (missing.Length > 0)
    return 1;

Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(helpPath))!);
Maml.Document(cmdlets, comments).Save(helpPath);
return 0;
