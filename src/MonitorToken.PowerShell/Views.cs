using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace MonitorToken.Commands;

/// <summary>
/// How the commands' objects are displayed. The first command that runs in a runspace adds the views to it. The
/// manifest cannot name them: a .ps1xml is a script for PowerShell, so where the execution policy is Restricted or
/// AllSigned the whole module would not be imported, and everywhere else its import would take twice as long.
/// </summary>
/// <remarks>
/// PowerShell displays an object that was deserialized, as by Import-Clixml or Receive-Job, with the views of the
/// original type. If no command of the module has run in the session yet, it is displayed property by property.
/// </remarks>
internal static class Views
{
    /// <summary>The runspaces that have the views. Does not keep them alive.</summary>
    private static readonly ConditionalWeakTable<Runspace, object> Registered = new();

    /// <summary>Adds the views to the current runspace. Does, and allocates, nothing from the second call on.</summary>
    public static void Register(PSCmdlet command)
    {
        Runspace? runspace = Runspace.DefaultRunspace;
        if (runspace is null || Registered.TryGetValue(runspace, out _))
            return;

        var errors = new SessionErrors(command);
        try
        {
            Registered.Add(runspace, Registered);
            FormatDatabase.Add(runspace, Definitions.All);
        }
        catch (Exception)
        {
            // Without views, the objects are displayed property by property: that is no reason to give no token.
        }
        finally
        {
            errors.Restore();
        }
    }

    /// <summary>
    /// The views. Apart, because they are created with the first command and not at import. Columns have fixed widths,
    /// as each row of a table that PowerShell lays out by its content is displayed only after the last one has come.
    /// </summary>
    private static class Definitions
    {
        public static readonly ExtendedTypeDefinition[] All =
        [
            Of<AccessToken>(Tokens(), TokenList()),
            Of<MonitorResource>(Resources()),
            Of<Credential>(Credentials(), CredentialList()),
            Of<CredentialTest>(Tests(), TestList()),
            Of<TokenClaims>(ClaimList()),
        ];

        /// <summary>
        /// The identity is above the table, because a GUID, a time and an audience do not fit into 80 columns. The
        /// audience comes last and has the rest of the line, since not even its trailing slash may be cut.
        /// </summary>
        private static TableControl Tokens() => Table(
            wrap: true,
            new Column("Resource", 19, "if ($_.ResourceName) { $_.ResourceName } else { '(unnamed)' }"),
            new Column("ExpiresOn (UTC)", 19, Time("ExpiresOn", "yyyy-MM-dd HH:mm:ss")),
            new Column("Audience", 0, "$_.Resource"))
            .GroupByScriptBlock(
                "if ($_.Identity) { \"$($_.Identity) ($($_.CredentialName))\" } else { $_.CredentialName }",
                customControl: null,
                label: "Identity")
            .EndTable();

        private static ListControl TokenList() => List(
            Property("Resource"),
            Property("ResourceName"),
            Property("Scopes"),
            Property("TokenType"),
            Time("ExpiresOn"),
            Property("ExpiresIn"),
            Time("RefreshOn"),
            Time("NotBefore"),
            Property("TenantId"),
            Property("Identity"),
            Property("CredentialName"));

        private static TableControl Resources() => Table(
            wrap: false,
            new Column("Name", 20, "$_.Name"),
            new Column("Aliases", 16, "$_.Aliases -join ', '"),
            new Column("Audience", 0, "if ($_.Audience) { $_.Audience } else { '(none known)' }"))
            .GroupByProperty("Environment", customControl: null, label: null)
            .EndTable();

        private static TableControl Credentials() => Table(
            wrap: false,
            new Column("Name", 18, "$_.Name"),
            new Column("Environment", 18, "$_.Environment"),
            new Column("ClientId", 0, "$_.ClientId"))
            .EndTable();

        private static ListControl CredentialList() => List(
            Property("Name"),
            Property("TenantId"),
            Property("ClientId"),
            Property("AuthorityHost"),
            Property("Environment"),
            Time("CertificateExpiresOn"),
            Time("TokenExpiresOn"));

        private static TableControl Tests() => Table(
            wrap: true,
            new Column("CredentialName", 17, "$_.CredentialName"),
            new Column("Status", 12, "$_.Status"),
            // A status that was deserialized is a number that has the name as its string.
            new Column(
                "Time",
                7,
                "if (\"$($_.Status)\" -ne 'NotTried') { "
                    + "[string]::Format([cultureinfo]::InvariantCulture, '{0:0.0} s', $_.Elapsed.TotalSeconds) }"),
            new Column(
                "Identity or reason",
                0,
                Wrapped("(@($_.Identity, $_.Reason) -ne $null) -join ': '", width: 80 - 1 - 17 - 12 - 7 - 3)))
            .EndTable();

        private static ListControl TestList() => List(
            Property("CredentialName"),
            Property("Status"),
            Property("Elapsed"),
            Property("Identity"),
            Property("IdentityType"),
            Property("TenantId"),
            Time("ExpiresOn"),
            Property("StatusCode"),
            Sentence("Reason"),
            Sentence("RecommendedAction"));

        private static ListControl ClaimList() => List(
            Property("Audience"),
            Property("Issuer"),
            Property("TenantId"),
            Property("Identity"),
            Property("IdentityType"),
            Property("ClientId"),
            Property("ObjectId"),
            Property("Roles"),
            Property("Scopes"),
            Time("IssuedAt"),
            Time("NotBefore"),
            Time("ExpiresOn"),
            Property("IsSignatureChecked"),
            Property("Claims"));

        private static ExtendedTypeDefinition Of<T>(params PSControl[] controls)
        {
            string type = typeof(T).FullName!;
            return new ExtendedTypeDefinition(type, controls.Select(control => new FormatViewDefinition(type, control)));
        }

        private static TableControlBuilder Table(bool wrap, params Column[] columns)
        {
            TableControlBuilder table = TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false);
            foreach (Column column in columns)
                table.AddHeader(Alignment.Undefined, column.Width, column.Label);
            TableRowDefinitionBuilder row = table.StartRowDefinition(wrap, null, null);
            foreach (Column column in columns)
                row.AddScriptBlockColumn(column.Script, Alignment.Undefined, format: null);
            return row.EndRowDefinition();
        }

        private static ListControl List(params (string Label, string Script)[] items)
        {
            ListEntryBuilder entry = ListControl.Create(outOfBand: false).StartEntry(null, null);
            foreach ((string label, string script) in items)
                entry.AddItemScriptBlock(script, label, format: null);
            return entry.EndEntry().EndList();
        }

        private static (string Label, string Script) Property(string name) => (name, "$_." + name);

        private static (string Label, string Script) Time(string name) => (name, Time(name, "u"));

        /// <summary>The longest name in the list and what separates it from the text take 20 columns.</summary>
        private static (string Label, string Script) Sentence(string name) =>
            (name, Wrapped("$_." + name, width: 80 - 1 - 20));

        /// <summary>
        /// Formats a time in UTC, with the Gregorian year in every culture. Deserialized, it is an object with the
        /// properties of the original one, a DateTime or a string. Calls only what constrained language allows.
        /// </summary>
        private static string Time(string property, string format) =>
            $$"""
            $time = $_.{{property}}
            if ($null -ne $time -and $time -isnot [datetime] -and $time -isnot [string]) { $time = $time.UtcDateTime }
            $utc = $time -as [datetime]
            if ($utc) { [string]::Format([cultureinfo]::InvariantCulture, '{0:{{format}}}', $utc.ToUniversalTime()) }
            else { $time }
            """;

        /// <summary>
        /// Wraps a text between words. In these languages PowerShell itself does, at any width; in all others it breaks
        /// a line wherever it ends. The width there is that for 80 columns, because a view does not know the actual one.
        /// A word that is longer has a line of its own.
        /// </summary>
        private static string Wrapped(string text, int width) =>
            $$"""
            $text = {{text}}
            if ($text -and [cultureinfo]::CurrentCulture.TwoLetterISOLanguageName -notin 'en','fr','de','it','pt','es') {
                ($text -replace '(.{1,{{width}}})(?:\s+|$)', "`$1`n").TrimEnd()
            }
            else { $text }
            """;

        /// <param name="Label">The heading.</param>
        /// <param name="Width">The width; 0 for the rest of the line.</param>
        /// <param name="Script">Returns the text of an object.</param>
        private sealed record Column(string Label, int Width, string Script);
    }
}
