import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ServiceReply, ServiceRequest } from "../../../kernel/src/runtime/frames.js";
import { TypeScriptService } from "../../../kernel/src/runtime/typescript/service.js";
import { writePreludePackage } from "./prelude-package.js";

let root: string;
let cwd: string;
let service: TypeScriptService;

type Unnumbered<R> = R extends { readonly id: number } ? Omit<R, "id"> : never;
type Reply<T extends ServiceReply["type"]> = Extract<ServiceReply, { readonly type: T }>;

/** Sends a request and expects a reply of one type. */
function ask<T extends ServiceReply["type"]>(request: Unnumbered<ServiceRequest>, type: T): Reply<T> {
  const reply = service.handle({ id: 1, ...request } as ServiceRequest);
  expect(reply.type, JSON.stringify(reply)).toBe(type);
  return reply as Reply<T>;
}

let count = 0;
const compile = (source: string): ServiceReply => service.handle({ id: 1, type: "compile", source, executionCount: ++count });

/** Compiles and accepts a cell that must compile. */
function run(source: string): Reply<"compiled"> {
  const reply = compile(source);
  expect(reply, source).toMatchObject({ type: "compiled" });
  ask({ type: "accept" }, "accepted");
  return reply as Reply<"compiled">;
}

function rejected(source: string): Reply<"rejected"> {
  const reply = compile(source);
  expect(reply, source).toMatchObject({ type: "rejected" });
  return reply as Reply<"rejected">;
}

/** Completes at the `|` of a text. */
function complete(text: string): { names: string[]; replaced: string } {
  const offset = text.indexOf("|");
  const source = text.replace("|", "");
  const { items, start, end } = ask({ type: "complete", source, offset }, "completions");
  return { names: items.map((item) => item.text), replaced: source.slice(start, end) };
}

/** The hover at the `|` of a text. */
function hover(text: string): Reply<"inspection"> {
  return ask({ type: "inspect", source: text.replace("|", ""), offset: text.indexOf("|"), detail: 0 }, "inspection");
}

const plain = (lines: readonly string[]): string => stripVTControlCharacters(lines.join("\n"));

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mmaplab-service-"));
  cwd = join(root, "notebook");
  mkdirSync(cwd);
  service = new TypeScriptService({ cwd, prelude: writePreludePackage(join(root, "package")) });
  expect(service.warmUp()).toEqual({ type: "ready", typescript: "6.0.3" });
}, 60_000);

beforeEach(() => {
  ask({ type: "reset" }, "reset");
  count = 0;
});

afterAll(() => {
  service.close();
  rmSync(root, { recursive: true });
});

describe("what holds for the next cell", () => {
  test("a cell that was not accepted leaves no trace", () => {
    expect(compile("const ghost = 1")).toMatchObject({ type: "compiled" });
    expect(rejected("ghost").diagnostics).toMatchObject([{ code: 2304 }]);
  });

  test("a rejected cell takes back the proposal of the cell before", () => {
    compile("const ghost = 1");
    rejected("const broken: number = 'a'");
    ask({ type: "accept" }, "accepted");
    rejected("ghost");
  });

  test("the same cell can be compiled again without being accepted", () => {
    run("const a = { b: 1n }");
    for (let i = 0; i < 3; i++) expect(compile("const c = a.b + 1n; c")).toMatchObject({ type: "compiled" });
  });

  test("an expression of a cell sees the cell and does not take its place", () => {
    compile("const fresh = 1");
    const expression = { id: 1, type: "compile", source: "fresh + 1", executionCount: 1, purpose: "expression" } as const;
    expect(service.handle(expression)).toMatchObject({ type: "compiled", cell: { showsValue: true } });
    ask({ type: "accept" }, "accepted");
    run("fresh");
  });

  test("reset forgets all cells but not the prelude", () => {
    run("const gone = 1");
    ask({ type: "reset" }, "reset");
    rejected("gone");
    run("mmap(null, 4096)");
  });
});

describe("a report of type errors", () => {
  test("has a code frame for each, with the cell's name", () => {
    const { error, diagnostics } = rejected("const fine = 1;\nconst n: number = 'a';\nconst s: string = 5;");
    expect(error.ename).toBe("TypeScriptError");
    expect(error.evalue).toBe("TS2322: Type 'string' is not assignable to type 'number'.");
    const text = plain(error.traceback);
    expect(text).toContain("cell [1]:2:7 - error TS2322: Type 'string' is not assignable to type 'number'.");
    expect(text).toContain("2 const n: number = 'a';\n        ~");
    expect(text).toContain("cell [1]:3:7");
    expect(diagnostics).toEqual([
      { category: "error", code: 2322, message: "Type 'string' is not assignable to type 'number'.", line: 2, column: 7, length: 1 },
      { category: "error", code: 2322, message: "Type 'number' is not assignable to type 'string'.", line: 3, column: 7, length: 1 },
    ]);
  });

  test("tells a chain of reasons as one error", () => {
    const { error, diagnostics } = rejected(
      "const o: { a: { b: number } } = { a: { b: 1, c: 2 } };\nconst f: (x: number) => string = (x: number) => x;",
    );
    expect(diagnostics.map(({ code }) => code)).toEqual([2353, 2322]);
    expect(diagnostics[1]?.message.split("\n")).toEqual([
      "Type '(x: number) => number' is not assignable to type '(x: number) => string'.",
      "  Type 'number' is not assignable to type 'string'.",
    ]);
    expect(error.evalue.split("\n")).toHaveLength(1);
  });

  test("places a syntax error that is found at the end of the text within it", () => {
    expect(rejected("function f() {\n  return 1;").diagnostics).toMatchObject([{ code: 1005, line: 2, column: 12 }]);
  });

  test("counts columns of a cell with CRLF and a byte order mark as typed", () => {
    expect(rejected("\uFEFFconst a = 1\r\n  b").diagnostics).toMatchObject([{ code: 2304, line: 2, column: 3 }]);
  });

  test("shows the first twenty of thousands and none of an endless line", () => {
    const many = rejected(Array.from({ length: 3000 }, (_, i) => `missing${String(i)}`).join("\n"));
    expect(many.diagnostics).toHaveLength(3000);
    expect(plain(many.error.traceback)).toContain("2980 more errors are not shown.");
    const long = rejected(`"${"x".repeat(1_000_000)}"; missing`);
    expect(long.error.traceback.join("\n").length).toBeLessThan(1000);
  });
});

describe("the prelude", () => {
  test("is in scope, typed, and its types reach later cells", () => {
    run("const m = mmap(null, 4096); const h = hidden()");
    run("const a: bigint = m.addr + h.inner.addr; const p: 1 = PROT.READ");
    expect(rejected("mmap(null, 'x')").diagnostics).toMatchObject([{ code: 2345 }]);
    expect(rejected("const wrong: string = h.inner.addr").diagnostics).toMatchObject([{ code: 2322 }]);
  });

  test("can be imported as well, with types and sub-paths", () => {
    run("import { mmap as map, type Mapping } from 'demolab'; import { deep } from 'demolab/deep'; const m: Mapping = map(null, deep)");
    expect(rejected("import { missing } from 'demolab'").diagnostics).toMatchObject([{ code: 2305 }]);
    expect(rejected("import 'demolab/dist/index.js'; import * as closed from 'demolab/dist/index.js'").type).toBe("rejected");
  });

  test("can be shadowed, until the reset", () => {
    run("const PROT = 'mine'");
    run("PROT.length");
    ask({ type: "reset" }, "reset");
    run("PROT.READ");
  });

  test("completes without an import line", () => {
    expect(complete("mma|")).toEqual({ names: ["mmap"], replaced: "mma" });
    expect(complete("mmap(null, 1).|").names).toEqual(["addr", "length"]);
  });

  test("has hover texts with documentation", () => {
    const { found, text, markdown } = hover("mm|ap(null, 1)");
    expect(found).toBe(true);
    expect(text).toMatch(/^mmap\(addr: bigint \| null, length: number\): Mapping\n\nMaps memory/);
    expect(markdown).toMatch(/^```ts\n.*mmap\([^]*```\n\nMaps memory\.\n\n\*@param\* length in bytes$/);
  });
});

describe("completion", () => {
  test("offers members of earlier variables, the best first, and replaces what is typed", () => {
    run("const list = { alpha: 1, beta: 'x' }");
    expect(complete("list.|").names).toEqual(["alpha", "beta"]);
    expect(complete("const x = 1; list.be| + 1")).toEqual({ names: ["beta"], replaced: "be" });
  });

  test("offers globals of the cell and of Node", () => {
    expect(complete("disp|").names[0]).toBe("display");
    expect(complete("process.arg|").names).toContain("argv");
  });

  test("counts offsets in UTF-16 units", () => {
    expect(complete("'😀'; mma|").replaced).toBe("mma");
  });

  test("offers modules and literals inside strings", () => {
    expect(complete("import 'node:f|'").names).toContain("node:fs");
    // A module that nothing has imported so far.
    expect(complete("import 'node:ins|'").names).toContain("node:inspector");
    run("const pick = (which: 'left' | 'right') => which");
    expect(complete("pick('le|')")).toEqual({ names: ["left"], replaced: "le" });
  });

  test("answers inside unfinished code and at the ends of the text", () => {
    expect(complete("function f( { if (mma|").names).toContain("mmap");
    expect(complete("|").names.length).toBeGreaterThan(10);
    expect(complete("// comment|").names).toEqual([]);
  });

  test("does not change what holds", () => {
    complete("const ghost = 1; gh|");
    rejected("ghost");
  });
});

describe("hover", () => {
  test("tells type and documentation of Node's functions", () => {
    run("import { readFileSync } from 'node:fs'");
    expect(hover("readFile|Sync('x')").text).toContain("Returns the contents of the `path`.");
  });

  test("tells the documentation of JavaScript's own methods, of interfaces and of constructors", () => {
    expect(hover("[1].ma|p(String)").text).toContain("Calls a defined callback function on each element of an array");
    expect(hover("Mat|h").text).toContain("An intrinsic object that provides basic mathematics");
    expect(hover("let a: Arr|ay<number>").text).toContain("Array<T>");
    expect(hover("import { connect } from 'node:http2'; conn|ect('https://localhost')").text).toContain(
      "Returns a `ClientHttp2Session` instance.",
    );
  });

  test("tells about the function whose arguments surround the cursor", () => {
    expect(hover("display(1, |)").text).toContain("Shows a value below the cell");
  });

  test("finds nothing in white space", () => {
    expect(hover("   |   ")).toMatchObject({ found: false, text: "", markdown: "" });
  });
});

describe("completeness", () => {
  test.each([
    ["", "complete", ""],
    ["1 + 1", "complete", ""],
    ["const x = <number>y", "complete", ""],
    ["function f() {", "incomplete", "  "],
    ["if (a) {\n  call(", "incomplete", "    "],
    ["1 +", "incomplete", ""],
    ["const t = `abc", "incomplete", ""],
    ["/* abc", "incomplete", ""],
    ["let x = )", "invalid", ""],
    ["'abc", "invalid", ""],
    ["}", "invalid", ""],
    ["function f() {\n\n", "invalid", ""],
  ])("of %j is %s", (source, status, indent) => {
    expect(ask({ type: "isComplete", source }, "completeness")).toMatchObject({ status, indent });
  });
});

describe("local modules", () => {
  const write = (path: string, text: string): void => {
    mkdirSync(join(cwd, path, ".."), { recursive: true });
    writeFileSync(join(cwd, path), text);
  };

  test("come compiled with the cell, with those they import", () => {
    write("lib.ts", "import { g } from './sub/g.js';\nexport function f(n: number): number { return g(n); }");
    write("sub/g.ts", "export const g = (n: number): number => n + 1;");
    const { cell } = run("import { f } from './lib'; f(1)");
    expect(cell.modules?.map(({ path }) => path)).toEqual([join(cwd, "lib.ts"), join(cwd, "sub/g.ts")]);
    expect(cell.code).toContain(`__import__(${JSON.stringify(join(cwd, "lib.ts"))})`);
    expect(cell.modules?.[0]?.code).toContain(`require(${JSON.stringify(join(cwd, "sub/g.ts"))})`);
    expect(run("1").cell.modules).toBeUndefined();
  });

  test("are found as soon as they exist and checked as they are now", () => {
    expect(rejected("import { f } from './late'").diagnostics).toMatchObject([{ code: 2307 }]);
    write("late.ts", "export const f = (n: number): number => n;");
    run("import { f } from './late'; f(1)");
    write("late.ts", "export const f = (text: string): string => text;");
    expect(rejected("import { f } from './late'; f(1)").diagnostics).toMatchObject([{ code: 2345 }]);
    expect(run("import { f } from './late'; f('a')").cell.modules?.[0]?.code).toContain("text");
  });

  test("see a file that they import as soon as it exists", () => {
    write("asks.ts", "import { n } from './answers'; export const m: number = n;");
    expect(rejected("import { m } from './asks'").diagnostics).toMatchObject([{ code: 2307, file: join(cwd, "asks.ts") }]);
    write("answers.ts", "export const n = 1;");
    run("import { m } from './asks'; m");
  });

  test("have their errors reported under their own name", () => {
    write("wrong.ts", "export const n: number = 'a';");
    const { diagnostics, error } = rejected("import { n } from './wrong'");
    expect(diagnostics).toMatchObject([{ code: 2322, file: join(cwd, "wrong.ts"), line: 1, column: 14 }]);
    expect(plain(error.traceback)).toContain("wrong.ts:1:14");
  });

  test("are told that they cannot await at their top level", () => {
    write("awaits.ts", "export const n = await Promise.resolve(1);");
    expect(rejected("import { n } from './awaits'").error.evalue).toContain("Move it into an async function");
  });

  test("may lie above the notebook's folder, and may be types only", () => {
    write("../outer.ts", "export const o = 1;");
    write("types.ts", "export interface T { a: 1 }");
    const { cell } = run("import { o } from '../outer'; import { T } from './types'; o");
    expect(cell.modules?.map(({ path }) => path)).toContain(join(root, "outer.ts"));
    expect(cell.code).not.toContain("types.ts");
  });

  test("in JSON are imported as Node wants it", () => {
    write("data.json", '{ "a": 1 }');
    expect(run("import data from './data.json'; data.a").cell.code).toContain('{ with: { type: "json" } }');
  });
});

// Each test compiles several cells, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

describe("the service", () => {
  test("takes a cell of a megabyte", () => {
    const source = `${Array.from({ length: 20_000 }, (_, i) => `const a${String(i)} = ${String(i)}; // ${"x".repeat(30)}`).join("\n")}\na19999`;
    expect(source.length).toBeGreaterThan(1_000_000);
    run(source);
    run("a19999 + 1");
  }, 60_000);

  test("answers an unknown request and goes on", () => {
    const request = { id: 9, type: "nonsense" } as unknown as ServiceRequest;
    expect(service.handle(request)).toEqual({ id: 9, type: "failed", message: expect.stringContaining("nonsense") as string });
    run("1");
  });

  test("answers with the cause when a request breaks it, and goes on with what held", () => {
    run("const kept = 1");
    const broken = { id: 9, type: "compile", source: null, executionCount: 1 } as unknown as ServiceRequest;
    expect(service.handle(broken)).toMatchObject({ id: 9, type: "failed", message: expect.stringContaining("TypeError") as string });
    run("kept + 1");
  }, 60_000);

  test("compiles without an inline comment for the source map but with the map", () => {
    const { cell } = run("export const a: number = 1");
    expect(cell.code).not.toContain("sourceMappingURL");
    expect(JSON.parse(cell.sourceMap ?? "null")).toMatchObject({
      version: 3,
      sources: ["cell [1]"],
      sourcesContent: ["export const a: number = 1"],
    });
  });
});
