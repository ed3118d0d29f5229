using System.Reflection;

namespace MonitorToken.Tests.Caching;

/// <summary>What an object holds, through its fields and those of its fields, closures included.</summary>
internal static class ObjectGraph
{
    public static IReadOnlyCollection<object> Of(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var left = new Stack<object>([root]);
        while (left.TryPop(out object? next))
        {
            // What is static or the runtime's own description of types is no part of the object.
            if (next is Type or Assembly or MemberInfo or Pointer || !seen.Add(next))
                continue;

            if (next is Array array)
            {
                foreach (object? item in array)
                    Push(item);
                continue;
            }

            for (Type? type = next.GetType(); type is not null; type = type.BaseType)
            {
                const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                    | BindingFlags.DeclaredOnly;
                foreach (FieldInfo field in type.GetFields(Own))
                {
                    if (!field.FieldType.IsPointer && !field.FieldType.IsByRefLike && !field.FieldType.IsPrimitive)
                        Push(field.GetValue(next));
                }
            }
        }

        return seen;

        void Push(object? value)
        {
            if (value is not null)
                left.Push(value);
        }
    }
}
