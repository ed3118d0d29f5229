using System.Collections;
using System.Management.Automation;

namespace MonitorToken.Commands;

/// <summary>Completes az's subscriptions by name or id. The tool tip has the tenant and the state.</summary>
public sealed class SubscriptionCompleter : Completer
{
    private protected override IEnumerable<CompletionResult> Complete(string word, IDictionary bound) =>
        from subscription in AzureCliProfile.Subscriptions()
        group subscription by subscription.Name into namesakes
        from subscription in namesakes
        where Begins(subscription.Name, word) || Begins(subscription.Id, word)
        // A name that several subscriptions share is ambiguous, and some names cannot be passed to az safely.
        let isUsable = namesakes.Count() == 1 && ToolArgument.IsValue(subscription.Name)
        select Value(
            isUsable && Begins(subscription.Name, word) ? subscription.Name : subscription.Id,
            string.Join(
                ", ",
                new[] { subscription.TenantName, subscription.TenantId, subscription.State }
                    .Where(part => part.Length > 0)),
            subscription.Name);
}
