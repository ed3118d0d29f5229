using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Security;
using MonitorToken.Engine.Rest;

namespace MonitorToken.Commands;

/// <summary>
/// Converts the argument of -Body: text and bytes are sent as they are, a hashtable as a form if -ContentType says so,
/// and everything else as JSON. Unlike with ConvertTo-Json, an array of one remains an array, nothing is cut off at a
/// depth, and dates are the same in both editions.
/// </summary>
internal static class RequestBody
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>
    /// The depth at which an object is assumed to contain itself. Chosen: no API takes half of it.
    /// </summary>
    private const int MaxDepth = 64;

    /// <exception cref="TokenException">The value cannot be sent.</exception>
    public static RestBody From(object value, string? contentType) => Unwrap(value) switch
    {
        string text => RestBody.OfText(text, contentType),
        byte[] bytes => RestBody.OfBytes(bytes, contentType),
        Stream stream => RestBody.OfBytes(ReadAll(stream), contentType),
        IDictionary fields when contentType?.StartsWith(Form, StringComparison.OrdinalIgnoreCase) == true =>
            RestBody.OfForm(Fields(fields), contentType),
        _ => RestBody.OfValue(Plain(value, 0), contentType),
    };

    private static byte[] ReadAll(Stream stream)
    {
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static IEnumerable<KeyValuePair<string, string>> Fields(IDictionary fields)
    {
        foreach (DictionaryEntry field in fields)
            yield return new KeyValuePair<string, string>(Text(field.Key), Text(Unwrap(field.Value) ?? string.Empty));
    }

    /// <summary>Converts a value to what JSON has: text, numbers, lists and named values.</summary>
    private static object? Plain(object? value, int depth)
    {
        if (depth > MaxDepth)
            throw new TokenException(
                TokenError.InvalidOption,
                $"The object of -Body is nested more than {MaxDepth} levels deep, or contains itself.",
                "Send only what the service needs, such as with Select-Object, or specify the JSON as a string.");

        object? item = Unwrap(value);
        switch (item)
        {
            case null or string or bool:
                return item;
            case SecureString or PSCredential:
                throw new TokenException(
                    TokenError.InvalidOption,
                    $"The object of -Body contains a {item.GetType().Name}, whose secret isn't sent.",
                    "Leave it out, or convert it to plain text if you mean to send it to the service.");
            case Enum or char or Guid or Uri or Version:
                return item.ToString();
            case DateTime or DateTimeOffset:
                return ((IFormattable)item).ToString("o", CultureInfo.InvariantCulture);
            case TimeSpan time:
                return time.ToString("c", CultureInfo.InvariantCulture);
            case IFormattable when item.GetType().IsPrimitive || item is decimal or BigInteger:
                return item;
            case IDictionary dictionary:
                return Members(dictionary, depth);
            case IEnumerable items:
                return items.Cast<object?>().Select(one => Plain(one, depth + 1)).ToArray();
            default:
                return Members(PSObject.AsPSObject(value!), depth);
        }
    }

    private static List<KeyValuePair<string, object?>> Members(IDictionary dictionary, int depth)
    {
        var members = new List<KeyValuePair<string, object?>>();
        foreach (DictionaryEntry entry in dictionary)
            members.Add(new KeyValuePair<string, object?>(Text(entry.Key), Plain(entry.Value, depth + 1)));
        return members;
    }

    private static List<KeyValuePair<string, object?>> Members(PSObject item, int depth)
    {
        var members = new List<KeyValuePair<string, object?>>();
        foreach (PSPropertyInfo property in item.Properties)
            members.Add(new KeyValuePair<string, object?>(property.Name, Plain(ValueOf(property), depth + 1)));
        return members;
    }

    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            // As ConvertTo-Json does.
            return null;
        }
    }

    private static string Text(object value) => LanguagePrimitives.ConvertTo<string>(value);

    private static object? Unwrap(object? value) =>
        value is PSObject { BaseObject: { } inner } && inner is not PSCustomObject ? inner : value;
}
