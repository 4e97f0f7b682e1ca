/**
 * Lets a cell say which line it has come to, so that the error output of a process that dies names it: nothing can ask a dead process.
 *
 * Before each statement that starts on a line of its own stands a call with that line. Statements of functions and loops have none: they may
 * run a million times, and the line of the loop, or of the call, has to do.
 */
import ts from "typescript";

/** The function of the cell process that the calls are to. */
const MARK = "__line__";

const { factory } = ts;

/** What declares without running anything. */
function isMereDeclaration(statement: ts.Statement): boolean {
  return (
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isImportDeclaration(statement) ||
    ts.isEmptyStatement(statement)
  );
}

/** A transformer for the beginning of `before`: it needs the statements as typed. */
export function lineMarks(executionCount: number): ts.TransformerFactory<ts.SourceFile> {
  return () => (file) => {
    const lineOf = (statement: ts.Statement): number => file.getLineAndCharacterOfPosition(statement.getStart(file)).line + 1;
    const mark = (line: number): ts.Statement => {
      const numbers = [executionCount, line].map((number) => factory.createNumericLiteral(number));
      return factory.createExpressionStatement(factory.createCallExpression(factory.createIdentifier(MARK), undefined, numbers));
    };

    function marked(statements: readonly ts.Statement[]): ts.Statement[] {
      let previous: number | null = null;
      return statements.flatMap((statement) => {
        const inner = markedInside(statement);
        const line = lineOf(statement);
        if (line === previous || isMereDeclaration(statement)) return [inner];
        previous = line;
        return [mark(line), inner];
      });
    }

    const markedBlock = (block: ts.Block): ts.Block => factory.updateBlock(block, marked(block.statements));

    function markedInside(statement: ts.Statement): ts.Statement {
      if (ts.isBlock(statement)) return markedBlock(statement);
      if (ts.isIfStatement(statement)) {
        const { expression, thenStatement, elseStatement } = statement;
        const otherwise = elseStatement === undefined ? undefined : markedInside(elseStatement);
        return factory.updateIfStatement(statement, expression, markedInside(thenStatement), otherwise);
      }
      if (!ts.isTryStatement(statement)) return statement;
      const { tryBlock, catchClause, finallyBlock } = statement;
      const caught =
        catchClause === undefined
          ? undefined
          : factory.updateCatchClause(catchClause, catchClause.variableDeclaration, markedBlock(catchClause.block));
      return factory.updateTryStatement(
        statement,
        markedBlock(tryBlock),
        caught,
        finallyBlock === undefined ? undefined : markedBlock(finallyBlock),
      );
    }

    return factory.updateSourceFile(file, marked(file.statements));
  };
}
