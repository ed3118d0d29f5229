using MonitorToken.Engine.Credentials;
using MonitorToken.Proofs.Leaks;

namespace MonitorToken.Proofs.Faults;

/// <summary>One row, tried: the call that fails as promised, and the one after it.</summary>
internal sealed class RowRun(FaultRow row, World world, CancellationToken guard)
{
    private readonly List<string> _wrong = [];
    private readonly List<string> _failures = [];

    /// <summary>All that was told while it ran, and all that the failures hold.</summary>
    public IEnumerable<string> Left => Told().Concat(_failures);

    /// <summary>What was not as promised; null if all was.</summary>
    public async Task<string?> FailureAsync()
    {
        CredentialOptions options = row.Options(world);
        row.Break(world);
        options = options with
        {
            Authority = world.Authority,
            DisableInstanceDiscovery = world.Authority.Environment is null,
        };
        TokenRequest request = TokenRequest.ForResource(world.Resource, environment: null);
        await ExpectAsync(
            "the call", options, request with { Timeout = row.Timeout }, row.Error, row.Says);
        if (row.Error is null && row.Warns == world.Caller.Warnings.IsEmpty)
            _wrong.Add(row.Warns ? "there was no warning" : $"there was a warning: {world.Caller.Warnings.First()}");

        world.Mend();
        options = options with
        {
            Authority = world.Authority,
            DisableInstanceDiscovery = world.Authority.Environment is null,
        };
        if (row.StaysBroken)
        {
            await ExpectAsync("the next call", options, request with { Timeout = row.Timeout }, row.Error, row.Says);
        }
        else if (row.IsHeeded)
        {
            int sent = world.Sent;
            await ExpectAsync("the next call", options, request, TokenError.Throttled, says: null);
            if (world.Sent != sent)
                _wrong.Add("the next call was sent, though the service has asked to wait");
            await ExpectAsync("the forced call", options, request with { ForceRefresh = true }, null, null);
        }
        else
        {
            await ExpectAsync("the next call", options, request, null, null);
        }

        _wrong.AddRange(Said.Secrets(world, Told()));
        return _wrong.Count == 0 ? null : $"{row.Name}\n{string.Join("\n", _wrong)}";
    }

    private async Task ExpectAsync(
        string call, CredentialOptions options, TokenRequest request, TokenError? promised, string? says)
    {
        try
        {
            AccessToken token = await Task.Run(
                () => CredentialCatalog.Create(options).GetTokenAsync(request, world.Caller, guard), guard)
                .WaitAsync(guard);
            world.Keep(token.GetPlainText());
            if (promised is not null)
                _wrong.Add($"{call} gave a token, valid until {token.ExpiresOn:u}, and not {promised}");
            else if (token.IsExpired)
                _wrong.Add($"{call} gave a token that has expired");
        }
        catch (TokenException exception)
        {
            _failures.Add(ExceptionTree.Of(exception));
            if (exception.Error != promised)
                _wrong.Add(
                    $"{call} ended in {exception.Error} and not in {promised?.ToString() ?? "a token"}: {exception}");
            else if (says is not null && !exception.Message.Contains(says, StringComparison.OrdinalIgnoreCase))
                _wrong.Add($"{call} does not say '{says}': {exception.Message}");
            _wrong.AddRange(Said.Badly(exception));
            _wrong.AddRange(Said.Secrets(world, [exception.ToString(), exception.RecommendedAction]));
        }
        catch (OperationCanceledException) when (guard.IsCancellationRequested)
        {
            _wrong.Add($"{call} has hung");
        }
    }

    private IEnumerable<string> Told() =>
        world.Caller.Verboses.Concat(world.Caller.Debugs).Concat(world.Caller.Warnings).Concat(world.Caller.Shown);
}
