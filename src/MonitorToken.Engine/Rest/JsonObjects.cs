using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// Reads JSON values into objects. Nothing of a value is lost or changed: dates remain text, and a number that a long or
/// double cannot hold becomes a BigInteger or decimal. Names are shared, because those of the items of a list repeat.
/// Not thread-safe.
/// </summary>
internal sealed class JsonObjects(IObjectFactory factory)
{
    /// <summary>The options for responses; the depth is the default of ConvertFrom-Json.</summary>
    public static readonly JsonReaderOptions Options = new() { MaxDepth = 1024 };

    /// <summary>The longest name that is remembered, in bytes. Chosen, as is the number of names.</summary>
    private const int MaxNameLength = 64;

    /// <summary>From so many members on, a set finds equal names. Chosen.</summary>
    private const int FewMembers = 16;

    private readonly (byte[] Utf8, string Text)[] _known = new (byte[], string)[256];

    // Used as stacks: an object's members are above those of the object that it is in.
    private readonly List<string> _names = [];
    private readonly List<object?> _values = [];

    /// <summary>Reads the value whose first token the reader is at.</summary>
    /// <returns>Whether the whole value was there. If not, it has to be read again with more data.</returns>
    public bool TryRead(ref Utf8JsonReader reader, out object? value)
    {
        int depth = _names.Count;
        bool isWhole = TryReadInner(ref reader, out value);
        if (!isWhole)
            Truncate(depth);
        return isWhole;
    }

    /// <summary>Creates an object of names and values. Those of the names that are taken get a number.</summary>
    public object Create(IEnumerable<KeyValuePair<string, object?>> members)
    {
        int start = _names.Count;
        foreach (KeyValuePair<string, object?> member in members)
        {
            _names.Add(Unique(_names, start, member.Key, null));
            _values.Add(member.Value);
        }

        return Pop(start);
    }

    /// <summary>Creates an object of the names of a table's columns and the values of a row.</summary>
    public object Create(List<string> columns, List<object?> row) => factory.Create(columns, row, 0);

    /// <summary>
    /// Returns the name, or one with a number if it is taken, as Kusto names columns. PowerShell's names ignore case,
    /// and none is empty.
    /// </summary>
    public static string Unique(List<string> names, int start, string name, HashSet<string>? set)
    {
        if (name.Length == 0)
            name = "_";
        string unique = name;
        for (int number = 1; IsTaken(unique); number++)
            unique = name + number.ToString(CultureInfo.InvariantCulture);
        set?.Add(unique);
        return unique;

        bool IsTaken(string candidate)
        {
            if (set is not null)
                return set.Contains(candidate);
            for (int i = start; i < names.Count; i++)
            {
                if (string.Equals(names[i], candidate, StringComparison.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }
    }

    /// <summary>
    /// The text that the reader is at. A half of a surrogate pair, which is left where a service has cut a text off, is
    /// replaced, as it cannot be in UTF-8.
    /// </summary>
    public static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(Utf8(reader.ValueSpan));
        }
    }

    /// <summary>Reads a text as JSON; returns the text if that fails, such as a string in a dynamic column.</summary>
    public object? Parse(ref Utf8JsonReader reader)
    {
        int depth = _names.Count;
        byte[] json = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            var inner = new Utf8JsonReader(json.AsSpan(0, reader.CopyString(json)), Options);
            if (inner.Read() && TryRead(ref inner, out object? value) && !inner.Read())
                return value;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or text with half of a surrogate pair.
            Truncate(depth);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(json);
        }

        return Text(ref reader);
    }

    private bool TryReadInner(ref Utf8JsonReader reader, out object? value)
    {
        value = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return TryReadObject(ref reader, out value);
            case JsonTokenType.StartArray:
                return TryReadArray(ref reader, out value);
            case JsonTokenType.String:
                value = Text(ref reader);
                break;
            case JsonTokenType.Number:
                value = Number(ref reader);
                break;
            case JsonTokenType.True:
                value = Boxed.True;
                break;
            case JsonTokenType.False:
                value = Boxed.False;
                break;
        }

        return true;
    }

    private bool TryReadObject(ref Utf8JsonReader reader, out object? value)
    {
        value = null;
        int start = _names.Count;
        HashSet<string>? set = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                value = Pop(start);
                return true;
            }

            if (_names.Count - start == FewMembers)
                set = new HashSet<string>(_names.Skip(start), StringComparer.OrdinalIgnoreCase);
            int index = _names.Count;
            _names.Add(Unique(_names, start, Name(ref reader), set));
            _values.Add(null);
            if (!reader.Read() || !TryReadInner(ref reader, out object? member))
                return false;
            _values[index] = member;
        }

        return false;
    }

    private bool TryReadArray(ref Utf8JsonReader reader, out object? value)
    {
        value = null;
        var items = new List<object?>();
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                value = items.ToArray();
                return true;
            }

            if (!TryReadInner(ref reader, out object? item))
                return false;
            items.Add(item);
        }

        return false;
    }

    private object Pop(int start)
    {
        object created = factory.Create(_names, _values, start);
        Truncate(start);
        return created;
    }

    private void Truncate(int count)
    {
        _names.RemoveRange(count, _names.Count - count);
        _values.RemoveRange(count, _values.Count - count);
    }

    private string Name(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> name = reader.ValueSpan;
        if (name.Length is 0 or > MaxNameLength || reader.ValueIsEscaped)
            return Text(ref reader);

        int slot = (name.Length + (31 * name[0]) + (7 * name[name.Length / 2]) + (13 * name[name.Length - 1]))
            % _known.Length;
        if (_known[slot].Utf8 is { } utf8 && name.SequenceEqual(utf8))
            return _known[slot].Text;

        string text = Text(ref reader);
        _known[slot] = (name.ToArray(), text);
        return text;
    }

    private static object Number(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out long whole))
            return whole;

        string text = Utf8(reader.ValueSpan);
        if (text.IndexOfAny(['.', 'e', 'E']) < 0)
            return BigInteger.Parse(text, CultureInfo.InvariantCulture);
        bool isDouble = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && !double.IsInfinity(number);
        // A double holds 15 digits of any number.
        if (isDouble && text.Length <= 16)
            return number;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact)
            && !IsSame(number, exact))
            return exact;
        return isDouble ? number : text;
    }

    private static bool IsSame(double number, decimal exact) =>
        Math.Abs(number) < 7e28
        && decimal.TryParse(
            number.ToString("R", CultureInfo.InvariantCulture),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out decimal same)
        && same == exact;

    private static string Unescape(string json)
    {
        var text = new StringBuilder(json.Length);
        for (int i = 0; i < json.Length; i++)
        {
            if (json[i] != '\\' || i + 1 == json.Length)
            {
                text.Append(json[i]);
                continue;
            }

            char escaped = json[++i];
            if (escaped == 'u')
            {
                // The reader has checked that they are there.
                text.Append((char)Convert.ToUInt16(json.Substring(i + 1, 4), 16));
                i += 4;
            }
            else
            {
                text.Append(escaped switch
                {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\b',
                    'f' => '\f',
                    _ => escaped,
                });
            }
        }

        // Replaces what is left of a pair.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Utf8(ReadOnlySpan<byte> text) =>
#if NET
        Encoding.UTF8.GetString(text);
#else
        Encoding.UTF8.GetString(text.ToArray());
#endif

    private static class Boxed
    {
        public static readonly object True = true;
        public static readonly object False = false;
    }
}
