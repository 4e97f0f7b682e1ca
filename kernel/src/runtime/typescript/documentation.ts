/**
 * The documentation of declarations whose file was parsed without its comments (see typings.ts): it is read from the real file once
 * somebody asks for it. A hover then takes some milliseconds more, and every start and every cell less.
 */
import ts from "typescript";
import type { CellSystem } from "./cell-system.js";

interface Documented extends ts.Node {
  jsDoc?: readonly ts.JSDoc[];
}

/** The real files, parsed with their comments. Few are needed, and those again and again. */
const LARGEST_CACHE = 4;

function topLevelStatement(node: ts.Node): ts.Node {
  let found = node;
  while (!ts.isSourceFile(found.parent)) found = found.parent;
  return found;
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

export class Documentation {
  readonly #system: CellSystem;
  readonly #real = new Map<string, ts.SourceFile>();

  constructor(system: CellSystem) {
    this.#system = system;
  }

  /** Gives declarations the comments that they have in the real files. */
  restore(declarations: readonly ts.Declaration[]): void {
    for (const declaration of declarations) {
      // Variables are documented where their statement begins.
      for (let node: ts.Node = declaration; !ts.isSourceFile(node); node = node.parent) {
        this.#restoreOne(node);
        if (!ts.isVariableDeclaration(node) && !ts.isVariableDeclarationList(node)) break;
      }
    }
  }

  #restoreOne(node: Documented): void {
    const file = node.getSourceFile();
    if (node.jsDoc !== undefined || !this.#system.isWithoutComments(file.fileName)) return;
    const original: Documented | undefined = this.#originalOf(node, file);
    if (original?.kind === node.kind && original.jsDoc !== undefined) node.jsDoc = original.jsDoc;
  }

  /** The node in the real file: comments aside, it has the same statements in the same order. */
  #originalOf(node: ts.Node, file: ts.SourceFile): ts.Node | undefined {
    const statement = topLevelStatement(node);
    const segments = this.#system.typings.replacementOf(file.fileName)?.segments ?? [{ start: 0, path: file.fileName }];
    const start = statement.getStart(file);
    const next = segments.findIndex((segment) => segment.start > start);
    const segment = segments.at(next === -1 ? -1 : next - 1);
    if (segment === undefined) return undefined;
    const before = file.statements.filter((other) => other.getStart(file) >= segment.start && other.pos < statement.pos).length;

    const path: number[] = [];
    for (let inner = node; inner !== statement; inner = inner.parent) path.unshift(childrenOf(inner.parent).indexOf(inner));
    let original: ts.Node | undefined = this.#realFile(segment.path)?.statements[before];
    for (const index of path) original = original === undefined ? undefined : childrenOf(original)[index];
    return original;
  }

  #realFile(path: string): ts.SourceFile | undefined {
    const known = this.#real.get(path);
    if (known !== undefined) return known;
    const text = ts.sys.readFile(path);
    if (text === undefined) return undefined;
    const file = ts.createSourceFile(path, text, { languageVersion: ts.ScriptTarget.ESNext }, true);
    const [oldest] = this.#real.keys();
    if (this.#real.size === LARGEST_CACHE && oldest !== undefined) this.#real.delete(oldest);
    this.#real.set(path, file);
    return file;
  }
}
