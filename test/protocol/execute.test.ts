import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { useKernel } from "./kernel-fixture.js";

const folder = mkdtempSync(join(tmpdir(), "mmaplab-notebook-"));
afterAll(() => rmSync(folder, { recursive: true }));

const kernel = useKernel({ cwd: folder });

describe("execute_request", () => {
  test("sends busy, execute_input, the result and idle in this order, all with the request as parent", async () => {
    const { iopub, reply } = await kernel().execute("20 + 22");
    expect(iopub.map(({ type, content }) => content["execution_state"] ?? type)).toEqual([
      "busy",
      "execute_input",
      "execute_result",
      "idle",
    ]);
    expect(iopub[1]?.content["code"]).toBe("20 + 22");
    expect(iopub[2]?.content["data"]).toEqual({ "text/plain": "42" });
    expect(iopub[2]?.content["execution_count"]).toBe(reply.content["execution_count"]);
    expect(reply.content).toMatchObject({ status: "ok", payload: [], user_expressions: {} });
  });

  test("counts up for each cell, but not for silent, unstored and empty ones", async () => {
    const count = async (code: string, content = {}): Promise<unknown> =>
      (await kernel().execute(code, content)).reply.content["execution_count"];
    const first = Number(await count("1"));
    expect(await count("2", { silent: true })).toBe(first);
    expect(await count("2", { store_history: false })).toBe(first);
    expect(await count("  \n ")).toBe(first);
    expect(await count("2")).toBe(first + 1);
  });

  test("shows nothing for undefined, for a statement, and where a value wants nothing shown", async () => {
    expect((await kernel().execute("undefined")).outputs).toEqual([]);
    expect((await kernel().execute("const nothing = 5;")).outputs).toEqual([]);
    expect((await kernel().execute('({ [Symbol.for("Jupyter.display")]: () => null })')).outputs).toEqual([]);
  });

  test("shows a value in the MIME types its own display method returns, also asynchronously", async () => {
    const code = `({ async [Symbol.for("Jupyter.display")]() { return { "text/plain": "p", "text/html": "<i>p</i>" }; } })`;
    const { outputs } = await kernel().execute(code);
    expect(outputs).toHaveLength(1);
    expect(outputs[0]?.content["data"]).toEqual({ "text/plain": "p", "text/html": "<i>p</i>" });
  });

  test("gives an error output and an error reply with name, text and a trace that points into the cell as typed", async () => {
    const { reply, outputs } = await kernel().execute(`type Unused = string;
interface Thing { readonly x: number }
function fail(thing: Thing): never {
  throw new RangeError("too far: " + thing.x);
}
fail({ x: 3 });`);
    expect(outputs.map(({ type }) => type)).toEqual(["error"]);
    const expected = { ename: "RangeError", evalue: "too far: 3" };
    expect(outputs[0]?.content).toMatchObject(expected);
    expect(reply.content).toMatchObject({ status: "error", ...expected });
    const n = String(reply.content["execution_count"]);
    expect(reply.content["traceback"]).toEqual(["RangeError: too far: 3", `    at fail (cell [${n}]:4:9)`, `    at cell [${n}]:6:1`]);
  });

  test("puts the hint of an error under its traceback", async () => {
    const { reply } = await kernel().execute('throw Object.assign(new Error("no"), { hint: "try yes" });');
    expect((reply.content["traceback"] as string[]).at(-1)).toBe("try yes");
  });

  test("reports a thrown value that is no error", async () => {
    const { reply } = await kernel().execute('throw "just text";');
    expect(reply.content).toMatchObject({ status: "error", evalue: "just text", traceback: ["Uncaught 'just text'"] });
  });

  test("stops a cell with a type error before anything runs, and runs the next one", async () => {
    const { reply, outputs } = await kernel().execute('console.log("ran");\nconst wrong: number = "text";');
    expect(outputs.map(({ type }) => type)).toEqual(["error"]);
    expect(reply.content).toMatchObject({ status: "error", ename: "TypeScriptError" });
    expect(String(reply.content["evalue"])).toContain("TS2322");
    expect((await kernel().execute("1 + 1")).result).toBe("2");
  });

  test("keeps what a cell declared before it threw", async () => {
    await kernel().execute('let part = 7; throw new Error("mid");');
    expect((await kernel().execute("part")).result).toBe("7");
  });

  test("lets later cells declare names again, and closures see later assignments", async () => {
    await kernel().execute("let n = 0; function inc(): number { n++; return n; } inc();");
    expect((await kernel().execute("n = 100; inc()")).result).toBe("101");
    expect((await kernel().execute('const n = "new"; n')).result).toBe("'new'");
    expect((await kernel().execute("const { a, b } = { a: 1, b: 2 }; a + b")).result).toBe("3");
    expect((await kernel().execute("let a = [3]; a")).result).toBe("[ 3 ]");
  });

  test("awaits at the top level", async () => {
    expect((await kernel().execute("const late = await new Promise<number>((r) => setTimeout(() => r(8), 5)); late")).result).toBe("8");
  });

  test("imports built-in modules, packages of the kernel by require, and names the missing package", async () => {
    expect((await kernel().execute('import { basename } from "node:path"; basename("/a/b.txt")')).result).toBe("'b.txt'");
    expect((await kernel().execute('const os = require("node:os"); typeof os.cpus')).result).toBe("'function'");
    const { reply } = await kernel().execute('await import("no-such-package-" + 1)');
    expect(reply.content["ename"]).toBe("ModuleNotFoundError");
    expect((reply.content["traceback"] as string[]).join("\n")).toContain("npm install no-such-package-1");
  });

  test("loads local TypeScript modules, anew where they have changed, with traces that point into them", async () => {
    const file = join(folder, "doubling.ts");
    writeFileSync(
      file,
      "interface Unused { x: number }\n\nexport function twice(n: number): number {\n  if (n < 0) throw new Error('negative');\n  return n * 2;\n}\n",
    );
    expect((await kernel().execute('import { twice } from "./doubling"; twice(4)')).result).toBe("8");
    const { reply } = await kernel().execute("twice(-1)");
    expect((reply.content["traceback"] as string[])[1]).toBe(`    at twice (${file}:4:20)`);
    writeFileSync(file, readFileSync(file, "utf8").replace("n * 2", "n * 3"));
    expect((await kernel().execute('import { twice as thrice } from "./doubling"; thrice(4)')).result).toBe("12");
  });

  test("broadcasts nothing for a silent cell, but runs it", async () => {
    const { iopub } = await kernel().execute('console.log("unheard"); globalThis.process.env.SILENT = "ran"; 5', { silent: true });
    expect(iopub.map(({ type }) => type)).toEqual(["status", "status"]);
    expect((await kernel().execute("process.env.SILENT")).result).toBe("'ran'");
  });

  test("evaluates user_expressions after the cell, each with its own success or error", async () => {
    const { reply } = await kernel().execute("const q = 6;", { user_expressions: { good: "q * 7", bad: "q.nope" } });
    expect(reply.content["user_expressions"]).toMatchObject({
      good: { status: "ok", data: { "text/plain": "42" } },
      bad: { status: "error", ename: "TypeScriptError" },
    });
  });

  test("takes any name for a user expression", async () => {
    const names = JSON.parse('{ "__proto__": "1", "constructor": "2" }') as Record<string, string>;
    const { reply } = await kernel().execute("", { user_expressions: names });
    expect(Object.keys(reply.content["user_expressions"] as object)).toEqual(["__proto__", "constructor"]);
  });

  test("aborts the cells that wait behind a failed one, but only where stop_on_error says so", async () => {
    const together = (stop_on_error: boolean): Promise<string[]> =>
      Promise.all(['throw new Error("first")', "1", "2"].map((code) => kernel().execute(code, { stop_on_error }))).then((answers) =>
        answers.map(({ reply }) => String(reply.content["status"])),
      );
    expect(await together(true)).toEqual(["error", "aborted", "aborted"]);
    expect(await together(false)).toEqual(["error", "ok", "ok"]);
    expect((await kernel().execute("3")).reply.content["status"]).toBe("ok");
  });
});

describe("output", () => {
  test("keeps the order of console, streams and displays", async () => {
    const { outputs } = await kernel().execute(
      'console.log("a"); process.stdout.write("b\\n"); display({ "text/plain": "c" }); console.error("d"); console.log("e");',
    );
    const seen = outputs.map(({ type, content }) => (type === "stream" ? [content["name"], content["text"]] : [type]));
    expect(seen).toEqual([["stdout", "a\nb\n"], ["display_data"], ["stderr", "d\n"], ["stdout", "e\n"]]);
  });

  test("sends warnings to stdout, because graders take stderr for a failure", async () => {
    const answer = await kernel().execute(
      'console.warn("careful"); process.emitWarning("hot"); await new Promise((r) => setTimeout(r, 10));',
    );
    expect(answer.text("stdout")).toBe("careful\nWarning: hot\n");
    expect(answer.text("stderr")).toBe("");
  });

  test("collects what native code and child processes print", async () => {
    const answer = await kernel().execute(
      'import { execFileSync } from "node:child_process"; import { writeSync } from "node:fs";\nwriteSync(1, "native é\\n"); execFileSync("sh", ["-c", "echo child >&2"], { stdio: "inherit" });',
    );
    expect(answer.text("stdout")).toBe("native é\n");
    expect(answer.text("stderr")).toBe("child\n");
  });

  test("updates a display by its id, with metadata", async () => {
    const { outputs } = await kernel().execute(`
      const publish = (globalThis as any)[Symbol.for("Jupyter.publish")];
      display({ "text/plain": "1", "application/json": { n: 1 } }, { displayId: "d" });
      display({ "text/plain": "2" }, { displayId: "d", update: true });
      console.log(typeof publish({ "text/plain": "3" }, { metadata: { m: true } }));`);
    expect(outputs.map(({ type }) => type)).toEqual(["display_data", "update_display_data", "display_data", "stream"]);
    expect(outputs[0]?.content).toEqual({
      data: { "text/plain": "1", "application/json": { n: 1 } },
      metadata: {},
      transient: { display_id: "d" },
    });
    expect(outputs[1]?.content["transient"]).toEqual({ display_id: "d" });
    expect(outputs[2]?.content["metadata"]).toEqual({ m: true });
    expect(outputs[3]?.content["text"]).toBe("number\n");
  });

  test("clears outputs", async () => {
    const { outputs } = await kernel().execute("clearOutput(); clearOutput(true);");
    expect(outputs.map(({ type, content }) => [type, content["wait"]])).toEqual([
      ["clear_output", false],
      ["clear_output", true],
    ]);
  });

  test("that comes after the end of a cell goes to that cell, also while another one runs", async () => {
    const first = await kernel().execute(`
      setTimeout(() => console.log("late timer"), 100);
      (async () => { await new Promise((r) => setTimeout(r, 150)); console.log("late promise"); })();
      1;`);
    const second = await kernel().execute('await new Promise((r) => setTimeout(r, 300)); console.log("second");');
    expect(second.text("stdout")).toBe("second\n");
    const late = kernel().heard.filter(({ type, parent }) => type === "stream" && parent["msg_id"] === first.reply.parent["msg_id"]);
    expect(late.map(({ content }) => content["text"]).join("")).toBe("late timer\nlate promise\n");
  });

  test("is cut with a notice where a cell floods, and the cell goes on", async () => {
    const answer = await kernel().execute(
      'for (let i = 0; i < 400_000; i++) console.log("line of a flood that does not end soon", i); "done"',
    );
    expect(answer.result).toBe("'done'");
    const text = answer.text("stdout");
    expect(text.length).toBeLessThan(8.1 * 1024 * 1024);
    expect(text).toMatch(/\[output cut: .*\]\n$/);
    expect((await kernel().execute('console.log("next")')).text("stdout")).toBe("next\n");
  });

  test("of an error in a timer names the cell it came from on stderr", async () => {
    const answer = await kernel().execute(
      'setTimeout(() => { throw new Error("stray"); }, 1); await new Promise((r) => setTimeout(r, 50));',
    );
    expect(answer.text("stderr")).toMatch(/^Error: stray\n {4}at .*cell \[\d+\]:1:26\)?\n$/);
  });
});
