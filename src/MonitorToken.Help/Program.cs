using System.Reflection;
using System.Runtime.InteropServices;
using MonitorToken.Help;

if (args is not [string assemblyPath, string topicsFolder, string helpPath, string pagesFolder])
{
    Console.Error.WriteLine("Usage: MonitorToken.Help <assembly with cmdlets> <folder with about topics> "
        + "<help file to write> <folder to write pages to>");
    return 2;
}

assemblyPath = Path.GetFullPath(assemblyPath);
string[] folders =
[
    Path.GetDirectoryName(assemblyPath)!, AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory(),
];

// Reads the cmdlets' metadata without executing their code.
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

string[] topics = Directory.GetFiles(topicsFolder, "about_*.help.txt");
string[] pages = [.. cmdlets.Select(cmdlet => cmdlet.Name), .. topics.Select(TopicName)];
Directory.CreateDirectory(pagesFolder);
foreach (string page in Directory.GetFiles(pagesFolder, "*.md"))
    File.Delete(page);
foreach (Cmdlet cmdlet in cmdlets)
    WritePage(cmdlet.Name, CommandPage.Of(cmdlet, new Prose(cmdlet.Name, pages)));
foreach (string topic in topics)
    WritePage(TopicName(topic), TopicPage.Of(File.ReadAllText(topic), new Prose(TopicName(topic), pages)));
return 0;

string TopicName(string path) => Path.GetFileName(path).Replace(".help.txt", "", StringComparison.Ordinal);

void WritePage(string name, string text) =>
    File.WriteAllText(Path.Combine(pagesFolder, name + ".md"), text.ReplaceLineEndings("\n").TrimEnd() + "\n");
