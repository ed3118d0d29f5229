using System.Text.Json;

namespace MonitorToken.Engine.Rest;

/// <summary>
/// One page of a list: the items of value (Resource Manager) or data (Resource Graph), and what the next page is
/// requested with. A response that isn't a list is returned unchanged.
/// </summary>
internal sealed class PagedAnswer(ResponseBody body, JsonObjects objects, string host) : JsonAnswer(body, objects, host)
{
    private readonly List<KeyValuePair<string, object?>> _members = [];
    private Place _place;
    private bool _isList;

    private enum Place
    {
        Start,
        Members,
        Items,
        ItemsOfRoot,
    }

    public override string? NextLink => Text("nextLink") ?? Text("@odata.nextLink");

    public override string? SkipToken => Text("$skipToken");

    protected override bool TryStep(ref Utf8JsonReader reader, List<object?> output)
    {
        if (!reader.Read())
            return false;

        switch (_place)
        {
            case Place.Start when reader.TokenType == JsonTokenType.StartObject:
                _place = Place.Members;
                return true;
            case Place.Start when reader.TokenType == JsonTokenType.StartArray:
                (_place, _isList) = (Place.ItemsOfRoot, true);
                return true;
            case Place.Members when reader.TokenType == JsonTokenType.EndObject:
                if (!_isList)
                    output.Add(Objects.Create(_members));
                IsDone = true;
                return true;
            case Place.Members:
                return TryStepMember(ref reader);
            case Place.Items when reader.TokenType == JsonTokenType.EndArray:
                _place = Place.Members;
                return true;
            case Place.ItemsOfRoot when reader.TokenType == JsonTokenType.EndArray:
                IsDone = true;
                return true;
            default:
                if (!Objects.TryRead(ref reader, out object? item))
                    return false;
                if (_place != Place.Start || item is not null)
                    output.Add(item);
                IsDone = _place == Place.Start;
                return true;
        }
    }

    private bool TryStepMember(ref Utf8JsonReader reader)
    {
        string name = JsonObjects.Text(ref reader);
        if (!reader.Read())
            return false;
        if (reader.TokenType == JsonTokenType.StartArray && !_isList && name is "value" or "data")
        {
            (_place, _isList) = (Place.Items, true);
            return true;
        }

        if (!Objects.TryRead(ref reader, out object? value))
            return false;
        _members.Add(new KeyValuePair<string, object?>(name, value));
        return true;
    }

    private string? Text(string name) =>
        _members.Where(member => member.Key == name).Select(member => member.Value).FirstOrDefault() as string
            is { Length: > 0 } text
            ? text
            : null;
}
