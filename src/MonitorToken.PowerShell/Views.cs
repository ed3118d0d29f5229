using System.Globalization;
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
    /// <summary>The width of a column that has the rest of the line.</summary>
    private const int RestOfLine = 0;

    /// <summary>The runspaces that have the views. Does not keep them alive.</summary>
    private static readonly ConditionalWeakTable<Runspace, object> Registered = new();

    /// <summary>Adds the views to the current runspace. Does, and allocates, nothing from the second call on.</summary>
    public static void Register(PSCmdlet command)
    {
        if (Runspace.DefaultRunspace is { } runspace && !Registered.TryGetValue(runspace, out _))
            Add(runspace, command);
    }

    private static void Add(Runspace runspace, PSCmdlet command)
    {
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
                AccessToken(), MonitorResource(), Credential(), CredentialTest(), TokenClaims(), TokenCacheInfo(),
            ];

        /// <summary>
        /// The identity is above the table, because a GUID, a time and an audience do not fit into 80 columns. The
        /// audience comes last and has the rest of the line, since not even its trailing slash may be cut.
        /// </summary>
        private static ExtendedTypeDefinition AccessToken() => Of(
            typeof(AccessToken),
            TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false)
                .GroupByScriptBlock(
                    "if ($_.Identity) { \"$($_.Identity) ($($_.CredentialName))\" } else { $_.CredentialName }",
                    customControl: null,
                    label: "Identity")
                .AddHeader(Alignment.Undefined, 19, "Resource")
                .AddHeader(Alignment.Undefined, 19, "ExpiresOn (UTC)")
                .AddHeader(Alignment.Undefined, RestOfLine, "Audience")
                .StartRowDefinition(wrap: true, null, null)
                    .Script("if ($_.ResourceName) { $_.ResourceName } else { '(unnamed)' }")
                    .Script(Time("ExpiresOn", "yyyy-MM-dd HH:mm:ss"))
                    .Property("Resource")
                .EndRowDefinition()
                .EndTable(),
            ListControl.Create(outOfBand: false)
                .StartEntry(null, null)
                    .Properties("Resource", "ResourceName", "Scopes", "TokenType")
                    .Time("ExpiresOn")
                    .Properties("ExpiresIn")
                    .Time("RefreshOn")
                    .Time("NotBefore")
                    .Properties("TenantId", "Identity", "CredentialName", "UniqueTokenIdentifier")
                .EndEntry()
                .EndList());

        private static ExtendedTypeDefinition MonitorResource() => Of(
            typeof(MonitorResource),
            TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false)
                .GroupByProperty("Environment", customControl: null, label: null)
                .AddHeader(Alignment.Undefined, 19, "Name")
                .AddHeader(Alignment.Undefined, 19, "Aliases")
                .AddHeader(Alignment.Undefined, RestOfLine, "Audience")
                .StartRowDefinition(wrap: true, null, null)
                    .Property("Name")
                    .Script("$_.Aliases -join \",`n\"")
                    .Script("if ($_.Audience) { $_.Audience } else { '(none known)' }")
                .EndRowDefinition()
                .EndTable());

        private static ExtendedTypeDefinition Credential() => Of(
            typeof(Credential),
            TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false)
                .AddHeader(Alignment.Undefined, 18, "Name")
                .AddHeader(Alignment.Undefined, 18, "Environment")
                .AddHeader(Alignment.Undefined, RestOfLine, "ClientId")
                .StartRowDefinition(wrap: false, null, null)
                    .Property("Name")
                    .Property("Environment")
                    .Property("ClientId")
                .EndRowDefinition()
                .EndTable(),
            ListControl.Create(outOfBand: false)
                .StartEntry(null, null)
                    .Properties("Name", "TenantId", "ClientId", "AuthorityHost", "Environment")
                    .Time("CertificateExpiresOn")
                    .Time("TokenExpiresOn")
                .EndEntry()
                .EndList());

        private static ExtendedTypeDefinition CredentialTest() => Of(
            typeof(CredentialTest),
            TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false)
                .GroupByProperty("Resource", customControl: null, label: null)
                .AddHeader(Alignment.Undefined, 17, "CredentialName")
                .AddHeader(Alignment.Undefined, 12, "Status")
                .AddHeader(Alignment.Undefined, 7, "Time")
                .AddHeader(Alignment.Undefined, RestOfLine, "Identity or reason")
                .StartRowDefinition(wrap: true, null, null)
                    .Property("CredentialName")
                    .Property("Status")
                    // A status that was deserialized is a number that has the name as its string.
                    .Script(
                        "if (\"$($_.Status)\" -ne 'NotTried') "
                            + "{ [string]::Format([cultureinfo]::InvariantCulture, '{0:0.0} s', "
                            + "$_.Elapsed.TotalSeconds) }")
                    .Script(Wrapped("(@($_.Identity, $_.Reason) -ne $null) -join ': '", 79 - 17 - 12 - 7 - 3))
                .EndRowDefinition()
                .EndTable(),
            ListControl.Create(outOfBand: false)
                .StartEntry(null, null)
                    .Properties("CredentialName", "Resource", "Status", "Elapsed")
                    .Properties("Identity", "IdentityType", "TenantId")
                    .Time("ExpiresOn")
                    .Properties("StatusCode")
                    .Sentence("Reason")
                    .Sentence("RecommendedAction")
                .EndEntry()
                .EndList());

        private static ExtendedTypeDefinition TokenClaims() => Of(
            typeof(TokenClaims),
            ListControl.Create(outOfBand: false)
                .StartEntry(null, null)
                    .Properties("Audience", "Issuer", "TenantId", "Identity", "IdentityType", "ClientId", "ObjectId")
                    .Properties("Roles", "Scopes")
                    .Time("IssuedAt")
                    .Time("NotBefore")
                    .Time("ExpiresOn")
                    .Properties("IsSignatureChecked", "Claims")
                .EndEntry()
                .EndList());

        private static ExtendedTypeDefinition TokenCacheInfo() => Of(
            typeof(TokenCacheInfo),
            TableControl.Create(outOfBand: false, autoSize: false, hideTableHeaders: false)
                .AddHeader(Alignment.Undefined, 16, "Name")
                .AddHeader(Alignment.Undefined, 10, "Protection")
                .AddHeader(Alignment.Undefined, 19, "LastWritten (UTC)")
                .AddHeader(Alignment.Undefined, RestOfLine, "Accounts")
                .StartRowDefinition(wrap: true, null, null)
                    .Property("Name")
                    .Property("Protection")
                    .Script(Time("LastWrittenOn", "yyyy-MM-dd HH:mm:ss"))
                    .Script("$_.Accounts -join ', '")
                .EndRowDefinition()
                .EndTable());

        private static ExtendedTypeDefinition Of(Type type, params PSControl[] controls)
        {
            var views = new FormatViewDefinition[controls.Length];
            for (int i = 0; i < controls.Length; i++)
                views[i] = new FormatViewDefinition(type.FullName, controls[i]);
            return new ExtendedTypeDefinition(type.FullName, views);
        }
    }

    private static TableRowDefinitionBuilder Property(this TableRowDefinitionBuilder row, string name) =>
        row.AddPropertyColumn(name, Alignment.Undefined, format: null);

    private static TableRowDefinitionBuilder Script(this TableRowDefinitionBuilder row, string script) =>
        row.AddScriptBlockColumn(script, Alignment.Undefined, format: null);

    private static ListEntryBuilder Properties(this ListEntryBuilder entry, params string[] names)
    {
        foreach (string name in names)
            entry.AddItemProperty(name, label: null, format: null);
        return entry;
    }

    private static ListEntryBuilder Time(this ListEntryBuilder entry, string name) =>
        entry.AddItemScriptBlock(Time(name, "u"), name, format: null);

    /// <summary>The longest name in the list and what separates it from the text take 20 columns.</summary>
    private static ListEntryBuilder Sentence(this ListEntryBuilder entry, string name) =>
        entry.AddItemScriptBlock(Wrapped("$_." + name, 79 - 20), name, format: null);

    /// <summary>
    /// Formats a time in UTC, with the Gregorian year in every culture. Deserialized, it is an object with the
    /// properties of the original one, a DateTime or a string. Calls only what constrained language allows.
    /// </summary>
    private static string Time(string property, string format) =>
        "$time = $_." + property + """

        if ($time -is [string]) { $time = try { [datetime] $time } catch { $time } }
        elseif ($null -ne $time -and $time -isnot [datetime]) { $time = $time.UtcDateTime }
        if ($time -isnot [datetime]) { $time }
        else { [string]::Format([cultureinfo]::InvariantCulture, '{0:
        """ + format + "}', $time.ToUniversalTime()) }";

    /// <summary>
    /// Wraps a text between words. In these languages PowerShell itself does, at any width; in all others it breaks a
    /// line wherever it ends. The width there is that for 80 columns, because a view does not know the actual one, less
    /// the last column, which some consoles leave empty. A word that is longer has a line of its own.
    /// </summary>
    private static string Wrapped(string text, int width) =>
        "$text = " + text + """

        if ($text -and [cultureinfo]::CurrentCulture.TwoLetterISOLanguageName -notin 'en','fr','de','it','pt','es') {
            ($text -replace '(.{1,
        """ + width.ToString(CultureInfo.InvariantCulture) + """
        })(?:\s+|$)', "`$1`n").TrimEnd()
        }
        else { $text }
        """;
}
