import { expect, test } from "vitest";
import { useKernel } from "./kernel-fixture.js";
import { childrenOf } from "./processes.js";

const kernel = useKernel({ args: ["--heap", "64"] });

const DEATHS = [
  {
    name: "a SIGSEGV sent to it",
    code: 'process.kill(process.pid, "SIGSEGV"); while (true) {}',
    ename: "SIGSEGV",
    says: "the signal SIGSEGV was sent to it by itself",
  },
  {
    name: "a SIGBUS sent to it",
    code: 'process.kill(process.pid, "SIGBUS"); while (true) {}',
    ename: "SIGBUS",
    says: "the signal SIGBUS was sent to it by itself",
  },
  { name: "abort", code: "process.abort();", ename: "SIGABRT", says: "abort" },
  { name: "SIGKILL", code: 'process.kill(process.pid, "SIGKILL"); while (true) {}', ename: "SIGKILL", says: "lack of memory" },
  { name: "process.exit", code: "process.exit(3);", ename: "ProcessExit", says: "status 3" },
  {
    name: "a full heap",
    code: "const all: number[][] = []; while (true) all.push(new Array(1000).fill(1.5));",
    ename: "OutOfMemory",
    says: "64 MiB",
  },
] as const;

test.each(DEATHS)("a cell ended by $name keeps its output, says why, and the next cell runs", async ({ code, ename, says }) => {
  await kernel().execute("const gone = 1;");
  const answer = await kernel().execute(`console.log("before");\n${code}`);
  expect(answer.outputs[0]?.content).toMatchObject({ name: "stdout", text: expect.stringContaining("before\n") as unknown });
  const error = answer.outputs.at(-1);
  expect(error?.type).toBe("error");
  expect(error?.content["ename"]).toBe(ename);
  expect(error?.content["evalue"]).toContain(`cell [${String(answer.reply.content["execution_count"])}]`);
  expect(error?.content["evalue"]).toContain(says);
  expect((error?.content["traceback"] as string[]).join("\n")).toContain("A fresh process is ready");
  expect(answer.reply.content).toMatchObject({ status: "error", ename });
  expect((await kernel().execute("1 + 1")).result).toBe("2");
  // The variables are gone for the type-check as well, and may be declared anew.
  expect((await kernel().execute("gone")).reply.content["ename"]).toBe("TypeScriptError");
});

const FILE = 'import { writeFileSync, truncateSync } from "node:fs"; writeFileSync("data.bin", new Uint8Array(3 * PAGE_SIZE));';

/** Native accesses that no probe survives. */
const ACCESSES = [
  {
    name: "a store through a view of a read-only mapping of a file",
    code: `${FILE} const m = mmap(null, PAGE_SIZE, PROT.READ, MAP.SHARED, open("data.bin", O.RDONLY), 0); m.bytes()[7] = 1;`,
    ename: "SIGSEGV",
    says: [
      /it wrote to 0x[0-9a-f]+007: the page belongs to 0x[0-9a-f]+-0x[0-9a-f]+ r--s \(mapping of data\.bin\), which lacks the write right\.$/m,
      /It would have needed PROT_WRITE/,
      /SEGV_ACCERR/,
    ],
  },
  {
    name: "a store through a view of read-only anonymous memory",
    code: "mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS).bytes()[0] = 1;",
    ename: "SIGSEGV",
    says: [/it wrote to 0x[0-9a-f]+000: the page belongs to .* r--p \(.*\), which lacks the write right/],
  },
  {
    name: "a load past the end of a file that was cut short",
    code: `${FILE} const m = mmap(null, 3 * PAGE_SIZE, PROT.READ, MAP.SHARED, open("data.bin", O.RDONLY), 0);
           const view = m.bytes(); truncateSync("data.bin", 5); console.log(view[PAGE_SIZE + 1]);`,
    ename: "SIGBUS",
    says: [/it read from 0x[0-9a-f]+001, byte 4097 of data\.bin, and that file is only 5 bytes long/, /BUS_ADRERR/],
  },
  {
    name: "native code that writes where nothing is mapped",
    code: `const ffi = require("ffi-rs"); ffi.open({ library: "c", path: "" });
           ffi.load({ library: "c", funcName: "memset", retType: ffi.DataType.I64, paramsType: [ffi.DataType.I64, ffi.DataType.I64, ffi.DataType.I64], paramsValue: [0x5000, 1, 1] });`,
    ename: "SIGSEGV",
    says: [
      /it wrote to 0x5000, where nothing is mapped/,
      /The nearest mappings are:\n {2}above, 0x[0-9a-f]+ bytes away: 0x/,
      /SEGV_MAPERR/,
    ],
  },
  {
    name: "native code that reads from an address that cannot be",
    code: `const ffi = require("ffi-rs"); ffi.open({ library: "c", path: "" });
           ffi.load({ library: "c", funcName: "strlen", retType: ffi.DataType.I64, paramsType: [ffi.DataType.BigInt], paramsValue: [1n << 60n] });`,
    ename: "SIGSEGV",
    says: [/an address that no process can have/, /SI_KERNEL/],
  },
] as const;

test.each(ACCESSES)("$name is explained by the mapping it hit", async ({ code, ename, says }) => {
  const { outputs, reply } = await kernel().execute(`console.log("before");\n${code}`);
  expect(outputs[0]?.content["text"]).toBe("before\n");
  expect(reply.content["ename"]).toBe(ename);
  const text = (reply.content["traceback"] as string[]).join("\n");
  for (const sentence of says) expect(text).toMatch(sentence);
  expect(text).toContain("A fresh process is ready");
  expect((await kernel().execute("1 + 1")).result).toBe("2");
});

/** Three lines, which declare `read`. */
const READ_NOWHERE = `const ffi = require("ffi-rs"); ffi.open({ library: "c", path: "" }); const I = ffi.DataType.I64;

const read = (): unknown => ffi.load({ library: "c", funcName: "strlen", retType: I, paramsType: [I], paramsValue: [0x5000] });
`;

const PLACES = [
  { name: "a wild pointer in native code", code: `${READ_NOWHERE}read();\nconsole.log("never")`, line: 4 },
  { name: "SIGKILL", code: '\n\nconst a = 1;\n\nprocess.kill(process.pid, "SIGKILL");\nwhile (true) {}', line: 5 },
  {
    name: "process.exit in a function, called in a try",
    code: "function f() {\n  process.exit(1);\n}\ntry {\n  f();\n} catch {}",
    line: 5,
  },
  { name: "abort after an await, in an if", code: "if (true) {\n  await 1;\n  process.abort();\n}", line: 3 },
  {
    name: "a full heap in a loop",
    code: "const all: number[][] = [];\nwhile (true) {\n  all.push(new Array(1000).fill(1.5));\n}",
    line: 2,
  },
] as const;

test.each(PLACES)("a cell that ends by $name names the line it had come to", async ({ code, line }) => {
  const { reply } = await kernel().execute(code);
  expect((reply.content["traceback"] as string[])[1]).toBe(`    at cell [${String(reply.content["execution_count"])}]:${String(line)}`);
});

test("WebAssembly's faults are still exceptions, and the probe still survives its own", async () => {
  // (func (param i32) (result i32) local.get 0 i32.load) on one page of memory
  const module = Buffer.from("0061736d0100000001060160017f017f03020100050301000107050101660000" + "0a0901070020002802000b", "hex");
  const answer = await kernel().execute(`
    const { Instance, Module } = (globalThis as any).WebAssembly; // no type of Node's own
    const { f } = new Instance(new Module(new Uint8Array([${module.join(",")}]))).exports;
    const m = mmap(null, PAGE_SIZE, PROT.READ, MAP.PRIVATE | MAP.ANONYMOUS);
    const caught = new Set<string>();
    for (let i = 0; i < 200; i++) {
      try { f(0x7fff_ffff); } catch (error) { caught.add((error as Error).name); }
      try { m.store(0, 1); } catch (error) { caught.add((error as Error).name); }
    }
    [...caught].join()`);
  expect(answer.result, JSON.stringify(answer.reply.content)).toBe("'RuntimeError,Signal'");
});

test("a crash of a child process is its own affair", async () => {
  const answer = await kernel().execute(`
    import { spawnSync } from "node:child_process";
    const { signal } = spawnSync(process.execPath, ["-e", "process.abort()"]);
    signal`);
  expect(answer.result).toBe("'SIGABRT'");
});

test("no crash leaves a core file", async () => {
  const answer = await kernel().execute(`
    import { readFileSync } from "node:fs";
    const limit = /Max core file size +(\\S+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    const filter = readFileSync("/proc/self/coredump_filter", "utf8").trim();
    limit + " " + filter`);
  expect(answer.result).toBe("'0 00000000'");
});

test("a process that dies between two cells is replaced, and the last cell says so", async () => {
  const answer = await kernel().execute("setTimeout(() => process.exit(4), 50); process.pid");
  await kernel().heardText("between two cells");
  const notice = kernel().heard.find(({ content }) => String(content["text"]).includes("between two cells"));
  expect(notice?.parent["msg_id"]).toBe(answer.reply.parent["msg_id"]);
  expect((await kernel().execute("2 + 2")).result).toBe("4");
});

test("the kernel has its two child processes and no more after all this", () => {
  expect(childrenOf(kernel().process.pid)).toHaveLength(2);
});

test("the TypeScript service is replaced when it dies, and knows the cells still", async () => {
  await kernel().execute("const remembered: string = 'yes';");
  const service = childrenOf(kernel().process.pid).find((each) => each.arguments.some((argument) => argument.includes("/typescript/")));
  if (service === undefined) throw new Error("there is no TypeScript service");
  process.kill(service.pid, "SIGKILL");
  // The request under way when it dies may fail; it says so, and running the cell again works.
  await kernel().execute("1");
  expect((await kernel().execute("remembered")).result).toBe("'yes'");
  expect((await kernel().execute("remembered.nope")).reply.content["ename"]).toBe("TypeScriptError");
});
