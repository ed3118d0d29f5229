using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security;
using MonitorToken.Engine;

namespace MonitorToken.Commands;

/// <summary>
/// The script block of -FederatedTokenScript. In the session that it belongs to it runs as it is. In any other one a
/// copy of it runs, with that session's commands and with the variables that it names as they were when it was given:
/// a script block is bound to its session, whose variables and commands are not to be used by two threads.
/// </summary>
internal sealed class AssertionScript
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>PowerShell's own, which each script has anew.</summary>
    private static readonly HashSet<string> Automatic = new(StringComparer.OrdinalIgnoreCase)
    {
        "args", "Error", "ExecutionContext", "false", "foreach", "Host", "input", "LASTEXITCODE", "Matches",
        "MyInvocation", "null", "PSBoundParameters", "PSCmdlet", "StackTrace", "switch", "this", "true", "?", "^", "$",
    };

    /// <summary>Tells objects apart for as long as they live.</summary>
    private static readonly ConditionalWeakTable<object, string> Ids = new();

    private readonly ScriptBlock _script;
    private readonly WeakReference<object>? _home;
    private readonly Dictionary<string, object?> _variables = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="script">What was given.</param>
    /// <param name="session">The session in which it was given.</param>
    public AssertionScript(ScriptBlock script, SessionState session)
    {
        _script = script;
        _home = (ContextOf(script) ?? ContextOf(Runspace.DefaultRunspace)) is { } home
            ? new WeakReference<object>(home)
            : null;

        var said = new List<string> { IdOf(script.Ast) };
        if (script.Module is { } module)
        {
            // Each closure has a module of its own.
            said.Add(IdOf(module));
            session = module.SessionState;
        }

        foreach (VariablePath path in NamedVariables(script.Ast))
        {
            object? value = path.IsDriveQualified
                ? EnvironmentVariable(path)
                : session.PSVariable.GetValue(path.UserPath);
            if (path.IsUnqualified && value is not null)
                _variables[path.UserPath] = value;
            said.Add(path.UserPath.ToUpperInvariant());
            said.Add(ValueOf(value));
        }

        Identity = Digest.Of(said);
    }

    /// <summary>
    /// A digest of what the script says and of the variables that it names. A literal in a loop is a new object each
    /// time, and one identity; a closure that is made anew is another one.
    /// </summary>
    public string Identity { get; }

    /// <summary>Runs it on the pipeline thread of whoever waits for the token.</summary>
    public string Run(CancellationToken cancellationToken)
    {
        bool isAtHome = IsAtHome();
        try
        {
            PSObject? last = SessionScript.Run(
                shell => isAtHome
                    ? shell.AddScript("& $args[0]", useLocalScope: true).AddArgument(_script)
                    : shell
                        .AddScript(
                            "foreach (${MonitorToken variable} in $args[1]) "
                                + "{ $ExecutionContext.SessionState.PSVariable.Set(${MonitorToken variable}) }; "
                                + "& $args[0]",
                            useLocalScope: true)
                        .AddArgument(Copy())
                        .AddArgument(_variables.Select(pair => new PSVariable(pair.Key, pair.Value)).ToArray()),
                cancellationToken);
            string? token = last?.BaseObject is SecureString secret
                ? Secret.PlainText(secret)
                : last?.BaseObject as string;
            return !string.IsNullOrWhiteSpace(token)
                ? token!.Trim()
                : throw new SessionScriptException(
                    "it has returned no token, neither as a string nor as a SecureString.");
        }
        catch (SessionScriptException exception)
        {
            // Whatever it asks may be out of order for a moment: that says nothing about a token in hand.
            throw new TokenException(
                TokenError.AuthenticationFailed,
                $"The script of -FederatedTokenScript has failed: {Secret.Mask(exception.Message)}",
                "Run the script by itself to see what it needs. "
                    + "It must return the token as a string or a SecureString."
                    + (isAtHome
                        ? string.Empty
                        : " It ran in another runspace than its own, where it has only that runspace's commands: "
                            + "import there what it calls, or give the script there."))
            {
                IsTransient = true,
                CredentialName = "FederatedToken",
            };
        }
    }

    private bool IsAtHome()
    {
        object? here = ContextOf(Runspace.DefaultRunspace);
        return _home is null ? here is null : _home.TryGetTarget(out object home) && ReferenceEquals(home, here);
    }

    /// <summary>The same script, bound to no session.</summary>
    private ScriptBlock Copy() => _script.Ast switch
    {
        ScriptBlockAst ast => ast.GetScriptBlock(),
        FunctionDefinitionAst function => function.Body.GetScriptBlock(),
        _ => ScriptBlock.Create(_script.ToString()),
    };

    /// <summary>
    /// Variables from outside that it names, in the order of its text. What it always sets first is its own, and so is
    /// what it keeps in a scope of its session, and what a nested block or a catch finds in $_.
    /// </summary>
    private static IEnumerable<VariablePath> NamedVariables(Ast script) =>
        from variable in script.FindAll(ast => ast is VariableExpressionAst, searchNestedScriptBlocks: true)
            .Cast<VariableExpressionAst>()
        where !Automatic.Contains(variable.VariablePath.UserPath) && !IsOfItsBlock(variable, script)
        where !variable.VariablePath.IsDriveQualified
            || string.Equals(variable.VariablePath.DriveName, "env", StringComparison.OrdinalIgnoreCase)
        group variable by variable.VariablePath.UserPath.ToUpperInvariant() into occurrences
        let first = occurrences.OrderBy(variable => variable.Extent.StartOffset).First()
        where !IsSetFirst(first, occurrences, script) && (first.VariablePath.IsUnqualified || !occurrences.Any(IsSet))
        orderby first.Extent.StartOffset
        select first.VariablePath;

    private static bool IsOfItsBlock(VariableExpressionAst variable, Ast script)
    {
        if (variable.VariablePath.UserPath.ToUpperInvariant() is not ("_" or "PSITEM"))
            return false;

        for (Ast? ast = variable.Parent; ast is not null && ast != script; ast = ast.Parent)
        {
            if (ast is ScriptBlockExpressionAst or CatchClauseAst or SwitchStatementAst or TrapStatementAst)
                return true;
        }

        return false;
    }

    /// <summary>Whether a statement that nothing skips gives the variable its first value.</summary>
    private static bool IsSetFirst(
        VariableExpressionAst first, IEnumerable<VariableExpressionAst> occurrences, Ast script)
    {
        Ast target = first;
        while (target.Parent is AttributedExpressionAst typed)
            target = typed;
        return target.Parent is AssignmentStatementAst { Operator: TokenKind.Equals } assignment
            && assignment.Left == target
            && assignment.Parent is NamedBlockAst block && block.Parent == script
            && !occurrences.Any(other => other != first && other.Extent.EndOffset <= assignment.Extent.EndOffset);
    }

    private static bool IsSet(VariableExpressionAst variable) =>
        (variable.Parent is AssignmentStatementAst assignment && assignment.Left == variable)
        || variable.Parent is UnaryExpressionAst
        {
            TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus
                or TokenKind.PostfixMinusMinus,
        };

    private static string? EnvironmentVariable(VariablePath path) =>
        Environment.GetEnvironmentVariable(path.UserPath.Substring(path.UserPath.IndexOf(':') + 1));

    /// <summary>What cannot change counts by its value, anything else by which object it is.</summary>
    private static string ValueOf(object? value) => value switch
    {
        null => string.Empty,
        PSObject { BaseObject: not PSCustomObject } wrapped => ValueOf(wrapped.BaseObject),
        string text => $"text {text.Length} {text}",
        SecureString secret => "secret " + Digest.Of(secret),
        bool or char or byte or short or int or long or decimal or Guid =>
            value.GetType().Name + " " + Convert.ToString(value, CultureInfo.InvariantCulture),
        _ => "object " + IdOf(value),
    };

    private static string IdOf(object item) => Ids.GetValue(item, _ => Guid.NewGuid().ToString());

    /// <summary>The session that a script block is bound to, which PowerShell does not tell; null for none.</summary>
    private static object? ContextOf(ScriptBlock script)
    {
        object? session = typeof(ScriptBlock).GetProperty("SessionStateInternal", Internal)?.GetValue(script);
        return session?.GetType().GetProperty("ExecutionContext", Internal)?.GetValue(session);
    }

    private static object? ContextOf(Runspace? runspace) =>
        runspace is null
            ? null
            : typeof(Runspace).GetProperty("ExecutionContext", Internal)?.GetValue(runspace) ?? runspace;
}
