using System.Globalization;
using Xunit;

namespace MonitorToken.Tests.Processes;

/// <summary>A session in another language, until it is disposed of.</summary>
internal sealed class Culture : IDisposable
{
    private readonly (CultureInfo Current, CultureInfo Ui) _usual =
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);

    private Culture(CultureInfo culture) => CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = culture;

    public static Culture Use(string name)
    {
        try
        {
            return new Culture(CultureInfo.GetCultureInfo(name, predefinedOnly: true));
        }
        catch (CultureNotFoundException)
        {
            Assert.Skip($"This machine does not know {name}.");
            throw;
        }
    }

    public void Dispose() => (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = _usual;
}
