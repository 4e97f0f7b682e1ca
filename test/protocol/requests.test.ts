import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KernelClient } from "./client.js";
import { useKernel } from "./kernel-fixture.js";

const kernel = useKernel();

describe("complete_request", () => {
  test("completes members, also of variables of earlier cells, with their kinds", async () => {
    await kernel().execute("const point = { across: 1, along: 2 };");
    const { reply } = await kernel().request("complete_request", { code: "point.a", cursor_pos: 7 });
    expect(reply.content).toMatchObject({ status: "ok", cursor_start: 6, cursor_end: 7 });
    expect(reply.content["matches"]).toEqual(expect.arrayContaining(["across", "along"]));
    const { _jupyter_types_experimental: kinds } = reply.content["metadata"] as { _jupyter_types_experimental: { type: string }[] };
    expect(kinds).toHaveLength((reply.content["matches"] as string[]).length);
  });

  test("counts the cursor in code points, so that an emoji before it is one", async () => {
    const code = '"😀😀"; Math.ma';
    const { reply } = await kernel().request("complete_request", { code, cursor_pos: [...code].length });
    expect(reply.content["matches"]).toContain("max");
    expect(reply.content).toMatchObject({ cursor_start: [...code].length - 2, cursor_end: [...code].length });
  });
});

describe("inspect_request", () => {
  test("finds the type of what is under the cursor, after an emoji too", async () => {
    const code = '"😀"; Math.max';
    const { reply } = await kernel().request("inspect_request", { code, cursor_pos: [...code].length - 1, detail_level: 0 });
    expect(reply.content).toMatchObject({ status: "ok", found: true });
    expect((reply.content["data"] as Record<string, string>)["text/plain"]).toContain("max(");
  });

  test("says so where there is nothing", async () => {
    const { reply } = await kernel().request("inspect_request", { code: "   ", cursor_pos: 1 });
    expect(reply.content).toEqual({ status: "ok", found: false, data: {}, metadata: {} });
  });
});

test.each([
  ["1 + 1", "complete"],
  ["function f() {", "incomplete"],
  ["}", "invalid"],
])("is_complete_request: %j is %s", async (code, status) => {
  const { reply } = await kernel().request("is_complete_request", { code });
  expect(reply.content["status"]).toBe(status);
});

describe("history_request", () => {
  test("gives the tail, a range and what fits a pattern", async () => {
    const first = Number((await kernel().execute("1 + 10")).reply.content["execution_count"]);
    await kernel().execute("2 + 20");
    await kernel().execute("2 + 20");
    await kernel().execute("1 + 30", { store_history: false });
    const ask = async (content: Record<string, unknown>): Promise<unknown> =>
      (await kernel().request("history_request", { raw: true, output: false, ...content })).reply.content["history"];
    expect(await ask({ hist_access_type: "tail", n: 2 })).toEqual([
      [1, first + 1, "2 + 20"],
      [1, first + 2, "2 + 20"],
    ]);
    expect(await ask({ hist_access_type: "range", session: 0, start: first, stop: first + 1, output: true })).toEqual([
      [1, first, ["1 + 10", "11"]],
    ]);
    expect(await ask({ hist_access_type: "search", pattern: "2*", n: 10, unique: true })).toEqual([[1, first + 2, "2 + 20"]]);
    expect(await ask({ hist_access_type: "search", pattern: "2", n: 10 })).toEqual([]);
  });
});

describe("history on disk", () => {
  test("is found by the kernel that is started next", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mmaplab-data-"));
    try {
      const first = await KernelClient.start({ dataFolder: folder });
      await first.execute("const remembered = 6 * 7; remembered");
      await first.stop();
      const second = await KernelClient.start({ dataFolder: folder });
      const { reply } = await second.request("history_request", { hist_access_type: "tail", n: 1, output: true, raw: true });
      expect(reply.content["history"]).toEqual([[1, 1, ["const remembered = 6 * 7; remembered", "42"]]]);
      await second.stop();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("is not kept where the kernel is told so", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mmaplab-data-"));
    try {
      const client = await KernelClient.start({ dataFolder: folder, args: ["--no-history"] });
      await client.execute("1");
      await client.stop();
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a name with a question mark", () => {
  test("shows its help in the pager, and counts as a complete cell", async () => {
    const { reply, outputs } = await kernel().execute("Math.max?");
    expect(outputs).toEqual([]);
    const [page] = reply.content["payload"] as { source: string; start: number; data: Record<string, string> }[];
    expect(page).toMatchObject({ source: "page", start: 0 });
    expect(page?.data["text/plain"]).toContain("max(");
    const { reply: completeness } = await kernel().request("is_complete_request", { code: "Math.max?" });
    expect(completeness.content).toEqual({ status: "complete" });
  });

  test("knows the names of earlier cells, and says so where there is none", async () => {
    await kernel().execute("/** How deep it is. */ const depth: number = 3;");
    const [page] = (await kernel().execute("depth??")).reply.content["payload"] as { data: Record<string, string> }[];
    expect(page?.data["text/plain"]).toContain("How deep it is");
    const unknown = await kernel().execute("nowhereToBeFound?");
    expect(unknown.reply.content).toMatchObject({ status: "ok", payload: [] });
    expect(unknown.text("stdout")).toBe("No help on nowhereToBeFound: there is no such name here.\n");
  });
});

test("usage_request on control tells what the kernel's processes and the machine use", async () => {
  const ask = async (): Promise<Record<string, unknown>> => (await kernel().request("usage_request", {}, "control")).reply.content;
  const { result } = await kernel().execute("process.memoryUsage().rss");
  const first = await ask();
  expect(first).toMatchObject({ pid: kernel().process.pid, kernel_cpu: 0 });
  expect(first).not.toHaveProperty("host_cpu_percent");
  await kernel().execute("const until = performance.now() + 300; while (performance.now() < until);");
  const usage = await ask();
  expect(usage["kernel_cpu"]).toBeGreaterThan(10);
  expect(usage["host_cpu_percent"]).toBeGreaterThan(0);
  expect(usage["host_cpu_percent"]).toBeLessThanOrEqual(100);
  expect(usage["cpu_count"]).toBeGreaterThanOrEqual(1);
  // Of three processes, one of which alone has most of its pages for itself.
  expect(usage["kernel_memory"]).toBeGreaterThan(Number(result) / 2);
  const memory = usage["host_virtual_memory"] as Record<string, number>;
  expect(memory["total"]).toBeGreaterThan(Number(usage["kernel_memory"]));
  for (const name of ["active", "available", "free", "inactive", "percent", "used"]) expect(memory[name]).toBeGreaterThan(0);
  expect((await kernel().request("usage_request", {}, "control")).reply.type).toBe("usage_reply");
});

describe("stdin", () => {
  test("prompt() asks the front end and returns its answer", async () => {
    const asked = kernel().next("stdin", ({ type }) => type === "input_request");
    const running = kernel().execute('prompt("Name? ") + "!"', { allow_stdin: true });
    const { content, header } = await asked;
    expect(content).toEqual({ prompt: "Name? ", password: false });
    await kernel().send("stdin", "input_reply", { value: "Ada\n😀" }, header);
    expect((await running).result).toBe("'Ada\\n😀!'");
  });

  test("prompt() throws where the front end takes no questions", async () => {
    const { reply } = await kernel().execute('prompt("Name? ")', { allow_stdin: false });
    expect(reply.content).toMatchObject({ status: "error", ename: "Error" });
    expect(reply.content["evalue"]).toContain("nobody can be asked");
  });

  test("an interrupt ends a prompt() that waits, and the answer to it is not taken for a later one", async () => {
    const asked = kernel().next("stdin", ({ type }) => type === "input_request");
    const running = kernel().execute('prompt("first? ")', { allow_stdin: true });
    const { header } = await asked;
    await kernel().request("interrupt_request", {}, "control");
    expect((await running).reply.content["ename"]).toBe("KeyboardInterrupt");
    await kernel().send("stdin", "input_reply", { value: "too late" }, header);
    const again = kernel().next("stdin", ({ type }) => type === "input_request");
    const second = kernel().execute('prompt("second? ")', { allow_stdin: true });
    await kernel().send("stdin", "input_reply", { value: "in time" }, (await again).header);
    expect((await second).result).toBe("'in time'");
  });
});

describe("comms", () => {
  test("a cell's target answers a comm the front end opens; comm_info lists it until it is closed", async () => {
    await kernel().execute(`
      const comms = (globalThis as any)[Symbol.for("Jupyter.comms")];
      comms.registerTarget("echo", (comm: any, opening: any) => {
        comm.send({ opened: opening.data });
        comm.onMessage = (message: any) => comm.send({ echo: message.data }, { buffers: message.buffers });
      });`);
    const isFor = (id: string) => (message: { type: string; content: Record<string, unknown> }) =>
      message.type === "comm_msg" && message.content["comm_id"] === id;
    const opened = kernel().next("iopub", isFor("c1"));
    await kernel().send("shell", "comm_open", { comm_id: "c1", target_name: "echo", data: { a: 1 } });
    expect((await opened).content["data"]).toEqual({ opened: { a: 1 } });
    const echoed = kernel().next("iopub", isFor("c1"));
    const id = await kernel().send("shell", "comm_msg", { comm_id: "c1", data: { b: 2 } }, {}, [Buffer.from([1, 2, 255])]);
    const echo = await echoed;
    expect(echo.content["data"]).toEqual({ echo: { b: 2 } });
    expect(echo.buffers).toEqual([Buffer.from([1, 2, 255])]);
    expect(echo.parent["msg_id"]).toBe(id);
    const open = async (): Promise<unknown> => (await kernel().request("comm_info_request", { target_name: "echo" })).reply.content;
    expect(await open()).toEqual({ status: "ok", comms: { c1: { target_name: "echo" } } });
    await kernel().send("shell", "comm_close", { comm_id: "c1", data: {} });
    expect(await open()).toEqual({ status: "ok", comms: {} });
  });

  test("a comm of a target nobody registered is closed again", async () => {
    const closed = kernel().next("iopub", ({ type, content }) => type === "comm_close" && content["comm_id"] === "c2");
    await kernel().send("shell", "comm_open", { comm_id: "c2", target_name: "nobody", data: {} });
    await closed;
  });

  test("a cell opens a comm, and its close is sent once the process is gone", async () => {
    const answer = await kernel().execute('(globalThis as any)[Symbol.for("Jupyter.comms")].open("front", { hello: 1 }).id');
    const opened = answer.outputs.find(({ type }) => type === "comm_open");
    expect(opened?.content).toMatchObject({ target_name: "front", data: { hello: 1 } });
    const closed = kernel().next(
      "iopub",
      ({ type, content }) => type === "comm_close" && content["comm_id"] === opened?.content["comm_id"],
    );
    await kernel().execute("process.exit(1)");
    await closed;
  });
});

test("connect_request names the ports", async () => {
  const { reply } = await kernel().request("connect_request");
  expect(Object.keys(reply.content).sort()).toEqual(["control_port", "hb_port", "iopub_port", "shell_port", "status", "stdin_port"]);
});
