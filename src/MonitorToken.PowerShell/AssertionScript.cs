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
/// The script block of -FederatedTokenScript. A script block is bound to its session state, which is not thread-safe.
/// Therefore it runs unchanged only in its own session. In any other, an unbound copy runs, with that session's
/// commands and with the values that the variables it references had when the script block was given.
/// </summary>
internal sealed class AssertionScript
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Automatic variables, which PowerShell sets for each script.</summary>
    private static readonly HashSet<string> Automatic = new(StringComparer.OrdinalIgnoreCase)
    {
        "args", "Error", "ExecutionContext", "false", "foreach", "Host", "input", "LASTEXITCODE", "Matches",
        "MyInvocation", "null", "PSBoundParameters", "PSCmdlet", "StackTrace", "switch", "this", "true", "?", "^", "$",
    };

    /// <summary>Object identities, which are unique within the process and do not keep the objects alive.</summary>
    private static readonly ConditionalWeakTable<object, string> Ids = new();

    private readonly ScriptBlock _script;
    private readonly WeakReference<object>? _home;
    private readonly Dictionary<string, object?> _variables = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="script">The script block.</param>
    /// <param name="session">The session state of the command that it was given to.</param>
    public AssertionScript(ScriptBlock script, SessionState session)
    {
        _script = script;
        _home = (ContextOf(script) ?? ContextOf(Runspace.DefaultRunspace)) is { } home
            ? new WeakReference<object>(home)
            : null;

        var identity = new List<string> { IdOf(script.Ast) };
        if (script.Module is { } module)
        {
            // GetNewClosure creates a module for each closure, which holds the captured variables.
            identity.Add(IdOf(module));
            session = module.SessionState;
        }

        foreach (VariablePath path in OuterVariables(script.Ast))
        {
            object? value = path.IsDriveQualified
                ? EnvironmentVariable(path)
                : session.PSVariable.GetValue(path.UserPath);
            if (path.IsUnqualified && value is not null)
                _variables[path.UserPath] = value;
            identity.Add(path.UserPath.ToUpperInvariant());
            identity.Add(ValueOf(value));
        }

        Identity = Digest.Of(identity);
    }

    /// <summary>
    /// A digest of the script's syntax tree and of the variables that it references. A script block literal in a loop
    /// is a new object in each iteration but keeps its identity; each closure has its own.
    /// </summary>
    public string Identity { get; }

    /// <summary>Runs the script on the pipeline thread of a caller that waits for the token.</summary>
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
                        .AddArgument(UnboundCopy())
                        .AddArgument(_variables.Select(pair => new PSVariable(pair.Key, pair.Value)).ToArray()),
                cancellationToken);
            string? token = last?.BaseObject is SecureString secret
                ? Secret.PlainText(secret)
                : last?.BaseObject as string;
            return !string.IsNullOrWhiteSpace(token)
                ? token!.Trim()
                : throw new SessionScriptException(
                    "it returned no token as a string or a SecureString.");
        }
        catch (SessionScriptException exception)
        {
            // Whatever it asks may be out of order for a moment: that says nothing about the token in memory.
            throw new TokenException(
                TokenError.AuthenticationFailed,
                $"The script of -FederatedTokenScript failed: {Secret.Mask(exception.Message)}",
                "Run the script separately to see what it needs. "
                    + "It must return the token as a string or a SecureString."
                    + (isAtHome
                        ? string.Empty
                        : " It ran outside its own runspace, where it can use only that runspace's commands. "
                            + "Import the commands that it calls there, or define the script there."))
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

    /// <summary>An unbound copy of the script block, which runs in the current session state.</summary>
    private ScriptBlock UnboundCopy() => _script.Ast switch
    {
        ScriptBlockAst ast => ast.GetScriptBlock(),
        FunctionDefinitionAst function => function.Body.GetScriptBlock(),
        _ => ScriptBlock.Create(_script.ToString()),
    };

    /// <summary>
    /// The variables that the script reads from its surroundings, in the order of its text. Excludes local variables
    /// that it always assigns first, scoped ones that it sets itself, and $_ of a nested block or a catch clause.
    /// </summary>
    private static IEnumerable<VariablePath> OuterVariables(Ast script) =>
        from variable in script.FindAll(ast => ast is VariableExpressionAst, searchNestedScriptBlocks: true)
            .Cast<VariableExpressionAst>()
        where !Automatic.Contains(variable.VariablePath.UserPath) && !IsBlockItem(variable, script)
        where !variable.VariablePath.IsDriveQualified
            || string.Equals(variable.VariablePath.DriveName, "env", StringComparison.OrdinalIgnoreCase)
        group variable by variable.VariablePath.UserPath.ToUpperInvariant() into occurrences
        let first = occurrences.OrderBy(variable => variable.Extent.StartOffset).First()
        where !IsLocal(first, occurrences, script)
        where first.VariablePath.IsUnqualified || !occurrences.Any(IsAssigned)
        orderby first.Extent.StartOffset
        select first.VariablePath;

    /// <summary>Whether the variable is $_ and set by a nested block, catch, switch or trap.</summary>
    private static bool IsBlockItem(VariableExpressionAst variable, Ast script)
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

    /// <summary>Whether the variable is first assigned by an unconditional statement, so that it is local.</summary>
    private static bool IsLocal(
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

    private static bool IsAssigned(VariableExpressionAst variable) =>
        (variable.Parent is AssignmentStatementAst assignment && assignment.Left == variable)
        || variable.Parent is UnaryExpressionAst
        {
            TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus
                or TokenKind.PostfixMinusMinus,
        };

    private static string? EnvironmentVariable(VariablePath path) =>
        Environment.GetEnvironmentVariable(path.UserPath.Substring(path.UserPath.IndexOf(':') + 1));

    /// <summary>Immutable values and secrets are compared by value, other objects by reference.</summary>
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

    /// <summary>
    /// The execution context that a script block is bound to, which PowerShell does not expose; null if it is unbound.
    /// </summary>
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
