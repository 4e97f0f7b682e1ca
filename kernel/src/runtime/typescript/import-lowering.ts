/**
 * Rewrites the module forms of a cell, which V8 does not take in a script, to calls of `__import__`, which the cell process
 * defines:
 *
 *   import d, { a as b } from "m"   ->  const { default: d, a: b } = await __import__("m")
 *   import * as n from "m"          ->  const n = await __import__("m")
 *   import "m"                      ->  await __import__("m")
 *   import n = require("m")         ->  const n = require("m")
 *   import("m")                     ->  __import__("m")
 *   import.meta                     ->  an object with url, filename, dirname, resolve
 *
 * Runs before TypeScript's own transformations, on the syntax tree of the cell.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

/** What the type-check knows of a cell's imports and its syntax alone does not tell. */
export interface ImportFacts {
  /** Imported names that are types only and so have no value to import. */
  readonly typeNames: ReadonlySet<string>;
  /** Module specifiers of local TypeScript modules, with the absolute paths the cell process knows them by. */
  readonly localModules: ReadonlyMap<string, string>;
}

export interface CellPlace {
  /** The notebook's folder, absolute. */
  readonly cwd: string;
  readonly executionCount: number;
}

const { factory } = ts;

/** `const <name> = <value>` */
function constant(name: string | ts.BindingName, value: ts.Expression): ts.VariableStatement {
  const declaration = factory.createVariableDeclaration(name, undefined, undefined, value);
  return factory.createVariableStatement(undefined, factory.createVariableDeclarationList([declaration], ts.NodeFlags.Const));
}

/** `const { a: b } = <value>` */
function destructured(
  names: readonly { readonly property: ts.PropertyName | string; readonly local: ts.Identifier }[],
  value: ts.Expression,
): ts.Statement {
  const elements = names.map(({ property, local }) => {
    const isSame = typeof property !== "string" && ts.isIdentifier(property) && property.text === local.text;
    return factory.createBindingElement(undefined, isSame ? undefined : property, local);
  });
  return constant(factory.createObjectBindingPattern(elements), value);
}

/** `N.a.b` as an expression. */
function entityExpression(name: ts.EntityName): ts.Expression {
  return ts.isIdentifier(name) ? name : factory.createPropertyAccessExpression(entityExpression(name.left), name.right);
}

/** `{ with: { type: "json" } }`, taken from the import or added where Node asks for it and TypeScript does not. */
function importOptions(specifier: string, attributes: ts.ImportAttributes | undefined): ts.Expression[] {
  const pairs =
    attributes === undefined
      ? specifier.endsWith(".json")
        ? [factory.createPropertyAssignment("type", factory.createStringLiteral("json"))]
        : []
      : attributes.elements.map(({ name, value }) => factory.createPropertyAssignment(name, value));
  if (pairs.length === 0) return [];
  return [factory.createObjectLiteralExpression([factory.createPropertyAssignment("with", factory.createObjectLiteralExpression(pairs))])];
}

function importMeta({ cwd, executionCount }: CellPlace): ts.Expression {
  const filename = join(cwd, `cell-${String(executionCount)}.ts`);
  const text = (name: string, value: string): ts.PropertyAssignment =>
    factory.createPropertyAssignment(name, factory.createStringLiteral(value));
  const request = factory.createIdentifier("specifier");
  const resolve = factory.createArrowFunction(
    undefined,
    undefined,
    [factory.createParameterDeclaration(undefined, undefined, request)],
    undefined,
    undefined,
    factory.createCallExpression(factory.createPropertyAccessExpression(factory.createIdentifier("require"), "resolve"), undefined, [
      request,
    ]),
  );
  return factory.createObjectLiteralExpression([
    text("url", pathToFileURL(filename).href),
    text("filename", filename),
    text("dirname", cwd),
    factory.createPropertyAssignment("resolve", resolve),
  ]);
}

/** A transformer for `before`. */
export function importLowering(facts: ImportFacts, place: CellPlace): ts.TransformerFactory<ts.SourceFile> {
  function specifierOf(expression: ts.Expression): ts.Expression {
    if (!ts.isStringLiteralLike(expression)) return expression;
    const local = facts.localModules.get(expression.text);
    return local === undefined ? expression : factory.createStringLiteral(local);
  }

  function awaitedImport(declaration: ts.ImportDeclaration): ts.Expression {
    const { moduleSpecifier, attributes } = declaration;
    const options = ts.isStringLiteral(moduleSpecifier) ? importOptions(moduleSpecifier.text, attributes) : [];
    const call = factory.createCallExpression(factory.createIdentifier("__import__"), undefined, [
      specifierOf(moduleSpecifier),
      ...options,
    ]);
    return factory.createAwaitExpression(call);
  }

  const hasValue = (local: ts.Identifier): boolean => !facts.typeNames.has(local.text);

  function lowerImport(declaration: ts.ImportDeclaration): ts.Statement[] {
    const clause = declaration.importClause;
    if (clause === undefined) return [factory.createExpressionStatement(awaitedImport(declaration))];
    if (clause.isTypeOnly) return [];
    const named: { property: ts.PropertyName | string; local: ts.Identifier }[] = [];
    if (clause.name !== undefined && hasValue(clause.name)) named.push({ property: "default", local: clause.name });
    const bindings = clause.namedBindings;
    if (bindings !== undefined && ts.isNamedImports(bindings)) {
      for (const { isTypeOnly, name, propertyName } of bindings.elements) {
        if (!isTypeOnly && hasValue(name)) named.push({ property: propertyName ?? name, local: name });
      }
      // `import {} from "m"` is there for its effect; a list of nothing but types is not.
      if (bindings.elements.length === 0 && clause.name === undefined) {
        return [factory.createExpressionStatement(awaitedImport(declaration))];
      }
    }
    if (bindings !== undefined && ts.isNamespaceImport(bindings)) {
      const whole = constant(bindings.name, awaitedImport(declaration));
      return named.length === 0 ? [whole] : [whole, destructured(named, bindings.name)];
    }
    return named.length === 0 ? [] : [destructured(named, awaitedImport(declaration))];
  }

  function lowerImportEquals(declaration: ts.ImportEqualsDeclaration): ts.Statement[] {
    const { isTypeOnly, name, moduleReference } = declaration;
    if (isTypeOnly || !hasValue(name)) return [];
    if (!ts.isExternalModuleReference(moduleReference)) return [constant(name, entityExpression(moduleReference))];
    const call = factory.createCallExpression(factory.createIdentifier("require"), undefined, [specifierOf(moduleReference.expression)]);
    return [constant(name, call)];
  }

  return (context) => {
    function visit(node: ts.Node): ts.Node {
      const inner = ts.visitEachChild(node, visit, context);
      if (ts.isCallExpression(inner) && inner.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [first, ...rest] = inner.arguments;
        const args = first === undefined ? rest : [specifierOf(first), ...rest];
        return ts.setTextRange(factory.createCallExpression(factory.createIdentifier("__import__"), undefined, args), inner);
      }
      if (ts.isMetaProperty(inner) && inner.keywordToken === ts.SyntaxKind.ImportKeyword) {
        return ts.setTextRange(importMeta(place), inner);
      }
      return inner;
    }

    return (file) => {
      const imports: ts.Statement[] = [];
      const others: ts.Statement[] = [];
      for (const statement of file.statements) {
        // Imports come first, as in a module.
        if (ts.isImportDeclaration(statement)) {
          imports.push(...lowerImport(statement).map((lowered) => ts.setTextRange(lowered, statement)));
        } else if (ts.isImportEqualsDeclaration(statement)) {
          others.push(...lowerImportEquals(statement).map((lowered) => ts.setTextRange(lowered, statement)));
        } else {
          others.push(ts.visitNode(statement, visit, ts.isStatement));
        }
      }
      return factory.updateSourceFile(file, [...imports, ...others]);
    };
  };
}
