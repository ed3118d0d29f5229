using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace System.Management.Automation;

/// <summary>As much of PowerShell's conversions as the commands and their parameters need.</summary>
public static class LanguagePrimitives
{
    public static T ConvertTo<T>(object? valueToConvert) => (T)ConvertTo(valueToConvert, typeof(T))!;

    public static bool TryConvertTo<T>(object? valueToConvert, out T? result)
    {
        try
        {
            bool isThere = ConvertTo(valueToConvert, typeof(T)) is T;
            result = isThere ? ConvertTo<T>(valueToConvert) : default;
            return isThere;
        }
        catch (Exception exception) when (exception is PSInvalidCastException or FormatException or ArgumentException
            or TargetInvocationException)
        {
            result = default;
            return false;
        }
    }

    public static object? ConvertTo(object? value, Type type)
    {
        if (value is PSObject wrapped)
            value = wrapped.BaseObject;
        Type target = Nullable.GetUnderlyingType(type) ?? type;
        if (value is null || target.IsInstanceOfType(value))
            return value;
        if (target.IsArray)
            return ToArray(value, target.GetElementType()!);
        if (target == typeof(string))
            return Convert.ToString(value, CultureInfo.InvariantCulture);
        if (target == typeof(SwitchParameter) && value is bool isPresent)
            return new SwitchParameter(isPresent);
        if (target.IsEnum)
            return Enum.Parse(target, value.ToString(), ignoreCase: true);
        if (target == typeof(Uri) && value is string address)
            return new Uri(address, UriKind.RelativeOrAbsolute);
        if (value is string text && target.GetMethod("Parse", [typeof(string)]) is { IsStatic: true } parse)
            return parse.Invoke(null, [text]);

        TypeConverter converter = TypeDescriptor.GetConverter(target);
        return converter.CanConvertFrom(value.GetType())
            ? converter.ConvertFrom(null, CultureInfo.InvariantCulture, value)
            : throw new PSInvalidCastException($"{value.GetType()} is no {target}.");
    }

    private static Array ToArray(object value, Type element)
    {
        object[] items = value is string or not IEnumerable ? [value] : [.. ((IEnumerable)value).Cast<object>()];
        var array = Array.CreateInstance(element, items.Length);
        for (int index = 0; index < items.Length; index++)
            array.SetValue(ConvertTo(items[index], element), index);
        return array;
    }
}
