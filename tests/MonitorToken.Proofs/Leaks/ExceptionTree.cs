using System.Collections;
using System.Reflection;
using System.Text;

namespace MonitorToken.Proofs.Leaks;

/// <summary>All that an exception holds, as a debugger or a logging framework would find it.</summary>
internal static class ExceptionTree
{
    private const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private const int Deepest = 6;

    public static string Of(Exception exception)
    {
        var text = new StringBuilder();
        Append(text, exception, Deepest, new HashSet<object>(ReferenceEqualityComparer.Instance));
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value, int depth, HashSet<object> seen)
    {
        if (value is null || depth == 0 || value is Type or Assembly or MemberInfo || !seen.Add(value))
            return;

        text.AppendLine(value.ToString());
        switch (value)
        {
            case string or ValueType:
                return;
            case IDictionary table:
                foreach (DictionaryEntry entry in table)
                {
                    Append(text, entry.Key, depth - 1, seen);
                    Append(text, entry.Value, depth - 1, seen);
                }

                return;
            case IEnumerable list:
                foreach (object? item in list)
                    Append(text, item, depth - 1, seen);
                return;
        }

        for (Type? type = value.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(Everything | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsPointer)
                    Append(text, field.GetValue(value), depth - 1, seen);
            }
        }
    }
}
