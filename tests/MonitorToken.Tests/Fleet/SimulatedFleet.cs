using MonitorToken.Engine.Caching;

namespace MonitorToken.Tests.Fleet;

/// <summary>
/// Machines that all began in the same second, each with a clock of its own, by the module's own rule of renewal. Who
/// asks for a token that is not due gets it from memory; who asks for one that is due makes a request.
/// </summary>
internal sealed class SimulatedFleet(FleetRow row, bool isSpread, int seed)
{
    public const int Machines = 10_000;

    /// <summary>How many requests the service gets in each second.</summary>
    public int[] RequestsBySecond()
    {
        var random = new Random(seed);
        int[] requests = new int[(int)row.Watched.Until.TotalSeconds];
        for (int machine = 0; machine < Machines; machine++)
            Live(random, requests);
        return requests;
    }

    private void Live(Random random, int[] requests)
    {
        // A machine's clock is set by the network, but not to the millisecond.
        TimeSpan ahead = TimeSpan.FromSeconds(random.NextDouble() - 0.5);
        double every = row.AsksEvery.TotalSeconds;
        double phase = row.AsksTogether ? 0 : random.NextDouble() * every;
        double end = 0;
        double now = 0;
        while (now < requests.Length)
        {
            requests[(int)now]++;
            if (!(end - now > row.KeepsUntil?.TotalSeconds))
                end = now + row.Life(random);

            DateTimeOffset received = At(now) + ahead;
            DateTimeOffset due = RefreshSchedule.RefreshOn(
                received,
                // The token says when it ends, by the service's clock.
                At(end),
                received + row.RefreshIn,
                isSpread ? random.NextDouble() : 0);

            // The next time that its script asks and its clock says that the token is due.
            double dueAt = (due - ahead - At(0)).TotalSeconds;
            double next = phase + (Math.Ceiling((dueAt - phase) / every) * every);
            now = next > now ? next : next + every;
        }
    }

    private static DateTimeOffset At(double second) =>
        DateTimeOffset.FromUnixTimeSeconds(1_800_000_000).AddSeconds(second);
}
