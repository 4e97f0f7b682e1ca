import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { ServiceReply } from "../../../kernel/src/runtime/frames.js";
import { ReusableProgram } from "../../../kernel/src/runtime/typescript/program-reuse.js";
import { TypeScriptService } from "../../../kernel/src/runtime/typescript/service.js";
import { writePreludePackage } from "./prelude-package.js";

let root: string;
let cwd: string;
let service: TypeScriptService;
const replace = vi.spyOn(ReusableProgram.prototype, "replace");

/** How many programs were made because the one before could not be used again. */
const programsMade = (): number => replace.mock.results.filter(({ value }) => value === null).length;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "mmaplab-reuse-"));
  cwd = join(root, "notebook");
  mkdirSync(cwd);
  // With a slash at the end, as a path made from a URL has it.
  service = new TypeScriptService({ cwd, prelude: { ...writePreludePackage(join(root, "prelude")), folder: `${join(root, "prelude")}/` } });
  service.warmUp();
});

afterAll(() => {
  service.close();
  replace.mockRestore();
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => {
  service.handle({ id: 1, type: "reset" });
  run("0"); // what a test before has left is no concern of the next one
  run("0");
  replace.mockClear();
});

const compile = (source: string): ServiceReply => service.handle({ id: 1, type: "compile", source, executionCount: 1 });

/** Compiles and accepts a cell; returns how many programs that took. */
function run(source: string): number {
  const before = programsMade();
  expect(compile(source), source).toMatchObject({ type: "compiled" });
  service.handle({ id: 1, type: "accept" });
  return programsMade() - before;
}

function rejects(source: string, ...codes: number[]): void {
  const reply = compile(source);
  expect(reply.type, source).toBe("rejected");
  expect(reply.type === "rejected" ? reply.diagnostics.map(({ code }) => code) : [], source).toEqual(codes);
}

test("cells that import nothing share a program", () => {
  expect(run("const m = mmap(null, 1); m.length")).toBe(0);
  // The declaration of `m` names a type by a file that none has named before.
  expect(run("function f(n: number): string { return `${n}`; }")).toBe(1);
  expect(run("class A<T> { constructor(readonly value: T) {} }; enum E { X, Y }")).toBe(0);
  expect(run("const a: A<string> = new A(f(E.Y)); a.value.length + m.length")).toBe(0);
  rejects("a.value.nope", 2339);
});

test("a program does not serve for ever, since the checker forgets nothing", () => {
  const programs = Array.from({ length: 60 }, (_, n) => run(`let x${n % 7} = ${n};`)).reduce((sum, made) => sum + made, 0);
  expect(programs).toBeGreaterThanOrEqual(1);
  expect(programs).toBeLessThanOrEqual(2);
});

test("an error is told as often as it is made, and no later cell inherits it", () => {
  for (let time = 0; time < 3; time++) rejects("const n: number = 'text'", 2322);
  run("const n: number = 1");
  rejects("n.nope", 2339);
  run("n + 1");
});

test("what completion and hover have seen of a wrong cell does not hide its errors", () => {
  const source = "const wrong: number = 'text'; wrong.toFixed";
  const offset = source.length;
  service.handle({ id: 1, type: "complete", source, offset });
  service.handle({ id: 1, type: "inspect", source, offset, detail: 0 });
  rejects(source, 2322);
  service.handle({ id: 1, type: "complete", source, offset });
  rejects(source, 2322);
});

test("completion shares the program and sees the declarations of the moment", () => {
  run("const first = { alpha: 1 }");
  const membersOf = (source: string): string[] => {
    const reply = service.handle({ id: 1, type: "complete", source, offset: source.length });
    return reply.type === "completions" ? reply.items.map(({ text }) => text) : [];
  };
  expect(membersOf("first.")).toEqual(["alpha"]);
  run("const first = { beta: 1 }");
  expect(membersOf("first.")).toEqual(["beta"]);
  expect(membersOf("mma")).toContain("mmap");
  expect(programsMade()).toBe(0);
});

test("a class with private members is the same class in every later cell", () => {
  run("class Box { private secret = 1 }; const box = new Box()");
  run("const same: Box = box");
  run("const again: Box = same; const list: Box[] = [box, same, again]");
  rejects("const number: number = list[0]!", 2322);
});

test("imports and comments to the compiler take effect and leave nothing behind", () => {
  run("import { sep } from 'node:path'");
  run("sep.length");
  rejects("import { nope } from 'node:path'", 2305);
  run("// @ts-expect-error\nconst n: number = 'x'");
  rejects("// @ts-expect-error\nconst k: number = 1", 2578);
  rejects("const k: number = 'x'", 2322);
});

test("global declarations reach later cells, and a reset ends them", () => {
  run("declare global { var shared: number }\nglobalThis.shared = 1");
  run("shared + 1");
  rejects("shared.nope", 2339);
  service.handle({ id: 1, type: "reset" });
  rejects("shared", 2304);
});

test("a local module that changes is checked anew by cells that only use its names", () => {
  const file = join(cwd, "local.ts");
  writeFileSync(file, "export const value: number = 1;");
  run("import { value } from './local'");
  run("value.toFixed()");
  writeFileSync(file, "export const value: string = 'text, and longer';");
  rejects("value.toFixed()", 2551);
  rmSync(file);
});
