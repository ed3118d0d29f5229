using System.Collections.Concurrent;
using System.Text;
using MonitorToken.Engine;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;
using MonitorToken.Proofs.Leaks;
using Xunit;

namespace MonitorToken.Proofs.Faults;

/// <summary>
/// Runs the rows: side by side where they share nothing, for most of their time is spent waiting. The first that is
/// asked for starts them all.
/// </summary>
public sealed class Campaign : IAsyncLifetime
{
    /// <summary>No row takes nearly as long; this one is for a call that hangs.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private const int SideBySide = 32;

    private readonly Emulator _emulator;
    private readonly StandIns _tools = new();
    private readonly CancellationTokenSource _over = new();
    private readonly SemaphoreSlim _places = new(SideBySide);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _shared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskCompletionSource<Outcome>> _outcomes =
        FaultTable.Rows.ToDictionary(row => row.Name, _ => new TaskCompletionSource<Outcome>());

    private readonly ConcurrentBag<string> _left = [];
    private readonly ConcurrentBag<string> _secrets = [];
    private readonly NewFiles _files = new();

    private readonly Lazy<Task> _all;
    private IDisposable? _setting;
    private TimeSpan _interval;
    private bool? _pretended;

    public Campaign(EmulatorFixture fixture)
    {
        _emulator = fixture.Emulator;
        _all = new Lazy<Task>(() => Task.Run(RunAllAsync));
    }

    public ValueTask InitializeAsync()
    {
        _emulator.Faults.Clear();
        // What is searched for at the end is the rows' own.
        _emulator.Requests.Clear();
        ImdsProbe.Clear();
        // A busy machine may be late with its first answer; this is about other faults.
        (_pretended, AzureVmDetector.Override) = (AzureVmDetector.Override, true);
        // A metadata service that is being updated is waited for, which would take longer than all the rest.
        Clock.Current = new FakeClock();
        (_interval, _emulator.DeviceCodes.Interval) = (_emulator.DeviceCodes.Interval, TimeSpan.FromSeconds(1));
        _setting = new Setting(emulator =>
        [
            ("PATH", _tools.Folder),
            ("PSModulePath", _tools.Modules),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", emulator.Environment["EMULATOR_GITHUB_URL"]),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", emulator.Environment["EMULATOR_GITHUB_TOKEN"]),
            ("SYSTEM_OIDCREQUESTURI", emulator.Environment["EMULATOR_PIPELINES_URL"]),
            ("SYSTEM_ACCESSTOKEN", emulator.Environment["EMULATOR_PIPELINES_TOKEN"]),
        ]).Enter(_emulator);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_all.IsValueCreated)
            await _all.Value.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _setting?.Dispose();
        _emulator.DeviceCodes.Interval = _interval;
        AzureVmDetector.Override = _pretended;
        Clock.Current = TimeProvider.System;
        _tools.Dispose();
    }

    /// <summary>How a row has ended.</summary>
    internal Task<Outcome> OutcomeAsync(FaultRow row)
    {
        _ = _all.Value;
        return _outcomes[row.Name].Task;
    }

    /// <summary>What nobody may find: all that the rows had, were sent and have sent.</summary>
    internal Canaries Canaries()
    {
        // What this process has in its own environment, every child of it has.
        HashSet<string?> inherited =
        [
            .. Environment.GetEnvironmentVariables().Values.Cast<string>(),
            .. _emulator.Environment.Values,
            .. FaultTable.Rows.Select(row => row.Setting).Distinct().SelectMany(setting => setting.Values(_emulator)),
        ];
        return new Canaries(_secrets.Concat(_emulator.Requests.SelectMany(Secrets.Of)).Where(
            secret => !inherited.Contains(secret)));
    }

    /// <summary>Where it could be found, once all have ended.</summary>
    internal IEnumerable<(string Where, byte[] Content)> Left()
    {
        foreach (string text in _left)
            yield return ("what was told", Encoding.UTF8.GetBytes(text));
        if (File.Exists(_tools.Given))
            yield return ("what tools were given", File.ReadAllBytes(_tools.Given));
        foreach ((string path, byte[] content) in _files.Read())
            yield return (path, content);
    }

    private async Task RunAllAsync()
    {
        IEnumerable<IGrouping<Setting, FaultRow>> groups = FaultTable.Rows.GroupBy(row => row.Setting);
        await Task.WhenAll(
            RunAnywhereAsync([.. groups.Where(group => group.Key == Setting.Anywhere).SelectMany(group => group)]),
            RunInTurnAsync(groups.Where(group => group.Key != Setting.Anywhere)));
    }

    private async Task RunAnywhereAsync(FaultRow[] rows)
    {
        await RunAsync(rows.Where(row => !row.IsLast));
        await RunAsync(rows.Where(row => row.IsLast));
    }

    private async Task RunInTurnAsync(IEnumerable<IGrouping<Setting, FaultRow>> groups)
    {
        foreach (IGrouping<Setting, FaultRow> group in groups)
        {
            using (group.Key.Enter(_emulator))
                await RunAsync(group);
        }
    }

    private Task RunAsync(IEnumerable<FaultRow> rows) => Task.WhenAll(
        rows.Select(row => Task.Run(() => RunAsync(row))));

    private async Task RunAsync(FaultRow row)
    {
        // Rows that go one after the other are not made to wait for the many that need not.
        SemaphoreSlim[] needed = row.Shares.Count == 0
            ? [_places]
            : [
                .. row.Shares.Order(StringComparer.Ordinal).Select(
                    name => _shared.GetOrAdd(name, _ => new SemaphoreSlim(1))),
            ];
        var held = new Stack<SemaphoreSlim>();
        try
        {
            foreach (SemaphoreSlim one in needed)
            {
                await one.WaitAsync(_over.Token);
                held.Push(one);
            }

            _outcomes[row.Name].SetResult(await TryAsync(row));
        }
        catch (Exception exception)
        {
            _outcomes[row.Name].TrySetResult(new Outcome(exception.ToString()));
        }
        finally
        {
            foreach (SemaphoreSlim one in held)
                one.Release();
        }
    }

    private async Task<Outcome> TryAsync(FaultRow row)
    {
        if (row.Skip(_emulator) is { } reason)
            return new Outcome(Skipped: reason);

        await using var world = new World(_emulator, _tools.Folder);
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        guard.CancelAfter(Guard);
        var run = new RowRun(row, world, guard.Token);
        string? failure = await run.FailureAsync();
        _left.Add(string.Join('\n', run.Left));
        foreach (string secret in world.Secrets)
            _secrets.Add(secret);
        return new Outcome(failure);
    }

    /// <param name="Failure">What was not as promised; null if all was.</param>
    /// <param name="Skipped">Why it could not be tried here.</param>
    internal sealed record Outcome(string? Failure = null, string? Skipped = null);
}
