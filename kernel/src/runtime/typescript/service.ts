/**
 * The TypeScript service: answers {@link ServiceRequest}s about the cells of one notebook. It knows which declarations hold; the
 * variables themselves are in the cell process.
 *
 * A cell that has compiled is only a proposal. Its declarations hold once it is accepted, since whether it ran is known to the
 * supervisor alone.
 */
import { join } from "node:path";
import ts from "typescript";
import type { Prelude, ServiceReady, ServiceReply, ServiceRequest } from "../frames.js";
import { CELL_FILE_NAME } from "./cell-programs.js";
import { prepareCell, prepareUnfinished } from "./cell-source.js";
import { createCellSystem, type CellSystem } from "./cell-system.js";
import { completenessOf } from "./completeness.js";
import { completionsOf } from "./completion.js";
import { nestedVariables, nextDeclarations, preludeDeclarations } from "./declarations.js";
import { CellDiagnostics } from "./diagnostics.js";
import { emitCell } from "./emit.js";
import { calledFunctionAt, hoverOf } from "./hover.js";
import { findLocalModules } from "./local-modules.js";
import { createConverter, type Converter } from "./tslab-converter.js";
import { parseModule } from "./typescript-internals.js";

export interface ServiceOptions {
  /** Names that cells have without an import line; null for none. */
  readonly prelude: Prelude | null;
  /** The notebook's folder, absolute. */
  readonly cwd: string;
}

/** A reply without the id of its request. */
type Answer = ServiceReply extends infer Reply ? (Reply extends { readonly id: number } ? Omit<Reply, "id"> : never) : never;

type Request<Type extends ServiceRequest["type"]> = Extract<ServiceRequest, { readonly type: Type }>;

/** The names a cell imports that have no value at run time. */
function typeOnlyImports(program: ts.Program, cellFile: ts.SourceFile): Set<string> {
  const checker = program.getTypeChecker();
  const names = new Set<string>();
  function note(name: ts.Identifier): void {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return;
    const target = checker.getAliasedSymbol(symbol);
    // A name that does not resolve (a package without typings) may well have a value.
    const isKnown = (target.flags & (ts.SymbolFlags.Type | ts.SymbolFlags.Namespace)) !== 0;
    if (isKnown && (target.flags & ts.SymbolFlags.Value) === 0) names.add(name.text);
  }
  for (const statement of cellFile.statements) {
    if (ts.isImportEqualsDeclaration(statement)) note(statement.name);
    if (!ts.isImportDeclaration(statement) || statement.importClause === undefined) continue;
    const { name, namedBindings } = statement.importClause;
    if (name !== undefined) note(name);
    if (namedBindings !== undefined && ts.isNamedImports(namedBindings)) for (const element of namedBindings.elements) note(element.name);
  }
  return names;
}

export class TypeScriptService {
  readonly #options: ServiceOptions;
  readonly #system: CellSystem;
  #converter: Converter | null = null;
  /** Declarations of the accepted cells. */
  #declarations: string;
  /** Declarations that will hold when the cell compiled last is accepted. */
  #proposed: string | null = null;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#system = createCellSystem(options.cwd, options.prelude);
    this.#declarations = preludeDeclarations(options.prelude);
  }

  /**
   * Does the work that the first cell would otherwise wait for.
   * @throws Error when not even the simplest cell compiles, which an incomplete installation explains
   */
  warmUp(): ServiceReady {
    const reply = this.handle({ id: 0, type: "compile", source: "0", executionCount: 0 });
    if (reply.type === "failed") throw new Error(reply.message);
    this.#proposed = null;
    return { type: "ready", typescript: ts.version };
  }

  /** Answers a request. Never throws: what goes wrong inside becomes a `failed` reply, and the next request is answered again. */
  handle(request: ServiceRequest): ServiceReply {
    try {
      return { id: request.id, ...this.#answer(request) };
    } catch (error) {
      // The converter may be left half-way through an update, so the next request gets a new one.
      this.#dropConverter();
      const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { id: request.id, type: "failed", message: `The TypeScript service failed to answer "${request.type}": ${cause}` };
    }
  }

  /** The declaration files of which the compiler gets a shorter text. */
  get typingSources(): readonly string[] {
    return this.#system.typings.sources;
  }

  close(): void {
    this.#dropConverter();
  }

  #answer(request: ServiceRequest): Answer {
    switch (request.type) {
      case "compile":
        return this.#compile(request);
      case "accept":
        this.#declarations = this.#proposed ?? this.#declarations;
        this.#proposed = null;
        return { type: "accepted" };
      case "reset":
        this.#declarations = preludeDeclarations(this.#options.prelude);
        this.#proposed = null;
        return { type: "reset" };
      case "complete":
        return this.#complete(request);
      case "inspect":
        return this.#inspect(request);
      case "isComplete":
        return { type: "completeness", ...completenessOf(request.source) };
      default:
        return unknownRequest(request);
    }
  }

  #compile({ source: typed, executionCount, purpose }: Request<"compile">): Answer {
    const isExpression = purpose === "expression";
    const declarations = isExpression ? (this.#proposed ?? this.#declarations) : this.#declarations;
    if (!isExpression) this.#proposed = null;
    const { cwd } = this.#options;
    const source = prepareCell(typed);
    const diagnostics = new CellDiagnostics(typed, executionCount, cwd);
    const reject = (errors: readonly ts.Diagnostic[]): Answer => ({
      type: "rejected",
      diagnostics: diagnostics.list(errors),
      error: diagnostics.report(errors),
    });
    if (source.errors.length > 0) return reject(diagnostics.fromSource(source.errors));

    const converter = this.#ready();
    const { declOutput, diagnostics: found } = converter.convert(declarations, source.prepared);
    if (found.length > 0) return reject(diagnostics.fromCheck(converter.check.errors));
    const program = converter.check.program?.getProgram();
    const cellFile = program?.getSourceFile(join(cwd, CELL_FILE_NAME));
    if (program === undefined || cellFile === undefined) throw new Error("the type-check left no program of the cell");

    const local = findLocalModules(program, cellFile);
    if (local.errors.length > 0) return reject(local.errors);
    const facts = { typeNames: typeOnlyImports(program, cellFile), localModules: local.specifiers };
    const cell = emitCell(source, facts, { cwd, executionCount });
    if (!isExpression) {
      this.#proposed = nextDeclarations(this.#declarations, source.prepared, declOutput ?? "") + nestedVariables(program, cellFile);
    }
    return { type: "compiled", cell: local.modules.length === 0 ? cell : { ...cell, modules: local.modules } };
  }

  #complete({ source, offset }: Request<"complete">): Answer {
    const found = this.#ready().complete(this.#declarations, prepareUnfinished(source), offset);
    return { type: "completions", ...completionsOf(found, source, offset) };
  }

  #inspect({ source, offset }: Request<"inspect">): Answer {
    const text = prepareUnfinished(source);
    const at = (position: number | undefined): ts.QuickInfo | undefined =>
      position === undefined ? undefined : this.#ready().inspect(this.#declarations, text, position);
    const info = at(offset) ?? at(calledFunctionAt(parseModule("cell.ts", text), offset));
    if (info === undefined) return { type: "inspection", found: false, text: "", markdown: "" };
    return { type: "inspection", found: true, ...hoverOf(info) };
  }

  #ready(): Converter {
    return (this.#converter ??= createConverter(this.#system));
  }

  #dropConverter(): void {
    const dropped = this.#converter;
    this.#converter = null;
    dropped?.close();
  }
}

/** A request of a type that this version does not know. */
function unknownRequest(request: never): Answer {
  const { type } = request as { readonly type?: unknown };
  return { type: "failed", message: `The TypeScript service knows no request of the type ${JSON.stringify(type)}.` };
}
