using MonitorToken.EntraEmulator;

namespace MonitorToken.Proofs.Faults;

/// <summary>The campaign. Each chapter has a file of its own.</summary>
internal static partial class FaultTable
{
    /// <summary>What is never answered need not be waited for longer.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private static readonly Lazy<IReadOnlyList<FaultRow>> All = new(() =>
    [
        .. Connections(), .. Proxies(), .. Waits(), .. Bodies200(), .. Tokens(), .. Refusals(), .. Vouchers(),
        .. Identities(), .. Scripts(), .. TokenFiles(), .. CertificateFiles(), .. Hosts(), .. Tools(), .. Sessions(),
        .. Chains(),
    ]);

    public static IReadOnlyList<FaultRow> Rows => All.Value;

    /// <summary>
    /// For what takes its time: the library asks one managed identity after the other, so those of all hosts would make
    /// up most of the campaign.
    /// </summary>
    private static IReadOnlyList<Way> Most { get; } = [.. Way.OfEntra, Way.Imds, Way.AppService, Way.AppService2017];

    /// <summary>The same fault, by each of the ways.</summary>
    private static IEnumerable<FaultRow> By(
        IEnumerable<Way> ways,
        string chapter,
        string fault,
        TokenError? error,
        Action<World> breakIt,
        Func<FaultRow, FaultRow>? but = null) =>
        ways.Select(way =>
        {
            var row = new FaultRow
            {
                Chapter = chapter,
                Way = way.Name,
                Fault = fault,
                Error = error,
                Setting = way.Setting,
                Skip = way.Skip,
                Options = way.Options,
                Break = breakIt,
            };
            return but is null ? row : but(row);
        });

    private static IEnumerable<FaultRow> By(
        IEnumerable<Way> ways,
        string chapter,
        string fault,
        TokenError? error,
        Func<Fault> spoilt,
        Func<FaultRow, FaultRow>? but = null) =>
        By(ways, chapter, fault, error, world => world.Spoil(spoilt()), but);
}
