using System.Collections.Concurrent;
using System.Globalization;
using MonitorToken.Engine;
using MonitorToken.Engine.ManagedIdentity;
using MonitorToken.EntraEmulator;
using Xunit;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>Tries the properties, each once and whoever asks for it first.</summary>
public sealed class FuzzRun : IAsyncLifetime
{
    /// <summary>
    /// The environment variable with the seed of a run: every failure names it, and with it the run has the same inputs
    /// again. The tests have the same ones each time unless it is set, so that what turns red is what was changed; the
    /// soak draws others.
    /// </summary>
    public const string SeedVariable = "MONITORTOKEN_FUZZ_SEED";

    /// <summary>
    /// The environment variable with what the number of inputs is multiplied by, such as 20 for a long run by night.
    /// </summary>
    public const string FactorVariable = "MONITORTOKEN_FUZZ_FACTOR";

    /// <summary>No input takes nearly as long, however busy the machine is; one that does has hung.</summary>
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(3);

    private const int UsualSeed = 7;

    /// <summary>As many failures of a property are told, if they are of different kinds.</summary>
    private const int MostTold = 5;

    private readonly Emulator _emulator;
    private readonly ConcurrentDictionary<string, Task<Outcome>> _outcomes = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);
    private bool? _pretended;

    public FuzzRun(EmulatorFixture fixture) => _emulator = fixture.Emulator;

    public int Seed { get; } = Number(SeedVariable) ?? UsualSeed;

    private int Factor { get; } = Math.Max(1, Number(FactorVariable) ?? 1);

    internal IReadOnlyList<Property> Properties { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        _emulator.Faults.Clear();
        ImdsProbe.Clear();
        // A busy machine may be late with its first answer; this is about other things.
        (_pretended, AzureVmDetector.Override) = (AzureVmDetector.Override, true);
        Clock.Current = new FakeClock();
        Properties = PropertiesOf(_emulator, await TrueBodies.OfAsync(_emulator));
    }

    public ValueTask DisposeAsync()
    {
        AzureVmDetector.Override = _pretended;
        Clock.Current = TimeProvider.System;
        _emulator.Faults.Clear();
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    internal static IReadOnlyList<Property> PropertiesOf(Emulator emulator, TrueBodies bodies) =>
    [
        .. AskProperties.All, .. LongProperties.All, .. TokenProperties.All, .. AnswerProperties.Of(
            bodies), .. ToolProperties.All,
        .. CertificateProperties.All, .. VariableProperties.Of(emulator), .. WireProperties.Of(emulator, bodies),
    ];

    internal Task<Outcome> OutcomeAsync(string name) =>
        _outcomes.GetOrAdd(name, _ => Task.Run(() => TryInTurnAsync(Properties.Single(one => one.Name == name))));

    /// <summary>One after the other: some set variables of the process.</summary>
    private async Task<Outcome> TryInTurnAsync(Property property)
    {
        await _turn.WaitAsync();
        try
        {
            return await TryAsync(property);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Outcome> TryAsync(Property property)
    {
        int count = property.Inputs * Factor;
        int next = -1;
        int tried = 0;
        var failures = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var underWay = new ConcurrentDictionary<int, (long Since, Trial Trial)>();
        Task[] workers = [.. Enumerable.Range(0, property.SideBySide).Select(_ => Task.Run(WorkAsync))];
        Task work = Task.WhenAll(workers);
        while (await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(5))) != work)
        {
            foreach ((int index, (long since, Trial trial)) in underWay)
            {
                if (Environment.TickCount64 - since > Guard.TotalMilliseconds)
                    return new Outcome(tried, $"{Which(index)} has hung: {trial.Input()}");
            }
        }

        await work;
        return new Outcome(tried, failures.IsEmpty ? null : string.Join("\n\n", failures.Values));

        async Task WorkAsync()
        {
            for (int index; (index = Interlocked.Increment(ref next)) < count && failures.Count < MostTold;)
            {
                Trial trial = property.Draw(SeedOf(property.Name, index));
                underWay[index] = (Environment.TickCount64, trial);
                if (await WrongAsync(trial) is { } wrong)
                    failures.GetOrAdd(
                        wrong[..Math.Min(40, wrong.Length)], _ => $"{Which(index)}: {wrong}\n  {trial.Smallest()}");
                underWay.TryRemove(index, out _);
                Interlocked.Increment(ref tried);
            }
        }

        string Which(int index) => $"Input {index} of seed {Seed} ({SeedVariable}={Seed} repeats it)";
    }

    private static async Task<string?> WrongAsync(Trial trial)
    {
        try
        {
            return await trial.Check();
        }
        catch (Exception exception)
        {
            return $"an undocumented {exception}";
        }
    }

    /// <summary>The same in every process, so not by the runtime's own hash.</summary>
    private int SeedOf(string name, int index)
    {
        uint hash = 2166136261;
        foreach (int part in name.Select(letter => (int)letter).Append(Seed).Append(index))
        {
            for (int shift = 0; shift < 32; shift += 8)
                hash = (hash ^ (uint)((part >> shift) & 0xFF)) * 16777619;
        }

        return (int)(hash & int.MaxValue);
    }

    private static int? Number(string variable) =>
        int.TryParse(
            Environment.GetEnvironmentVariable(variable),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int number)
            ? number
            : null;

    /// <param name="Inputs">How many were tried.</param>
    /// <param name="Failure">What did not hold; null if all did.</param>
    internal sealed record Outcome(int Inputs, string? Failure);
}
