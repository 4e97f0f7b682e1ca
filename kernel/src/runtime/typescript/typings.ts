/**
 * The declaration files that every cell is checked with, as the compiler gets them: those of JavaScript's libraries in one text,
 * those of Node in another, and all of them, with those of the prelude, without comments. The comments are more than half of the
 * text, and hundreds of files and of interfaces in several parts cost time again with each cell. What a hover tells comes from the
 * files themselves (see documentation.ts).
 */
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { CELL_LIBRARY, providedLibraries } from "./compiler-options.js";
import { nodeTypeRoot } from "./packages.js";
import { internals } from "./typescript-internals.js";

/** A part of the text that a declaration file is replaced by. */
export interface Segment {
  /** Offset in the text where it begins, in UTF-16 units. */
  readonly start: number;
  /** The file it was made of. */
  readonly path: string;
}

/** What a declaration file is replaced by. */
export interface Replacement {
  readonly text: string;
  readonly segments: readonly Segment[];
}

const REFERENCE = /^\/\/\/\s*<reference\s/;
const FILE_REFERENCE = /^\/\/\/\s*<reference\s+path="([^"]+)"\s*\/>\n?/gm;
const LIBRARY_REFERENCE = /^\/\/\/\s*<reference\s+lib="([^"]+)"\s*\/>\n?/gm;
/** A declaration file with an import or export at its top level, where nothing is indented, is a module; it cannot be joined to others. */
const TOP_LEVEL_EXPORT = /^(?:import|export)\b/m;

const DECLARED_MODULE = /^declare module ["']([^"']+)["']/gm;
const IMPORTED_MODULE = /\b(?:from|import|require)\b[\s(]*\x22([^\x22]+)\x22/g;

/** A line of the table of all modules, for `process.getBuiltinModule`; it alone is no reason to load one. */
const BUILT_IN_MODULE = /^\s*\x22[^\x22]+\x22: typeof import\b.*$/gm;

const NOTHING: Replacement = { text: "", segments: [] };

type ReadFile = (path: string) => string | undefined;

// Comments, and before them the strings that may hold what looks like one. There are no regular expressions in declarations.
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`|\/\/[^\n]*|\/\*[^]*?\*\//g;

/** The text of declarations without its comments, except those that tell the compiler which other files to load. */
export function withoutComments(text: string): string {
  const shorter = text
    .replace(STRING_OR_COMMENT, (found) => {
      if (!found.startsWith("/") || REFERENCE.test(found)) return found;
      return found.includes("\n") ? "\n" : " ";
    })
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n");
  // One byte a character where that is enough: V8 keeps two in every part of a text that needed them.
  return /^[\0-\xff]*$/.test(shorter) ? Buffer.from(shorter, "latin1").toString("latin1") : shorter;
}

function unindented(text: string): string {
  return text.replace(/^[ \t]+/gm, "");
}

/** Whether a file has no names but those of the modules it declares. */
function declaresModulesOnly(text: string): boolean {
  const isInside = text.split("\n").every((line) => /^(?:$|\s|\}|declare module ["']|\/\/\/)/.test(line));
  return isInside && !/\bglobal\s*\{/.test(text);
}

/** Several files as one. */
class JoinedText {
  readonly #parts: string[] = [];
  readonly #segments: Segment[] = [];
  #length = 0;

  add(path: string, text: string): void {
    this.#segments.push({ start: this.#length, path });
    const part = `${unindented(text)}\n`;
    this.#parts.push(part);
    this.#length += part.length;
  }

  get whole(): Replacement {
    return { text: this.#parts.join(""), segments: this.#segments };
  }
}

/** The replacements of declaration files; which files there are is found out when the first is asked for. */
export class Typings {
  readonly #read: ReadFile;
  readonly #preludeFolder: string | null;
  readonly #replacements = new Map<string, Replacement>();
  readonly #sources = new Set<string>();
  /** The modules of Node that are not among the joined ones, with the files that declare them. */
  readonly #moduleFiles = new Map<string, string>();
  #areJoined = false;

  /**
   * @param read reads a real file
   * @param preludeFolder where the prelude's package is, without a slash at the end; null for none
   */
  constructor(read: ReadFile, preludeFolder: string | null) {
    this.#read = read;
    this.#preludeFolder = preludeFolder;
  }

  /** What the compiler gets in place of a file; undefined where it gets the file itself. */
  replacementOf(path: string): Replacement | undefined {
    if (!path.endsWith(".d.ts")) return undefined;
    if (!this.#areJoined) this.#join();
    const known = this.#replacements.get(path);
    if (known !== undefined) return known;
    if (this.#preludeFolder === null || !path.startsWith(`${this.#preludeFolder}/`)) return undefined;
    const text = this.#source(path);
    if (text === undefined) return undefined;
    const replacement = { text: unindented(text), segments: [{ start: 0, path }] };
    this.#replacements.set(path, replacement);
    return replacement;
  }

  /** The modules of Node that only cells that import them are checked with, and the files that declare them. */
  get modulesOnDemand(): ReadonlyMap<string, string> {
    if (!this.#areJoined) this.#join();
    return this.#moduleFiles;
  }

  /** Whether a file stands for the joined typings of Node; they mention modules without a need for them. */
  isJoined(path: string): boolean {
    return (this.#replacements.get(path)?.segments.length ?? 0) > 1;
  }

  /** The files that were read for the replacements. */
  get sources(): readonly string[] {
    return [...this.#sources];
  }

  #source(path: string): string | undefined {
    const text = this.#read(path);
    if (text === undefined) return undefined;
    this.#sources.add(path);
    return withoutComments(text);
  }

  #join(): void {
    this.#areJoined = true;
    this.#joinLibraries();
    this.#joinNode();
  }

  /** The first library becomes all of them; each of them, should a package refer to it, is empty. */
  #joinLibraries(): void {
    const folder = dirname(ts.sys.getExecutingFilePath());
    const texts = new Map<string, string>();
    const waiting = [...providedLibraries()];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (texts.has(name)) continue;
      const text = this.#source(join(folder, name));
      if (text === undefined) continue;
      texts.set(name, text);
      for (const [, library = ""] of text.matchAll(LIBRARY_REFERENCE)) waiting.push(internals.libMap.get(library) ?? "");
    }
    // The order in which the compiler takes them: it decides which overload of a method comes first.
    const order = (name: string): number => internals.libs.indexOf(name.replace(/^lib\.|\.d\.ts$/g, ""));
    const joined = new JoinedText();
    for (const name of [...texts.keys()].sort((a, b) => order(a) - order(b))) {
      joined.add(join(folder, name), (texts.get(name) ?? "").replaceAll(LIBRARY_REFERENCE, ""));
      this.#replacements.set(join(folder, name), NOTHING);
    }
    this.#replacements.set(join(folder, CELL_LIBRARY), joined.whole);
  }

  /**
   * Its first file becomes all that declare global names, with the modules those need. It refers to those that cannot be joined, and
   * the modules left over are for cells that import them.
   */
  #joinNode(): void {
    const folder = join(nodeTypeRoot(), "node");
    const texts = new Map<string, string>();
    // What a file refers to comes before it, as the compiler has it.
    const read = (path: string): void => {
      const text = texts.has(path) ? undefined : this.#source(path);
      if (text === undefined) return;
      texts.set(path, "");
      for (const [, referred = ""] of text.matchAll(FILE_REFERENCE)) read(join(dirname(path), referred));
      texts.delete(path);
      texts.set(path, text);
      for (const [, module = ""] of text.matchAll(DECLARED_MODULE)) this.#moduleFiles.set(module, path);
    };
    const index = join(folder, "index.d.ts");
    read(index);

    const needed = new Set<string>();
    const need = (path: string | undefined): void => {
      if (path === undefined || needed.has(path)) return;
      needed.add(path);
      const text = (texts.get(path) ?? "").replaceAll(BUILT_IN_MODULE, "");
      for (const [, module = ""] of text.matchAll(IMPORTED_MODULE)) need(this.#moduleFiles.get(module));
    };
    for (const [path, text] of texts) if (!declaresModulesOnly(text)) need(path);

    const references = new Set<string>();
    const joined = new JoinedText();
    for (const [path, text] of texts) {
      if (TOP_LEVEL_EXPORT.test(text)) references.add(`/// <reference path="${relative(folder, path)}" />\n`);
      else if (needed.has(path)) {
        for (const [reference] of text.matchAll(LIBRARY_REFERENCE)) references.add(reference);
        joined.add(path, text.replaceAll(FILE_REFERENCE, "").replaceAll(LIBRARY_REFERENCE, ""));
        this.#replacements.set(path, NOTHING);
      } else this.#replacements.set(path, { text: unindented(text), segments: [{ start: 0, path }] });
    }
    for (const [module, path] of this.#moduleFiles) if (needed.has(path)) this.#moduleFiles.delete(module);
    const head = [...references].join("");
    const { text, segments } = joined.whole;
    const shifted = segments.map(({ start, path }) => ({ start: start + head.length, path }));
    this.#replacements.set(index, { text: head + text, segments: shifted });
  }
}
