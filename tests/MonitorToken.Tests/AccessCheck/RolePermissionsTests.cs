using System.Text.Json;
using MonitorToken.Engine.AccessCheck;
using Xunit;

namespace MonitorToken.Tests.AccessCheck;

/// <summary>How Azure RBAC reads a role (azure-docs, role-based-access-control/role-definitions.md).</summary>
public sealed class RolePermissionsTests
{
    private const string Write = "Microsoft.Insights/Telemetry/Write";

    [Theory]
    [InlineData(Write, true)]
    [InlineData("microsoft.insights/telemetry/WRITE", true)]
    [InlineData("*", true)]
    [InlineData("**", true)]
    [InlineData("*/write", true)]
    [InlineData("*/Write*", true)]
    [InlineData("Microsoft.Insights/*", true)]
    [InlineData("Microsoft.Insights/*/Write", true)]
    [InlineData("Microsoft.*/Tele*/Wri*", true)]
    [InlineData("*insights*write", true)]
    [InlineData("*/read", false)]
    [InlineData("Microsoft.Insights/Telemetry/Write/*", false)]
    [InlineData("Microsoft.Insights/Telemetry", false)]
    [InlineData("Microsoft.Insights/Telemetry/Writ.", false)]
    [InlineData("Microsoft.Insights/*/*/Write", false)]
    [InlineData("*Write*Write", false)]
    [InlineData("Microsoft.Insights/Telemetry/Write*Write", false)]
    [InlineData("*Telemetry*Insights*", false)]
    [InlineData("?icrosoft.Insights/Telemetry/Write", false)]
    [InlineData("", false)]
    public void An_asterisk_stands_for_any_text(string pattern, bool matches) =>
        Assert.Equal(matches, RolePermissions.Matches(pattern, Write));

    [Theory]
    // Monitoring Metrics Publisher.
    [InlineData(true, """{"actions":["Microsoft.Support/*"],"dataActions":["Microsoft.Insights/Telemetry/Write"]}""")]
    // Owner: actions are no data actions.
    [InlineData(false, """{"actions":["*"],"notActions":[],"dataActions":[],"notDataActions":[]}""")]
    [InlineData(false, """{"dataActions":["*"],"notDataActions":["Microsoft.Insights/*"]}""")]
    [InlineData(true, """{"dataActions":["*"],"notDataActions":["*/read"]}""")]
    [InlineData(true, """{"dataActions":["*"],"notActions":["Microsoft.Insights/*"]}""")]
    // What one role excludes another grants: notDataActions is no deny.
    [InlineData(
        true,
        """{"dataActions":["*"],"notDataActions":["Microsoft.Insights/*"]}""",
        """{"actions":["*/read"]}""",
        """{"dataActions":["Microsoft.Insights/Telemetry/Write"]}""")]
    // The exclusions of one do not come from another.
    [InlineData(
        true, """{"dataActions":["*/Write"]}""", """{"dataActions":["x"],"notDataActions":["Microsoft.Insights/*"]}""")]
    [InlineData(false)]
    [InlineData(false, "{}", "[]", "null", "7", """{"dataActions":null}""", """{"dataActions":[null,7,{}]}""")]
    public void Blocks_add_up_each_without_its_exclusions(bool isGranted, params string[] blocks) =>
        Assert.Equal(
            isGranted,
            RolePermissions.Grant(blocks.Select(block => JsonDocument.Parse(block).RootElement), Write));
}
