using System.Text.Json;

namespace MonitorToken.Engine.Rest;

/// <summary>A response in JSON that is returned as a whole: one object, or the items of an array.</summary>
internal sealed class WholeAnswer(ResponseBody body, JsonObjects objects, string host, Action<string> warn)
    : JsonAnswer(body, objects, host)
{
    protected override bool MayBeEmpty => true;

    protected override bool TryStep(ref Utf8JsonReader reader, List<object?> output)
    {
        if (!IsAllThere)
            return false;

        Utf8JsonReader root = reader;
        if (!reader.Read() || !Objects.TryRead(ref reader, out object? value) || reader.Read())
            return false;

        if (value is object?[] items)
            output.AddRange(items);
        else if (value is not null)
            output.Add(value);
        if (PartialError.In(root) is { } warning)
            warn(warning);
        IsDone = true;
        return true;
    }
}
