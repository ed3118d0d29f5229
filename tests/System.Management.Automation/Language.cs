namespace System.Management.Automation
{
    public sealed class PSCustomObject
    {
        private PSCustomObject()
        {
        }
    }

    public class VariablePath
    {
        public string UserPath { get; } = string.Empty;

        public bool IsUnqualified => true;

        public bool IsDriveQualified => false;

        public string? DriveName => null;
    }
}

namespace System.Management.Automation.Language
{
    /// <summary>Of a script without text, in which nothing is found.</summary>
    public abstract class Ast
    {
        public Ast? Parent => null;

        public IScriptExtent Extent => null!;

        public IEnumerable<Ast> FindAll(Func<Ast, bool> predicate, bool searchNestedScriptBlocks) => [];
    }

    public class ScriptBlockAst : Ast
    {
        public ScriptBlock GetScriptBlock() => new(() => null);
    }

    public class StatementAst : Ast;

    public class FunctionDefinitionAst : StatementAst
    {
        public ScriptBlockAst Body { get; } = new();
    }

    public class NamedBlockAst : Ast;

    public class CatchClauseAst : Ast;

    public class TrapStatementAst : StatementAst;

    public class SwitchStatementAst : StatementAst;

    public class AssignmentStatementAst : StatementAst
    {
        public TokenKind Operator => TokenKind.Equals;

        public ExpressionAst Left => null!;
    }

    public class ExpressionAst : Ast;

    public class UnaryExpressionAst : ExpressionAst
    {
        public TokenKind TokenKind => TokenKind.Not;
    }

    public class AttributedExpressionAst : ExpressionAst;

    public class ScriptBlockExpressionAst : ExpressionAst;

    public class VariableExpressionAst : ExpressionAst
    {
        public VariablePath VariablePath { get; } = new();
    }

    public interface IScriptExtent
    {
        int StartOffset { get; }

        int EndOffset { get; }
    }

    public enum TokenKind
    {
        MinusMinus = 31,
        PlusPlus = 32,
        Equals = 42,
        Not = 51,
        PostfixPlusPlus = 95,
        PostfixMinusMinus = 96,
    }
}
