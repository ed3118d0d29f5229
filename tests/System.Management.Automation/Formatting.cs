namespace System.Management.Automation
{
    // Nothing is displayed here: these only let the commands' assembly be loaded.
    public enum Alignment
    {
        Undefined = 0,
    }

    public abstract class PSControl;

    public sealed class CustomControl : PSControl;

    public sealed class DisplayEntry;

    public sealed class TableControl : PSControl
    {
        public static TableControlBuilder Create(bool outOfBand, bool autoSize, bool hideTableHeaders) => new();
    }

    public sealed class TableControlBuilder
    {
        public TableControlBuilder GroupByProperty(string property, CustomControl customControl, string label) => this;

        public TableControlBuilder GroupByScriptBlock(string scriptBlock, CustomControl customControl, string label) =>
            this;

        public TableControlBuilder AddHeader(Alignment alignment, int width, string label) => this;

        public TableRowDefinitionBuilder StartRowDefinition(
            bool wrap, IEnumerable<string> entrySelectedByType, IEnumerable<DisplayEntry> entrySelectedByCondition) =>
            new();

        public TableControl EndTable() => new();
    }

    public sealed class TableRowDefinitionBuilder
    {
        public TableRowDefinitionBuilder AddPropertyColumn(string propertyName, Alignment alignment, string format) =>
            this;

        public TableRowDefinitionBuilder AddScriptBlockColumn(
            string scriptBlock, Alignment alignment, string format) => this;

        public TableControlBuilder EndRowDefinition() => new();
    }

    public sealed class ListControl : PSControl
    {
        public static ListControlBuilder Create(bool outOfBand) => new();
    }

    public class ListControlBuilder
    {
        public ListEntryBuilder StartEntry(
            IEnumerable<string> entrySelectedByType, IEnumerable<DisplayEntry> entrySelectedByCondition) => new();

        public ListControl EndList() => new();
    }

    public class ListEntryBuilder
    {
        public ListEntryBuilder AddItemProperty(string property, string label, string format) => this;

        public ListEntryBuilder AddItemScriptBlock(string scriptBlock, string label, string format) => this;

        public ListControlBuilder EndEntry() => new();
    }

    public sealed class FormatViewDefinition(string name, PSControl control)
    {
        public string Name { get; } = name;

        public PSControl Control { get; } = control;
    }

    public sealed class ExtendedTypeDefinition(string typeName, IEnumerable<FormatViewDefinition> viewDefinitions)
    {
        public string TypeName { get; } = typeName;

        public List<FormatViewDefinition> FormatViewDefinition { get; } = [.. viewDefinitions];
    }
}

namespace System.Management.Automation.Runspaces
{
    public class InitialSessionState
    {
        public bool DisableFormatUpdates { get; set; }

        public InitialSessionStateEntryCollection<SessionStateFormatEntry> Formats { get; } = [];
    }

    public abstract class InitialSessionStateEntry;

    public sealed class InitialSessionStateEntryCollection<T> : List<T>
        where T : InitialSessionStateEntry;

    public sealed class FormatTable;

    public sealed class SessionStateFormatEntry(ExtendedTypeDefinition typeDefinition) : InitialSessionStateEntry
    {
        public FormatTable? Formattable => null;

        public ExtendedTypeDefinition FormatData { get; } = typeDefinition;
    }
}
