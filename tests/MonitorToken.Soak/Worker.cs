using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace MonitorToken.Soak;

/// <summary>One runspace that calls the commands, and judges what comes.</summary>
internal sealed class Worker : IDisposable
{
    /// <summary>Without -TimeoutSec a way ends by itself after so long.</summary>
    private const int OwnLimit = 100;

    /// <summary>
    /// A token may run out between the module's hands and ours, where the machine is busy: so late is the latest that
    /// is put down to that.
    /// </summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(2);

    /// <summary>What the clocks of this process and of the emulator, and whole seconds, may make of a moment.</summary>
    private static readonly TimeSpan Blur = TimeSpan.FromSeconds(2);

    private const string Nothing = "nothing";

    private readonly int _number;
    private readonly Random _random;
    private readonly Way[] _ways;
    private readonly IReadOnlyDictionary<Way, object> _credentials;
    private readonly Weather _weather;
    private readonly Ledger _ledger;
    private readonly Runspace _runspace;
    private readonly Dictionary<string, ScriptBlock> _scripts = [];
    private volatile string _doing = Nothing;

    public Worker(
        int number,
        int seed,
        string module,
        World world,
        IReadOnlyDictionary<Way, object> credentials,
        Weather weather,
        Ledger ledger)
    {
        _number = number;
        _random = new Random(unchecked((seed * 397) + number));
        _ways = [.. world.Ways.SelectMany(way => Enumerable.Repeat(way, way.Weight))];
        _credentials = credentials;
        _weather = weather;
        _ledger = ledger;
        var state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([module]);
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
    }

    /// <summary>What it is at, for the case that it never comes back.</summary>
    public string Doing => $"runspace {_number}: {_doing}";

    public bool IsBusy => _doing != Nothing;

    public void Dispose() => _runspace.Dispose();

    /// <summary>Call after call, until it is over; shortly before that none that may take long.</summary>
    public void Run(DateTimeOffset end, CancellationToken over)
    {
        while (!over.WaitHandle.WaitOne(_random.Next(0, 100)))
        {
            int dice = _random.Next(1000);
            if (dice < 2)
                Clear();
            else if (dice < 5)
                Test();
            else
                Ask(_ways[_random.Next(_ways.Length)], DateTimeOffset.UtcNow > end.AddSeconds(-OwnLimit));
        }
    }

    /// <summary>Forgets all tokens.</summary>
    public void Clear()
    {
        _ledger.Count(Counts.Cleared);
        Invoke("Clear-MonitorTokenCache", new() { ["Confirm"] = false }, stopAfter: null);
    }

    /// <summary>The way's credential, for all runspaces to use.</summary>
    public object Credential(Way way) => Invoke(
        "Get-MonitorTokenCredential", Own(way.Prepare(_random).Parameters), stopAfter: null).Output[0];

    /// <summary>Gets a new token when all is well.</summary>
    /// <returns>The error; null for a token.</returns>
    public Exception? Last(Way way)
    {
        Call call = way.Prepare(_random);
        while (call.Accepted is { IsOver: true })
            call = way.Prepare(_random);
        return Ask(way, call, "LogAnalytics", new() { ["ForceRefresh"] = true, ["TimeoutSec"] = 60 }, stopAfter: null);
    }

    /// <summary>Lets the session forget the errors that it keeps for its user.</summary>
    public void ForgetErrors()
    {
        using var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddScript("$global:Error.Clear()").Invoke();
    }

    private void Test()
    {
        _ledger.Count(Counts.Tested);
        Way way = _ways[_random.Next(_ways.Length)];
        Dictionary<string, object?> parameters = Own(way.Prepare(_random).Parameters);
        parameters["TimeoutSec"] = _random.Next(1, 10);
        Outcome outcome = Invoke("Test-MonitorTokenCredential", parameters, stopAfter: null);
        // It tells of errors in its rows.
        if (outcome.Error is { } error)
            _ledger.Accuse(Counts.Unpromised, $"Test-MonitorTokenCredential, {way.Name}: {Describe(error)}");
    }

    private void Ask(Way way, bool isLate)
    {
        Call call = way.Prepare(_random);
        string resource = World.Resources.Keys.ElementAt(_random.Next(World.Resources.Count));
        var more = new Dictionary<string, object?>();
        if (_random.Next(20) == 0)
            more["ForceRefresh"] = true;
        if (_random.Next(10) == 0)
            more["MinimumLifetime"] = TimeSpan.FromSeconds(_random.Next(1, 8));
        if (_random.Next(10) > 0 || isLate)
            more["TimeoutSec"] = _random.Next(1, 15);
        if (_random.Next(4) == 0)
            more["AsPlainText"] = true;
        int? stopAfter = _random.Next(25) == 0 ? _random.Next(0, 800) : null;

        // One object that all runspaces have in hand; it says no other than the parameters do, unless those change.
        if (_credentials.TryGetValue(way, out object? shared) && call.Accepted is null && _random.Next(3) == 0)
        {
            call.Parameters.Clear();
            call.Parameters["Credential"] = shared;
        }

        Ask(way, call, resource, more, stopAfter);
    }

    private Exception? Ask(
        Way way, Call call, string resource, Dictionary<string, object?> more, int? stopAfter)
    {
        Dictionary<string, object?> parameters = Own(call.Parameters);
        parameters["Resource"] = resource;
        foreach ((string name, object? value) in more)
            parameters[name] = value;

        _ledger.Count(Counts.Calls);
        Outcome outcome = Invoke("Get-MonitorToken", parameters, stopAfter);
        if (outcome.Error is { } error)
        {
            JudgeError(way, call, more, outcome, error);
        }
        else if (!outcome.WasStopped)
        {
            if (outcome.Output.Count == 1)
                JudgeToken(way, call, World.Resources[resource], outcome);
            else
                _ledger.Accuse(Counts.Unpromised, $"{way.Name}: {outcome.Output.Count} objects and no error");
        }

        return outcome.Error;
    }

    private void JudgeToken(Way way, Call call, string audience, Outcome outcome)
    {
        _ledger.Count(Counts.Tokens);
        object output = outcome.Output[0].BaseObject;
        PlainToken token;
        try
        {
            token = PlainToken.Read(output as string ?? (string)outcome.Output[0].Methods["GetPlainText"].Invoke());
        }
        catch (Exception unreadable) when (unreadable is FormatException or IndexOutOfRangeException)
        {
            _ledger.Accuse(Counts.Wrong, $"{way.Name}: it is no token");
            return;
        }

        if (token.ExpiresOn <= outcome.Began || token.ExpiresOn + OnTheWay <= outcome.Ended)
            _ledger.Accuse(
                Counts.Dead,
                $"{way.Name}: expired {(outcome.Ended - token.ExpiresOn).TotalSeconds:0.0} s before it came");
        else if (token.ExpiresOn <= outcome.Ended)
            _ledger.Count(Counts.LastMoment);

        var whose = new Identity(token.TenantId, token.ClientId, token.Proof);
        if (!call.Whose(outcome.Began, outcome.Ended).Contains(whose))
            _ledger.Accuse(Counts.Wrong, $"{way.Name}: it is one of {whose}");
        if (token.Audience != audience)
            _ledger.Accuse(Counts.Wrong, $"{way.Name}: it is for {token.Audience}, not for {audience}");
        if (call.Accepted is { } accepted
            && (token.IssuedOn < accepted.From - Blur || token.IssuedOn > accepted.Until + Blur))
            _ledger.Accuse(
                Counts.Wrong,
                $"{way.Name}: it was made at {token.IssuedOn:HH:mm:ss}, when the secret was not taken");
    }

    private void JudgeError(
        Way way, Call call, Dictionary<string, object?> more, Outcome outcome, Exception error)
    {
        ErrorRecord? record = (error as IContainsErrorRecord)?.ErrorRecord;
        string id = record?.FullyQualifiedErrorId.Split(',')[0] ?? error.GetType().Name;
        _ledger.Count(Counts.Errors);
        _ledger.Count(Counts.Error + id);
        bool isOurs = record?.Exception.GetType().FullName == "MonitorToken.TokenException";
        bool isExcused = call.Errors.Contains(id)
            || (id == "Timeout" && more.ContainsKey("TimeoutSec"))
            // Where the machine does not say that it is Azure's, the metadata service has one second and one attempt to
            // show that it is there, and what was seen is remembered.
            || (way.MayBeSilent && error.Message.StartsWith("There's no managed id", StringComparison.Ordinal))
            // A member of the chain has thirty seconds, and then it is the next one's turn.
            || (way.MayBeSilent && error.Message.Contains(" didn't get a token within 30 ", StringComparison.Ordinal))
            // On a busy machine one of three seconds may be too old when it arrives, and that is what it is to be told.
            || error.Message.Contains("a token that expired at", StringComparison.Ordinal)
            || Had(id);
        if (!isOurs || !isExcused)
            _ledger.Accuse(Counts.Unpromised, $"{way.Name}: {Describe(error)}");
        else if (id == "AuthenticationFailed" && call.Accepted is { } accepted
            && accepted.From + Blur < outcome.Began && outcome.Ended < accepted.Ending)
            _ledger.Accuse(Counts.Unpromised, $"{way.Name}: a good secret was refused: {Describe(error)}");

        bool Had(string what) =>
            way.Services.Any(service => _weather.Excuses(service, what, outcome.Began, outcome.Ended));
    }

    private Outcome Invoke(string command, Dictionary<string, object?> parameters, int? stopAfter)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = _runspace;
        shell.AddCommand(command).AddParameters(parameters);
        _doing = $"{command} -{string.Join(" -", parameters.Keys)}";
        int limit = parameters.GetValueOrDefault("TimeoutSec") as int? ?? OwnLimit;
        DateTimeOffset began = DateTimeOffset.UtcNow;
        try
        {
            IAsyncResult run = shell.BeginInvoke();
            if (stopAfter is { } moment && !run.AsyncWaitHandle.WaitOne(moment))
            {
                DateTimeOffset stopping = DateTimeOffset.UtcNow;
                _doing += ", being stopped";
                shell.Stop();
                if (shell.InvocationStateInfo.State == PSInvocationState.Stopped)
                    _ledger.Stopped(DateTimeOffset.UtcNow - stopping);
            }
            else if (!run.AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(limit + 60)))
            {
                _ledger.Accuse(Counts.Hung, $"{Doing} has not ended a minute after its {limit} s");
                shell.Stop();
            }

            PSDataCollection<PSObject> output = shell.EndInvoke(run);
            return new Outcome(began, DateTimeOffset.UtcNow, [.. output], null, false);
        }
        catch (PipelineStoppedException)
        {
            return new Outcome(began, DateTimeOffset.UtcNow, [], null, true);
        }
        catch (Exception exception) when (exception is RuntimeException or InvalidOperationException)
        {
            return new Outcome(began, DateTimeOffset.UtcNow, [], exception, false);
        }
        finally
        {
            _doing = Nothing;
        }
    }

    /// <summary>With the script blocks that belong to this runspace.</summary>
    private Dictionary<string, object?> Own(Dictionary<string, object?> parameters) =>
        parameters.ToDictionary(one => one.Key, one => one.Value is InRunspace own ? Script(own.Script) : one.Value);

    private ScriptBlock Script(string text)
    {
        if (!_scripts.TryGetValue(text, out ScriptBlock? script))
        {
            using var shell = PowerShell.Create();
            shell.Runspace = _runspace;
            script = (ScriptBlock)shell.AddScript($"{{ {text} }}").Invoke()[0].BaseObject;
            _scripts[text] = script;
        }

        return script;
    }

    private static string Describe(Exception error)
    {
        ErrorRecord? record = (error as IContainsErrorRecord)?.ErrorRecord;
        return $"{record?.FullyQualifiedErrorId ?? "no id"} ({(record?.Exception ?? error).GetType().FullName}): "
            + error.Message;
    }

    private sealed record Outcome(
        DateTimeOffset Began,
        DateTimeOffset Ended,
        IReadOnlyList<PSObject> Output,
        Exception? Error,
        bool WasStopped);
}
