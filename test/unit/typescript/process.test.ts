/** The service as the supervisor sees it: a process with JSON lines on its pipes. Runs the built files. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ServiceReply } from "../../../kernel/src/runtime/frames.js";

// Each test compiles several cells, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const main = fileURLToPath(new URL("../../../kernel/dist/runtime/typescript/main.js", import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), "mmaplab-service-process-"));
let service: ChildProcess;
let lines: AsyncIterator<string>;
let log = "";

const send = (line: string): void => void service.stdin?.write(`${line}\n`);
async function next(): Promise<unknown> {
  const line = await lines.next();
  if (line.done === true) throw new Error(`The service ended: ${log}`);
  return JSON.parse(line.value);
}

beforeAll(async () => {
  if (!existsSync(main)) throw new Error("The kernel is not built. Run `npm run build` first.");
  service = spawn(process.execPath, [main, JSON.stringify({ prelude: null, cwd })], { stdio: "pipe" });
  service.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
  if (service.stdout === null) throw new Error("The service has no stdout.");
  lines = createInterface({ input: service.stdout })[Symbol.asyncIterator]();
  expect(await next()).toEqual({ type: "ready", typescript: "6.0.3" });
}, 60_000);

afterAll(() => {
  service.kill("SIGKILL");
  rmSync(cwd, { recursive: true });
});

describe("the service process", () => {
  test("answers requests that come at once, in order", async () => {
    for (let id = 1; id <= 20; id++) send(JSON.stringify({ id, type: "isComplete", source: `f(${String(id)}` }));
    const replies: unknown[] = [];
    for (let id = 1; id <= 20; id++) replies.push(((await next()) as ServiceReply).id);
    expect(replies).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  test("takes a cell with a line separator that JSON leaves as it is", async () => {
    send(JSON.stringify({ id: 30, type: "compile", source: "const t = 'a\u2028b'; t", executionCount: 1 }));
    expect(await next()).toMatchObject({ id: 30, type: "compiled" });
  });

  test("answers lines that are no requests and goes on", async () => {
    send("{ not JSON");
    expect(await next()).toMatchObject({ id: -1, type: "failed" });
    send('"text"');
    expect(await next()).toMatchObject({ id: -1, type: "failed" });
    send(JSON.stringify({ id: 40, type: "compile", source: "1", executionCount: 2 }));
    expect(await next()).toMatchObject({ id: 40, type: "compiled" });
  });

  test("ends by itself when its stdin closes, with nothing but replies on stdout", async () => {
    const ended = new Promise((resolve) => service.once("exit", (code, signal) => resolve({ code, signal })));
    service.stdin?.end();
    expect(await ended).toEqual({ code: 0, signal: null });
    expect((await lines.next()).done).toBe(true);
  });

  test("says what argument it needs", async () => {
    const child = spawn(process.execPath, [main], { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).not.toBe(0);
    expect(text).toContain('JSON { "prelude": Prelude | null');
  });
});
