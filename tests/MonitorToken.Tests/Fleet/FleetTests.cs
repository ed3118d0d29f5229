using System.Globalization;
using MonitorToken.Engine.Caching;
using Xunit;

namespace MonitorToken.Tests.Fleet;

/// <summary>
/// Ten thousand machines that began in the same second do not come again in the same second. The table is in the
/// test's output.
/// </summary>
public sealed class FleetTests(ITestOutputHelper output)
{
    private const int Seed = 4711;

    /// <summary>Between a time and the same time read off a clock a little later.</summary>
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly (TimeSpan, TimeSpan) SecondDay = (TimeSpan.FromHours(24), TimeSpan.FromHours(48));

    private static readonly FleetRow[] Rows =
    [
        new("application, 3599 s; asks every second", Second, _ => 3599),
        // The minute in which they ask is a spread by itself.
        new("application, 3599 s; asks every minute, each at its own second", Minute, _ => 3599)
        {
            AtLeastLowerBy = 4,
        },
        // Nothing is ever asked at other seconds than those: more than a window's minutes cannot be won.
        new("application, 3599 s; asks every minute, all in the same second", Minute, _ => 3599)
        {
            AsksTogether = true, AtLeastLowerBy = 5,
        },
        // Such lives are a spread by themselves.
        new("user, 3600 to 5400 s; asks every second", Second, random => 3600 + (random.NextDouble() * 1800))
        {
            AtLeastLowerBy = 0,
        },
        new("managed identity, 3600 s; asks every second", Second, _ => 3600),
        new("managed identity, 86400 s, refresh_in 43200; asks every second", Second, _ => 86400)
        {
            RefreshIn = TimeSpan.FromHours(12), Watched = SecondDay,
        },
        new("managed identity, 86400 s, the host keeps it; asks every second", Second, _ => 86400)
        {
            KeepsUntil = TimeSpan.FromMinutes(5), Watched = SecondDay,
        },
    ];

    [Fact]
    public void Who_began_together_does_not_come_again_together()
    {
        output.WriteLine($"{SimulatedFleet.Machines} machines, seed {Seed}, peak of requests in a second:");
        output.WriteLine("");
        output.WriteLine("| fleet | watched | without the spread | with it | lower by |");
        output.WriteLine("| --- | --- | ---: | ---: | ---: |");
        var tooHigh = new List<string>();
        foreach (FleetRow row in Rows)
        {
            int without = Peak(row, isSpread: false);
            int with = Peak(row, isSpread: true);
            string times = ((double)without / with).ToString("0.#", CultureInfo.InvariantCulture);
            output.WriteLine(
                $"| {row} | {row.Watched.From.TotalHours} h to {row.Watched.Until.TotalHours} h "
                + $"| {without} | {with} | {times} |");
            if (with * row.AtLeastLowerBy > without)
                tooHigh.Add(row.Name);
        }

        Assert.Empty(tooHigh);
    }

    /// <summary>All are told to come again in a minute, and ask every second whether they may.</summary>
    [Fact]
    public void Who_was_turned_away_together_does_not_come_again_together()
    {
        DateTimeOffset asked = DateTimeOffset.UtcNow.AddSeconds(60);
        var refusal = new TokenException(TokenError.Throttled, "Too many requests.", "Wait.") { RetryAfter = asked };
        var again = new List<DateTimeOffset>();
        for (int machine = 0; machine < SimulatedFleet.Machines; machine++)
        {
            var backoff = new Backoff(TimeProvider.System);
            Assert.Same(refusal, backoff.Begin(refusal));
            again.Add(DateTimeOffset.UtcNow + backoff.Left);
        }

        Assert.All(again, time => Assert.InRange(time, asked - Millisecond, asked.AddSeconds(30)));
        int peak = again.GroupBy(time => (int)(time - asked).TotalSeconds).Max(second => second.Count());
        output.WriteLine(
            $"{SimulatedFleet.Machines} machines, all told Retry-After: 60 in the same second; requests in the busiest "
            + $"second after it: {SimulatedFleet.Machines} without the spread, {peak} with it");
        Assert.InRange(peak, 1, SimulatedFleet.Machines / 10);
    }

    /// <summary>The service is down for five minutes, from the second in which all begin.</summary>
    [Fact]
    public void Who_found_the_service_down_together_does_not_find_it_up_together()
    {
        int without = PeakAfterOutage(_ => 0);
        int with = PeakAfterOutage(random => random.NextDouble());
        output.WriteLine(
            $"{SimulatedFleet.Machines} machines, the service down for the first five minutes; requests in the busiest "
            + $"second after it: {without} without the spread, {with} with it");
        Assert.InRange(with, 1, without / 5);
    }

    private static int PeakAfterOutage(Func<Random, double> chance)
    {
        var random = new Random(Seed);
        var up = TimeSpan.FromMinutes(5);
        return Enumerable.Range(0, SimulatedFleet.Machines).Select(Comes)
            .GroupBy(second => second)
            .Max(second => second.Count());

        int Comes(int machine)
        {
            TimeSpan now = TimeSpan.Zero;
            for (TimeSpan length = TimeSpan.Zero; now < up;)
            {
                length = Backoff.Next(length);
                now += length + Backoff.JitterFor(length, chance(random));
            }

            return (int)now.TotalSeconds;
        }
    }

    private static int Peak(FleetRow row, bool isSpread) =>
        new SimulatedFleet(row, isSpread, Seed).RequestsBySecond().Skip((int)row.Watched.From.TotalSeconds).Max();
}
