/** The cells of the soak test, as data: such as run, such as crash their process, such as have to be interrupted. */

/** `say("before")` in a cell prints a token that names the cell; its source does not hold the token itself, so no code frame does. */
const print = (step: number, what: string): string => `console.log("<" + ${step} + ":${what}>");`;

export interface SoakCell {
  readonly name: string;
  /** The cell; `step` numbers it. Cells that run to their end have the count of {@link COUNTED} as result. */
  readonly code: (step: number) => string;
  /** The tokens it has to put out, each once. */
  readonly says: readonly string[];
  /** What the error it ends with is called; absent where it ends well. */
  readonly ename?: string;
}

/** A cell that has to be interrupted: once it has said `before`, or where it has to say nothing, at any time after it has been taken. */
export interface EndlessCell extends SoakCell {
  readonly ename: "KeyboardInterrupt";
}

/** Counts the cells of one process: the count starts anew after a crash, and only then. */
const COUNTED = "((globalThis as any).soakCount = ((globalThis as any).soakCount ?? 0) + 1)";

const ok = (name: string, says: readonly string[], code: (step: number) => string): SoakCell => ({
  name,
  says,
  code: (step) => `${code(step)}\n${COUNTED}`,
});

export const CELLS: readonly SoakCell[] = [
  ok("two lines", ["before", "after"], (step) => `${print(step, "before")} ${print(step, "after")}`),
  ok("stderr too", ["before", "after"], (step) => `${print(step, "before")} ${print(step, "after").replace("log", "error")}`),
  ok(
    "awaits",
    ["before", "after"],
    (step) => `${print(step, "before")} await new Promise((r) => setTimeout(r, 2)); ${print(step, "after")}`,
  ),
  ok(
    "a timer within it",
    ["before", "after"],
    (step) => `${print(step, "before")} await new Promise<void>((r) => setTimeout(() => { ${print(step, "after")} r(); }, 1));`,
  ),
  ok(
    "a timer that outlives it",
    ["before"],
    (step) => `${print(step, "before")} setTimeout(() => { ${print(step, "late")} }, ${step % 40});`,
  ),
  ok("long output", ["before", "after"], (step) => `${print(step, "before")} console.log("x".repeat(200_000)); ${print(step, "after")}`),
  ok(
    "many lines",
    ["before", "after"],
    (step) => `${print(step, "before")} for (let i = 0; i < 2000; i++) console.log(i); ${print(step, "after")}`,
  ),
  ok("a display", ["before", "after"], (step) => `${print(step, "before")} display({ "text/plain": "<" + ${step} + ":after>" });`),
  ok(
    "a child process",
    ["before", "after"],
    (step) =>
      `${print(step, "before")} (await import("node:child_process")).execFileSync("echo", ["<" + ${step} + ":after>"], { stdio: "inherit" });`,
  ),
  ok(
    "a mapping",
    ["before", "after"],
    (step) =>
      `${print(step, "before")} const area = mmap(null, PAGE_SIZE, PROT.READ | PROT.WRITE, MAP.PRIVATE | MAP.ANONYMOUS); area.store(0, 1); munmap(area); ${print(step, "after")}`,
  ),
  ok(
    "a signal it catches",
    ["before", "after"],
    (step) =>
      `${print(step, "before")} const none = mmap(null, PAGE_SIZE, PROT.NONE, MAP.PRIVATE | MAP.ANONYMOUS); try { none.load(0); } catch { ${print(step, "after")} } munmap(none);`,
  ),
  {
    name: "an error",
    says: ["before"],
    ename: "RangeError",
    code: (step) => `${print(step, "before")} throw new RangeError("step ${step}");`,
  },
  { name: "a type error", says: [], ename: "TypeScriptError", code: (step) => `${print(step, "never")} const wrong: number = "${step}";` },
];

const FFI = 'const ffi = require("ffi-rs"); ffi.open({ library: "c", path: "" });';

export const CRASHES: readonly SoakCell[] = [
  {
    name: "SIGSEGV by a store to a read-only page",
    ename: "SIGSEGV",
    code: () => "mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS).bytes()[0] = 1;",
  },
  {
    name: "SIGSEGV in native code",
    ename: "SIGSEGV",
    code: () =>
      `${FFI} ffi.load({ library: "c", funcName: "memset", retType: ffi.DataType.I64, paramsType: [ffi.DataType.I64, ffi.DataType.I64, ffi.DataType.I64], paramsValue: [0x5000, 1, 1] });`,
  },
  {
    name: "SIGBUS behind the end of a file",
    ename: "SIGBUS",
    code: (step: number) => `
      import { rmSync, truncateSync, writeFileSync } from "node:fs";
      writeFileSync("cut-${step}.bin", new Uint8Array(2 * PAGE_SIZE));
      const cut = mmap(null, 2 * PAGE_SIZE, PROT.READ, MAP.SHARED, open("cut-${step}.bin", O.RDONLY), 0);
      const view = cut.bytes();
      truncateSync("cut-${step}.bin", 0);
      rmSync("cut-${step}.bin");
      console.log(view[0]);`,
  },
  { name: "abort", ename: "SIGABRT", code: () => "process.abort();" },
  { name: "SIGKILL", ename: "SIGKILL", code: () => 'process.kill(process.pid, "SIGKILL"); while (true) {}' },
  {
    name: "a full heap",
    ename: "OutOfMemory",
    code: () => "const all: number[][] = []; while (true) all.push(new Array(1000).fill(1.5));",
  },
  { name: "process.exit", ename: "ProcessExit", code: () => "process.exit(3);" },
  {
    name: "process.exit beside a child process that goes on",
    ename: "ProcessExit",
    code: () => 'import { spawn } from "node:child_process"; spawn("sleep", ["1000"]); process.exit(4);',
  },
].map(({ name, ename, code }) => ({
  name,
  ename,
  says: ["before"],
  code: (step) => `${print(step, "before")}\n${code(step)}\n${print(step, "never")}`,
}));

const endless = (name: string, code: string): EndlessCell => ({
  name,
  ename: "KeyboardInterrupt",
  says: ["before"],
  code: (step) => `${print(step, "before")}\n${code}\n${print(step, "never")}`,
});

export const ENDLESS_CELLS: readonly EndlessCell[] = [
  endless("a loop", "while (true) {}"),
  endless("a loop that catches everything", "for (;;) { try { while (true) {} } catch {} }"),
  endless("a loop after an await", "await 0; while (true) {}"),
  endless("a loop in a timer", "setTimeout(() => { while (true) {} }, 1); await new Promise(() => {});"),
  endless("a loop of microtasks", "for (;;) await 0;"),
  endless("a comparator that does not end", "[3, 1, 2].sort(() => { while (true) {} });"),
  endless("backtracking of a regular expression", '/^(a+)+$/.test("a".repeat(40) + "b");'),
  endless("Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"),
  endless("an await for ever", "await new Promise(() => {});"),
  endless(
    "a blocking system call",
    `${FFI} ffi.load({ library: "c", funcName: "sleep", retType: ffi.DataType.I32, paramsType: [ffi.DataType.I32], paramsValue: [1000] });`,
  ),
  {
    name: "an await for ever, interrupted while it is compiled or just runs",
    ename: "KeyboardInterrupt",
    says: [],
    code: (step) => `${print(step, "maybe")} await new Promise(() => {});`,
  },
  endless("a child process it waits for", '(await import("node:child_process")).execFileSync("sleep", ["1000"]);'),
];

/** Ended by an interrupt as well, but its variables are gone: the process had to be replaced. */
export const STOPPED: EndlessCell = endless("SIGSTOP", 'process.kill(process.pid, "SIGSTOP");');
