using System.Diagnostics;

namespace MonitorToken.Soak;

/// <summary>
/// Tokens of seconds' life, many runspaces, faults, cancellations, changing secrets, forced renewals; then quiet, and
/// the reckoning.
/// </summary>
public static class SoakRun
{
    private const int Runspaces = 64;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(20);

    /// <summary>How long a call that has begun may still take when all is over.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>What the runtime keeps for a while, such as idle connections and threads, is gone by then.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(120);

    /// <returns>Whether all was as promised.</returns>
    public static bool Run(string module, double minutes, int seed, Action<string> write)
    {
        string folder = Directory.CreateTempSubdirectory("soak-").FullName;
        string temporary = Directory.CreateDirectory(Path.Combine(folder, "tmp")).FullName;
        string? before = Environment.GetEnvironmentVariable("TMPDIR");
        Environment.SetEnvironmentVariable("TMPDIR", temporary);
        try
        {
            write($"Soak: {minutes:0.##} minutes, {Runspaces} runspaces, seed {seed}.");
            return Run(module, TimeSpan.FromMinutes(minutes), seed, folder, write);
        }
        finally
        {
            Environment.SetEnvironmentVariable("TMPDIR", before);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Run(string module, TimeSpan length, int seed, string folder, Action<string> write)
    {
        Vitals.MarkChildren();
        using var emulator = new EmulatorAdmin();
        var ledger = new Ledger();
        var world = new World(emulator, folder, seed);
        var weather = new Weather(emulator, world.Az, seed + 1);
        var credentials = new Dictionary<Way, object>();
        List<Worker> workers =
        [
            .. Enumerable.Range(1, Runspaces).Select(number =>
                new Worker(number, seed, module, world, credentials, weather, ledger)),
        ];
        foreach (Way way in world.Ways.Where(way => way.Name != "federated script"))
            credentials[way] = workers[0].Credential(way);

        Tell("warming up");
        Spell(WarmUp, isShort: true);
        Vitals begin = Settle(workers, null);
        emulator.CountRequests();
        long requestsBefore = emulator.Requests;
        ledger.IsOpen = true;
        Tell("at work");
        bool ended = Spell(length, isShort: false);
        ledger.IsOpen = false;
        Tell("it is over; looking what is left");
        long requests = emulator.Requests - requestsBefore;

        if (ended)
        {
            foreach (Way way in world.Ways.Where(way => way.Works))
            {
                world.Refresh();
                if (workers[0].Last(way) is { } error)
                    ledger.Accuse(Counts.Lost, $"{way.Name} works no more when all is well again: {error.Message}");
            }
        }

        // A runspace that is still at work cannot be asked to forget anything.
        Vitals end = ended ? Settle(workers, begin) : Vitals.Now();
        Report report = new(ledger, begin, end, requests);
        foreach (string line in report.Lines())
            write(line);
        if (ended)
            workers.ForEach(worker => worker.Dispose());
        return report.IsGood;

        void Tell(string text) => write($"{DateTimeOffset.Now:HH:mm:ss} {text}");

        bool Spell(TimeSpan time, bool isShort)
        {
            using var over = new CancellationTokenSource(time);
            DateTimeOffset until = DateTimeOffset.UtcNow + time;
            Thread[] threads =
            [
                .. workers.Select(worker => Start(() => worker.Run(until, over.Token))),
                Start(() => weather.Run(ledger, isShort, over.Token)),
                Start(() => world.Turn(ledger, over.Token)),
            ];
            while (!over.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(5)))
                emulator.CountRequests();

            weather.Clear();
            var clock = Stopwatch.StartNew();
            bool allBack = true;
            foreach (Thread thread in threads)
                allBack &= thread.Join(Later(Patience - clock.Elapsed));
            weather.Clear();
            emulator.CountRequests();
            if (!allBack)
            {
                foreach (Worker worker in workers.Where(worker => worker.IsBusy))
                    ledger.Accuse(Counts.Hung, $"{worker.Doing} is not back {Patience.TotalSeconds} s after the end");
            }

            return allBack;
        }
    }

    private static Thread Start(ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true };
        thread.Start();
        return thread;
    }

    /// <summary>Forgets all, and looks what is in use until that is no more than before, or falls no more.</summary>
    private static Vitals Settle(List<Worker> workers, Vitals? begin)
    {
        workers[0].Clear();
        workers.ForEach(worker => worker.ForgetErrors());
        var clock = Stopwatch.StartNew();
        Vitals now = Vitals.Now();
        while (clock.Elapsed < (begin is null ? TimeSpan.FromSeconds(30) : Settling)
            && (begin is null || now.GrownSince(begin).Any()))
        {
            Thread.Sleep(TimeSpan.FromSeconds(5));
            Vitals next = Vitals.Now();
            bool falls = next.Threads < now.Threads || next.Handles < now.Handles;
            now = next;
            if (begin is null && !falls)
                break;
        }

        return now;
    }

    private static TimeSpan Later(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
