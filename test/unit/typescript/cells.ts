/** Notebooks of a few cells, as data: what each cell must come to when it is compiled, run, and followed by the next. */

export type Expected =
  /** Runs and shows this value. */
  | { readonly shows: unknown }
  /** Runs and shows nothing. */
  | "silent"
  /** Does not compile: TypeScript's numbers, in order. */
  | { readonly rejects: readonly number[] }
  /** Throws while it runs; `at` is the place in the cell as typed. */
  | { readonly throws: string; readonly at?: string };

export interface Cell {
  readonly source: string;
  readonly comes: Expected;
}

const cell = (source: string, comes: Expected): Cell => ({ source, comes });
const shows = (source: string, value: unknown): Cell => cell(source, { shows: value });
const silent = (source: string): Cell => cell(source, "silent");
const rejects = (source: string, ...numbers: number[]): Cell => cell(source, { rejects: numbers });
const throws = (source: string, error: string, at?: string): Cell => cell(source, { throws: error, ...(at === undefined ? {} : { at }) });

export const NOTEBOOKS: Readonly<Record<string, readonly Cell[]>> = {
  "shows the value of a last expression": [shows("1 + 1", 2)],
  "shows the value with a semicolon too": [shows("1 + 1;", 2)],
  "shows nothing for a last declaration": [silent("const a = 1")],
  "shows nothing for a last loop": [silent("let s = 0; for (let i = 0; i < 3; i++) { s += i }"), shows("s", 3)],
  "shows nothing for a last if": [silent("if (true) { 5 }")],
  "shows an undefined value as such": [shows("void 0", "undefined")],
  "shows a bigint": [shows("2n ** 64n", "18446744073709551616n")],
  "shows a last string although it looks like a directive": [shows('"hello"', "hello")],
  "shows a last awaited value": [shows("await Promise.resolve(7)", 7)],
  "takes an empty cell": [silent("")],
  "takes a cell of comments": [silent("// nothing\n/* here */")],
  "takes a byte order mark": [shows("\uFEFF1 + 2", 3)],
  "takes CRLF line ends": [shows("const a = 1\r\nconst b = 2\r\na + b", 3)],
  "takes a shebang line": [shows("#!/usr/bin/env tsx\n40 + 2", 42)],
  "takes a line separator inside a string": [shows('"a\u2028b".length', 3)],
  "redeclares const as const": [silent("const k = 1"), silent("const k = 'two'"), shows("k", "two")],
  "redeclares let as const and back": [silent("let k = 1"), silent("const k = 2"), silent("let k = 3"), shows("k", 3)],
  "redeclares a function as const": [silent("function f() { return 1 }"), silent("const f = () => 2"), shows("f()", 2)],
  "redeclares a const as function": [silent("const f = 1"), silent("function f() { return 2 }"), shows("f()", 2)],
  "redeclares var as let": [silent("var v = 1"), silent("let v = 2"), shows("v", 2)],
  "redeclares a loop's var as const": [
    silent("for (var i = 0; i < 2; i++) {}"),
    shows("i + 1", 3),
    silent("const i = 'x'"),
    shows("i", "x"),
  ],
  "redeclares a class": [silent("class A { n = 1 }"), silent("class A { n = 2 }"), shows("new A().n", 2)],
  "redeclares a class as const": [silent("class A {}"), silent("const A = 1"), shows("A", 1)],
  "redeclares an enum": [silent("enum E { A, B }"), silent("enum E { B }"), shows("E.B + Object.keys(E).length", 2)],
  "redeclares a type": [silent("type T = number"), silent("type T = string"), silent("const t: T = 'x'"), rejects("const u: T = 1", 2322)],
  "redeclares an interface without merging": [
    silent("interface I { a: number }"),
    silent("interface I { b: number }"),
    silent("const i: I = { b: 1 }"),
  ],
  "redeclares an imported name": [silent("import { sep } from 'node:path'"), silent("const sep = 1"), shows("sep", 1)],
  "lets a cell name what Node has": [silent("const process = 5"), shows("process + 1", 6)],
  "shares a variable with earlier closures": [
    silent("let n = 0; function inc() { n++; return n }"),
    shows("inc()", 1),
    shows("n = 100; inc()", 101),
  ],
  "keeps what a cell declared before it threw": [throws("let part = 7; throw new Error('mid')", "Error: mid"), shows("part", 7)],
  "hoists functions": [shows("const r = f(); function f() { return 3 } r", 3)],
  "hoists var": [shows("function peek() { return typeof later } const before = peek(); var later = 1; before + later", "undefined1")],
  "lets functions of a cell call each other": [
    shows(
      "function even(n: number): boolean { return n === 0 || odd(n - 1) } function odd(n: number): boolean { return n !== 0 && even(n - 1) } even(10)",
      true,
    ),
  ],
  "keeps the name of a function": [shows("function named() {} named.name", "named")],
  "keeps generators and async functions": [
    silent("function* g() { yield 1; yield 2 } async function a() { return 3 }"),
    shows("[...g()].join() + await a()", "1,23"),
  ],
  "destructures var": [
    shows("var { a, b: [c = 2, ...d], ...e } = { a: 1, b: [undefined, 3, 4], f: 5 }; [a, c, d, e.f].join()", "1,2,3,4,5"),
  ],
  "is strict": [shows("(function (this: unknown) { return this === undefined })()", true)],
  "keeps an overloaded function": [
    silent("function o(a: number): number; function o(a: string): string; function o(a: unknown) { return a }"),
    shows("o('x').length + o(1)", 2),
  ],
  "ignores export modifiers": [
    silent("export const a = 1; export function f() { return a } export default class C { m() { return f() } } export { a }"),
    shows("new C().m()", 1),
  ],
  "refuses a default export of a value": [rejects("export default 5", 1231)],
  "refuses an unnamed default export": [rejects("export default function () {}", 1231)],
  "refuses a re-export": [rejects("export * from 'node:fs'", 1233)],
  "imports names": [shows("import { join, sep as s } from 'node:path'\njoin('a', 'b') + s", "a/b/")],
  "imports a default": [shows("import path from 'node:path'; path.sep", "/")],
  "imports a namespace": [shows("import * as path from 'node:path'; path.sep", "/")],
  "imports a default and a namespace": [shows("import p, * as path from 'node:path'; p.sep + path.sep", "//")],
  "imports for the effect": [silent("import 'node:path'")],
  "imports by require": [silent("import path = require('node:path')"), shows("1", 1), shows("path.sep", "/")],
  "imports dynamically": [shows("const path = await import('node:path'); path.sep", "/")],
  "keeps imports that a later cell uses": [silent("import { sep } from 'node:path'"), shows("sep", "/")],
  "leaves out imports of types": [
    silent("import { type Stats, PathLike } from 'node:fs'; import type { Abortable } from 'node:events'"),
    silent("const p: PathLike = 'x'"),
    throws("eval('PathLike')", "ReferenceError: PathLike is not defined"),
  ],
  "hoists imports": [shows("const s = sep; import { sep } from 'node:path'; s", "/")],
  "knows its place by import.meta": [shows("import.meta.url.startsWith('file:///') && import.meta.dirname.startsWith('/')", true)],
  "compiles enums": [silent("enum E { A = 1, B }; const enum C { X = 5 }"), shows("E.B + C.X + E[1]", "7A")],
  "compiles namespaces, for more than one later cell": [silent("namespace N { export const a = 1 }"), shows("N.a", 1), shows("N.a", 1)],
  "compiles parameter properties": [
    shows("class P { constructor(readonly a: number, private b = 2) {} s() { return this.a + this.b } } new P(1).s()", 3),
  ],
  "compiles standard decorators": [
    shows(
      "function twice(f: () => number, _: ClassMethodDecoratorContext) { return () => 2 * f() } class D { @twice m() { return 4 } } new D().m()",
      8,
    ),
  ],
  "compiles private names and static blocks": [
    shows("class S { static #n = 1; static { S.#n = 5 } static get() { return S.#n } } S.get()", 5),
  ],
  "disposes what is used at the end of the cell": [
    silent("const log: string[] = []"),
    shows("using r = { [Symbol.dispose]() { log.push('disposed') } }; log.push('used')", 1),
    shows("log.join()", "used,disposed"),
  ],
  "disposes asynchronously": [
    silent("const log: string[] = []; class R { async [Symbol.asyncDispose]() { log.push('disposed') } }"),
    shows("await using r = new R(); 5", 5),
    shows("log.join()", "disposed"),
  ],
  "strips types, casts and assertions": [shows("const x = <number>(5 as unknown); const y = x!; (y satisfies number) + 1", 6)],
  "leaves nothing of types": [
    silent("type T = { a: 1 }; interface I { b: T } declare const q: T; abstract class Q { abstract m(): void }"),
  ],
  "awaits in loops": [shows("let s = 0; for await (const x of [1, Promise.resolve(2)]) s += x; s", 3)],
  "rejects a type error and leaves no trace": [rejects("const wrong: number = 'a'", 2322), rejects("wrong", 2304)],
  "reports every type error": [rejects("const a: number = 'a'\nconst b: string = 5\nc", 2322, 2322, 2304)],
  "rejects a syntax error": [rejects("let x = (", 1109)],
  "rejects a return outside of functions": [rejects("return 5", 1108)],
  "rejects an assignment to a const of an earlier cell": [silent("const k = 1"), rejects("k = 2", 2588)],
  "is strict about null": [rejects("const m = [1].find((n) => n > 0); m + 1", 18048)],
  "minds no unused names": [silent("const unused = 1; function idle(a: number) {}")],
  "allows types that cannot be written down": [silent("const C = class { private x = 1 }"), shows("typeof new C()", "object")],
  "keeps declare global": [
    silent("declare global { var counter: number }"),
    silent("1 as number; let z = 1"),
    shows("globalThis.counter = 1; counter", 1),
  ],
  "leaves nothing of a global declaration file in scope that Node lacks": [rejects("document.title", 2584)],
  "knows the globals of a cell": [
    silent(
      "display(1, { displayId: 'a', update: true }); const f: (text?: string) => string = prompt; clearOutput satisfies (wait?: boolean) => void; let z = 1",
    ),
  ],
  "maps a thrown error to its line and column": [
    throws("const a: number = 1;\n\n  throw new Error('here');", "Error: here", "cell [1]:3:9"),
  ],
  "maps an error in a function of a typed cell": [
    throws(
      "interface Long {\n  a: string;\n}\nenum E { A }\nfunction f(x: Long): never {\n  throw new TypeError(x.a);\n}\nf({ a: 'b' });",
      "TypeError: b",
      "cell [1]:6:9",
    ),
  ],
  "maps an error after a using": [
    throws("using r = { [Symbol.dispose]() {} };\nconst q: number = 1;\nthrow new Error(String(q));", "Error: 1", "cell [1]:3:7"),
  ],
};
