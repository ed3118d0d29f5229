using System.Globalization;
using System.Text.Json;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// A column of a table: converts the values of its Kusto type to those of .NET. A value that is not as its type says
/// remains what it is in the JSON.
/// </summary>
/// <param name="type">The type, as the services name it.</param>
internal sealed class TableColumn(string? type)
{
    private readonly Kind _kind = type switch
    {
        "datetime" or "date" => Kind.DateTime,
        "long" => Kind.Long,
        "int" => Kind.Int,
        "real" or "double" => Kind.Real,
        "decimal" => Kind.Decimal,
        "bool" or "boolean" => Kind.Bool,
        "guid" or "uuid" or "uniqueid" => Kind.Guid,
        "timespan" or "time" => Kind.TimeSpan,
        "dynamic" => Kind.Dynamic,
        _ => Kind.String,
    };

    private enum Kind
    {
        String,
        DateTime,
        Long,
        Int,
        Real,
        Decimal,
        Bool,
        Guid,
        TimeSpan,
        Dynamic,
    }

    /// <summary>Reads the value whose first token the reader is at.</summary>
    /// <returns>Whether the whole value was there.</returns>
    public bool TryRead(ref Utf8JsonReader reader, JsonObjects objects, out object? value)
    {
        value = reader.TokenType switch
        {
            JsonTokenType.String => FromText(ref reader, objects),
            JsonTokenType.Number => FromNumber(ref reader),
            _ => null,
        };
        return value is not null || objects.TryRead(ref reader, out value);
    }

    private object? FromText(ref Utf8JsonReader reader, JsonObjects objects) => _kind switch
    {
        Kind.DateTime => reader.TryGetDateTime(out DateTime time) ? Utc(time) : null,
        Kind.Guid => reader.TryGetGuid(out Guid id) ? id : null,
        Kind.Dynamic => objects.Parse(ref reader),
        Kind.TimeSpan => TimeSpan.TryParse(
            JsonObjects.Text(ref reader), CultureInfo.InvariantCulture, out TimeSpan time) ? time : null,
        // JSON has neither all the digits of these nor NaN and the infinities.
        Kind.Long => long.TryParse(
            JsonObjects.Text(ref reader), NumberStyles.Integer, CultureInfo.InvariantCulture, out long number)
            ? number
            : null,
        Kind.Decimal => decimal.TryParse(
            JsonObjects.Text(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number)
            ? number
            : null,
        Kind.Real => Real(JsonObjects.Text(ref reader)),
        _ => null,
    };

    private object? FromNumber(ref Utf8JsonReader reader) => _kind switch
    {
        Kind.Int => reader.TryGetInt32(out int number) ? number : null,
        Kind.Real => reader.TryGetDouble(out double number) ? number : null,
        Kind.Decimal => reader.TryGetDecimal(out decimal number) ? number : null,
        Kind.Bool => reader.TryGetInt32(out int number) ? number != 0 : null,
        _ => null,
    };

    private static object? Real(string text) => text switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : null,
    };

    private static DateTime Utc(DateTime time) =>
        time.Kind == DateTimeKind.Unspecified ? DateTime.SpecifyKind(time, DateTimeKind.Utc) : time.ToUniversalTime();
}
