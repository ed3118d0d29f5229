using System.Text.Json;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// The tables of a query of Log Analytics or Application Insights, returned as rows with a value for each column.
/// </summary>
/// <param name="body">The response.</param>
/// <param name="objects">Reads a response that isn't a table.</param>
/// <param name="host">Who sent it.</param>
/// <param name="warn">Receives the error of a query that returned only some of its rows.</param>
internal sealed class TableAnswer(ResponseBody body, JsonObjects objects, string host, Action<string> warn)
    : JsonAnswer(body, objects, host)
{
    private readonly List<string> _names = [];
    private readonly List<TableColumn> _columns = [];
    private readonly List<object?> _row = [];
    private readonly string _host = host;
    private Place _place;
    private bool _hasTables;

    private enum Place
    {
        Start,
        Members,
        Tables,
        Table,
        Rows,
    }

    protected override bool TryStep(ref Utf8JsonReader reader, List<object?> output)
    {
        if (!reader.Read())
            return false;

        switch (_place)
        {
            case Place.Start when reader.TokenType == JsonTokenType.StartObject:
                _place = Place.Members;
                return true;
            case Place.Members when reader.TokenType == JsonTokenType.EndObject:
                IsDone = _hasTables ? true : throw RequestErrors.NoTables(_host);
                return true;
            case Place.Members:
                return TryStepMember(ref reader);
            case Place.Tables when reader.TokenType == JsonTokenType.EndArray:
                _place = Place.Members;
                return true;
            case Place.Tables when reader.TokenType == JsonTokenType.StartObject:
                _place = Place.Table;
                return true;
            case Place.Table when reader.TokenType == JsonTokenType.EndObject:
                _place = Place.Tables;
                return true;
            case Place.Table:
                return TryStepTable(ref reader);
            case Place.Rows when reader.TokenType == JsonTokenType.EndArray:
                _place = Place.Table;
                return true;
            case Place.Rows when reader.TokenType == JsonTokenType.StartArray:
                return TryReadRow(ref reader, output);
            default:
                throw RequestErrors.NoTables(_host);
        }
    }

    private bool TryStepMember(ref Utf8JsonReader reader)
    {
        bool isTables = reader.ValueTextEquals("tables"u8);
        bool isError = reader.ValueTextEquals("error"u8);
        if (!reader.Read())
            return false;
        if (isTables && reader.TokenType == JsonTokenType.StartArray)
        {
            (_place, _hasTables) = (Place.Tables, true);
            return true;
        }

        if (!isError)
            return reader.TrySkip();
        if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? error))
            return false;
        using (error)
        {
            if (PartialError.Describe(error.RootElement) is { } warning)
                warn(warning);
        }

        return true;
    }

    private bool TryStepTable(ref Utf8JsonReader reader)
    {
        bool isColumns = reader.ValueTextEquals("columns"u8);
        bool isRows = reader.ValueTextEquals("rows"u8);
        if (!reader.Read())
            return false;
        if (isRows && reader.TokenType == JsonTokenType.StartArray)
        {
            _place = Place.Rows;
            return true;
        }

        if (!isColumns)
            return reader.TrySkip();
        if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? columns))
            return false;
        using (columns)
            SetColumns(columns.RootElement);
        return true;
    }

    private void SetColumns(JsonElement columns)
    {
        if (columns.ValueKind != JsonValueKind.Array)
            throw RequestErrors.NoTables(_host);

        _names.Clear();
        _columns.Clear();
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (JsonElement column in columns.EnumerateArray())
        {
            string name = Processes.EmbeddedJson.Text(column, "name") ?? string.Empty;
            _names.Add(JsonObjects.Unique(_names, 0, name, taken));
            _columns.Add(new TableColumn(Processes.EmbeddedJson.Text(column, "type")));
        }
    }

    private bool TryReadRow(ref Utf8JsonReader reader, List<object?> output)
    {
        _row.Clear();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                while (_row.Count < _columns.Count)
                    _row.Add(null);
                output.Add(Objects.Create(_names, _row));
                return true;
            }

            if (_row.Count == _columns.Count)
                throw new JsonException();
            if (!_columns[_row.Count].TryRead(ref reader, Objects, out object? value))
                return false;
            _row.Add(value);
        }

        return false;
    }
}
