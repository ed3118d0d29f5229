using System.Globalization;
using System.Text;

namespace MonitorToken.Proofs.Fuzz;

/// <summary>Texts that nobody means to write, and good ones with something wrong in them.</summary>
internal static class OddText
{
    /// <summary>A megabyte, about; rarely, for it takes its time.</summary>
    private const int Large = 1_000_000;

    /// <summary>What breaks parsers, comparisons, lines and terminals.</summary>
    private static readonly string[] Pieces =
    [
        "\0", "\u0001", "\a", "\b", "\t", "\n", "\r\n", "\u001b[31m", "\u001b]0;x\a", "\u007f", "\u0085", "\u00a0",
        "\u00ad", "\u200b", "\u202e", "\u2028", "\u2029", "\ufeff", "\ufffd", "\uffff", "\ud800", "\udc00", "😀",
        "İ", "ı", "ß", "ſ", "K", "а", "е", "о", "ａ", "．", "。", "／", "＠", "%00", "%2e", "%2F", "%5c", "%40", "%zz",
        "\\", "/", "//", "..", ".", ":", "@", "#", "?", "&", "=", ";", ",", "'", "\"", "`", "$", "|", "<", ">", "{",
        "}", "[", "]", "(", ")", "*", "+", "~", "^", "!", " ", "  ", "-", "--", "_", "0", "-1", "NaN", "Infinity",
        "null", "true", "eyJ", "AADSTS", "Trace ID: ", "Correlation ID: ", "See the troubleshooting guide", "Headers:",
    ];

    private static readonly string[] Words =
    [
        "a", "x", "az", "login", "contoso", "LogAnalytics", "Prometheus", "https", "tenant", "0", "42", "Größe", "日本",
    ];

    public static string Piece(Draw draw) => draw.One(Pieces);

    /// <summary>A bit of anything.</summary>
    public static string Of(Draw draw) => draw.Below(12) switch
    {
        0 => string.Empty,
        1 => Draw.Run(1 + draw.Below(6), () => Piece(draw)),
        2 => Draw.Run(1 + draw.Below(40), () => ((char)draw.Below(0x10000)).ToString()),
        3 => Encoding.Latin1.GetString(draw.Bytes(draw.Below(60))),
        4 => Number(draw),
        5 => Date(draw),
        6 when draw.OneIn(60) => Draw.Run(1, () => Piece(draw)).PadRight(Large, draw.One('x', ' ', '{', '"', '\n')),
        7 => string.Concat(Enumerable.Repeat(Piece(draw), draw.Below(300))),
        _ => Draw.Run(1 + draw.Below(5), () => draw.OneIn(3) ? Piece(draw) : draw.One(Words)),
    };

    /// <summary>The text with one to three things done to it.</summary>
    public static string Spoil(Draw draw, string text)
    {
        for (int times = 1 + draw.Below(3); times > 0; times--)
            text = SpoilOnce(draw, text);
        return text;
    }

    public static string Number(Draw draw) => draw.Below(12) switch
    {
        0 => "0",
        1 => "-1",
        2 => draw.One("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e3", "0x10", "3599.5", "+3600", "1,000"),
        3 => draw.Long().ToString(CultureInfo.InvariantCulture),
        4 => new string('9', 1 + draw.Below(400)),
        5 => draw.One("253402300799", "253402300800", "9223372036854775807", "9223372036854775808", "2147483648"),
        6 => (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + draw.Below(200_000) - 100_000)
            .ToString(CultureInfo.InvariantCulture),
        7 => (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 31 * 86400 + draw.Below(200) - 100)
            .ToString(CultureInfo.InvariantCulture),
        8 => DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        9 => " 3600 ",
        _ => draw.Below(100_000).ToString(CultureInfo.InvariantCulture),
    };

    public static string Date(Draw draw)
    {
        DateTimeOffset time = draw.Below(4) switch
        {
            0 => DateTimeOffset.UtcNow.AddMinutes(draw.Below(6000) - 3000),
            1 => DateTimeOffset.MaxValue,
            2 => DateTimeOffset.MinValue,
            _ => DateTimeOffset.FromUnixTimeSeconds(
                draw.Long() % 200_000_000_000 is var at && at < -62135596800 ? 0 : at),
        };
        string form = draw.One(
            "O", "R", "s", "u", "MM/dd/yyyy HH:mm:ss zzz", "yyyy-MM-dd HH:mm:ss.ffffff", "yyyy-MM-ddTHH:mm:ss.fffffffK",
            "dd.MM.yyyy", "yyyyMMdd");
        string culture = draw.OneIn(8) ? draw.One("ar-SA", "th-TH", "fa-IR", "de-DE") : string.Empty;
        // Their calendars do not reach as far.
        return culture.Length > 0 && time.Year is < 1950 or > 2050
            ? "2026-02-30T25:61:61Z"
            : time.ToString(form, CultureInfo.GetCultureInfo(culture));
    }

    private static string SpoilOnce(Draw draw, string text)
    {
        int at = draw.Below(text.Length + 1);
        int length = draw.Below(Math.Min(12, text.Length - at) + 1);
        return draw.Below(11) switch
        {
            0 => text.Insert(at, Piece(draw)),
            1 => text.Remove(at, length),
            2 => text.Remove(at, length).Insert(at, Piece(draw)),
            3 => text[..at],
            4 => text[at..],
            5 => text + Piece(draw),
            6 => Piece(draw) + text,
            7 => text.Insert(at, text.Substring(at, length)),
            8 => draw.One(text.ToUpperInvariant(), text.ToLowerInvariant()),
            9 when text.Length < 10_000 => text + text,
            _ => text.Insert(at, Of(draw)),
        };
    }
}
