using System.CommandLine;
using MonitorToken.EntraEmulator;

var root = new RootCommand(
    "A Microsoft Entra, a metadata service and an Azure Monitor on loopback, for tests without Azure.")
{
    Serve.Verb(),
    Exec.Verb(),
    Ca.Verb(),
    Setup.Verb(),
    Quickstart.Verb(),
    Quickstart.LibraryVerb(),
};

// What follows exec is the command's business: an argument that begins with @ is no response file of ours. And the
// verbs that run until Ctrl+C end by themselves then.
return await root
    .Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null })
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
