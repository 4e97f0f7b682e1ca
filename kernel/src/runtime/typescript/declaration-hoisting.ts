/**
 * Makes every name that a cell declares at its top level a `let` (classes stay classes).
 *
 * V8's REPL mode lets a later cell declare a name again, but only `let` over `let` or `class`: `const` over `let` is an error, and
 * a `var` or function becomes a property of the global object that no `let` may shadow. A person changes `const` to `let`, or a
 * function to an arrow, without a thought. That a `const` is not assigned to has been checked by the compiler before.
 *
 * Functions and `var` names are declared at the start of the cell, as the language does. Runs after TypeScript's own
 * transformations, so that the variables of enums, namespaces and `using` are covered too.
 */
import ts from "typescript";
import { boundNames } from "./declarations.js";

const { factory } = ts;

function isVar(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === 0;
}

function withDefault(target: ts.Expression, initializer: ts.Expression | undefined): ts.Expression {
  return initializer === undefined ? target : factory.createAssignment(target, initializer);
}

/** A binding pattern as the left side of an assignment: `[a, { b: c = 1 }]`. */
function assignmentTarget(name: ts.BindingName): ts.Expression {
  if (ts.isIdentifier(name)) return name;
  if (ts.isArrayBindingPattern(name)) {
    const elements = name.elements.map((element) => {
      if (ts.isOmittedExpression(element)) return element;
      const target = withDefault(assignmentTarget(element.name), element.initializer);
      return element.dotDotDotToken === undefined ? target : factory.createSpreadElement(target);
    });
    return ts.setTextRange(factory.createArrayLiteralExpression(elements), name);
  }
  const properties = name.elements.map((element) => {
    const target = withDefault(assignmentTarget(element.name), element.initializer);
    if (element.dotDotDotToken !== undefined) return factory.createSpreadAssignment(target);
    if (element.propertyName === undefined && ts.isIdentifier(element.name)) {
      return factory.createShorthandPropertyAssignment(element.name, element.initializer);
    }
    return factory.createPropertyAssignment(element.propertyName ?? "", target);
  });
  return ts.setTextRange(factory.createObjectLiteralExpression(properties), name);
}

/** `a = 1, [b] = c`, or undefined where nothing is assigned. */
function assignments(list: ts.VariableDeclarationList): ts.Expression | undefined {
  let all: ts.Expression | undefined;
  for (const declaration of list.declarations) {
    if (declaration.initializer === undefined) continue;
    const one = ts.setTextRange(factory.createAssignment(assignmentTarget(declaration.name), declaration.initializer), declaration);
    all = all === undefined ? one : factory.createComma(all, one);
  }
  return all;
}

/** Takes the `var` declarations out of a statement and the blocks in it, but not out of functions. */
function varRemover(context: ts.TransformationContext, names: Set<string>): (node: ts.Node) => ts.Node {
  function declare(list: ts.VariableDeclarationList): void {
    for (const declaration of list.declarations) for (const name of boundNames(declaration.name)) names.add(name);
  }

  return function visit(node: ts.Node): ts.Node {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return node;
    if (ts.isVariableStatement(node) && isVar(node.declarationList)) {
      declare(node.declarationList);
      const assigned = assignments(node.declarationList);
      const statement = assigned === undefined ? factory.createEmptyStatement() : factory.createExpressionStatement(assigned);
      return ts.setTextRange(statement, node);
    }
    const inner = ts.visitEachChild(node, visit, context);
    if (ts.isForStatement(inner) && inner.initializer !== undefined && ts.isVariableDeclarationList(inner.initializer)) {
      const list = inner.initializer;
      if (!isVar(list)) return inner;
      declare(list);
      return factory.updateForStatement(inner, assignments(list), inner.condition, inner.incrementor, inner.statement);
    }
    if ((ts.isForInStatement(inner) || ts.isForOfStatement(inner)) && ts.isVariableDeclarationList(inner.initializer)) {
      const list = inner.initializer;
      const [declaration] = list.declarations;
      if (!isVar(list) || declaration === undefined) return inner;
      declare(list);
      const target = assignmentTarget(declaration.name);
      return ts.isForInStatement(inner)
        ? factory.updateForInStatement(inner, target, inner.expression, inner.statement)
        : factory.updateForOfStatement(inner, inner.awaitModifier, target, inner.expression, inner.statement);
    }
    return inner;
  };
}

function letStatement(declarations: readonly ts.VariableDeclaration[]): ts.VariableStatement {
  return factory.createVariableStatement(undefined, factory.createVariableDeclarationList(declarations, ts.NodeFlags.Let));
}

interface NamedFunction extends ts.FunctionDeclaration {
  readonly name: ts.Identifier;
  readonly body: ts.FunctionBody;
}

function isNamedFunction(statement: ts.Statement): statement is NamedFunction {
  return ts.isFunctionDeclaration(statement) && statement.name !== undefined && statement.body !== undefined;
}

/** `let f = function () {...}`: the function gets the name f, and f may be assigned to, as to a declared function. */
function functionAsLet(declaration: NamedFunction): ts.Statement {
  const { modifiers, asteriskToken, typeParameters, parameters, type, body, name } = declaration;
  const kept = modifiers?.filter((modifier): modifier is ts.Modifier => modifier.kind === ts.SyntaxKind.AsyncKeyword);
  const expression = factory.createFunctionExpression(kept, asteriskToken, undefined, typeParameters, parameters, type, body);
  ts.setOriginalNode(ts.setTextRange(expression, declaration), declaration);
  return ts.setTextRange(letStatement([factory.createVariableDeclaration(name, undefined, undefined, expression)]), declaration);
}

/** A transformer for `after`. */
export const declarationHoisting: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const names = new Set<string>();
  const removeVars = varRemover(context, names);
  const functions = new Map<string, ts.Statement>();
  const statements: ts.Statement[] = [];
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) continue;
    if (isNamedFunction(statement)) {
      functions.set(statement.name.text, functionAsLet(statement));
    } else if (ts.isVariableStatement(statement) && !isVar(statement.declarationList)) {
      statements.push(ts.setTextRange(letStatement(statement.declarationList.declarations), statement));
    } else {
      statements.push(ts.visitNode(statement, removeVars, ts.isStatement));
    }
  }
  for (const name of functions.keys()) names.delete(name);
  const hoisted = [...names].map((name) => factory.createVariableDeclaration(name));
  return factory.updateSourceFile(file, [
    // Cells are modules to the type-check, and modules are strict.
    factory.createExpressionStatement(factory.createStringLiteral("use strict")),
    ...(hoisted.length === 0 ? [] : [letStatement(hoisted)]),
    ...functions.values(),
    ...statements,
  ]);
};
