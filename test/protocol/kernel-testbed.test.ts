/**
 * The behaviours that runtimed/kernel-testbed asks of a kernel, under the names it gives them, in its order. The checks are our own
 * and ask for more than it does: it takes any reply of status "ok", here the content counts.
 */
import { expect, test } from "vitest";
import { KernelClient, type Json } from "./client.js";
import { useKernel } from "./kernel-fixture.js";
import { allGone, childrenOf } from "./processes.js";

const kernel = useKernel();

const DEFINE = "const testVariableForCompletion = 42";

const types = (outputs: readonly { readonly type: string }[]): string[] => outputs.map(({ type }) => type);
const states = (iopub: readonly { readonly content: Json }[]): unknown[] =>
  iopub.map(({ content }) => content["execution_state"]).filter((state) => state !== undefined);
const info = async (): Promise<Json> => (await kernel().request("kernel_info_request")).reply.content;

/** Name of the behaviour to what shows it. */
const BEHAVIOURS: Readonly<Record<string, () => Promise<void>>> = {
  // Tier 1: basic protocol
  heartbeat_responds: async () => {
    expect(await kernel().heartbeat("ping")).toBe("ping");
  },
  iopub_welcome: async () => {
    const welcome = kernel().heard.find(({ type }) => type === "iopub_welcome");
    expect(welcome?.content).toEqual({ subscription: "" });
    expect(kernel().heard.indexOf(welcome ?? expect.fail("no welcome came"))).toBe(0);
  },
  kernel_info_reply_valid: async () => {
    expect(await info()).toMatchObject({ status: "ok", implementation: "mmaplab", banner: expect.stringContaining("mmaplab") as unknown });
  },
  kernel_info_has_language_info: async () => {
    expect((await info())["language_info"]).toMatchObject({ name: "typescript", file_extension: ".ts", mimetype: "text/typescript" });
  },
  kernel_info_has_protocol_version: async () => {
    expect((await info())["protocol_version"]).toBe("5.4");
  },
  execute_stdout: async () => {
    const answer = await kernel().execute("console.log('hello')");
    expect([answer.text("stdout"), answer.text("stderr")]).toEqual(["hello\n", ""]);
  },
  execute_stderr: async () => {
    const answer = await kernel().execute("console.error('error')");
    expect([answer.text("stdout"), answer.text("stderr")]).toEqual(["", "error\n"]);
  },
  execute_reply_ok: async () => {
    const { reply } = await kernel().execute("const x = 1");
    expect(reply.type).toBe("execute_reply");
    expect(reply.content).toMatchObject({ status: "ok", user_expressions: {}, payload: [] });
  },
  status_busy_idle_lifecycle: async () => {
    const { iopub } = await kernel().execute("const x = 1");
    expect(types(iopub)).toEqual(["status", "execute_input", "status"]);
    expect(states(iopub)).toEqual(["busy", "idle"]);
  },
  execute_input_broadcast: async () => {
    const { iopub, reply } = await kernel().execute("const x = 1");
    const input = iopub.find(({ type }) => type === "execute_input");
    expect(input?.content).toEqual({ code: "const x = 1", execution_count: reply.content["execution_count"] });
  },
  // Tier 2: interactive features
  complete_request: async () => {
    await kernel().execute(DEFINE);
    const { reply } = await kernel().request("complete_request", { code: "testVariableFor", cursor_pos: 15 });
    expect(reply.content).toMatchObject({ status: "ok", cursor_start: 0, cursor_end: 15 });
    expect(reply.content["matches"]).toContain("testVariableForCompletion");
  },
  inspect_request: async () => {
    await kernel().execute(DEFINE);
    const code = "testVariableForCompletion";
    const { reply } = await kernel().request("inspect_request", { code, cursor_pos: code.length, detail_level: 0 });
    expect(reply.content).toMatchObject({ status: "ok", found: true });
    expect((reply.content["data"] as Json)["text/plain"]).toContain("testVariableForCompletion: 42");
  },
  is_complete_complete: async () => {
    expect((await kernel().request("is_complete_request", { code: "const x = 1" })).reply.content).toEqual({ status: "complete" });
  },
  is_complete_incomplete: async () => {
    const { reply } = await kernel().request("is_complete_request", { code: "const x = {" });
    expect(reply.content).toMatchObject({ status: "incomplete", indent: expect.any(String) as unknown });
  },
  history_request: async () => {
    await kernel().execute("const x = 'for the history'");
    const { reply } = await kernel().request("history_request", { hist_access_type: "tail", n: 10, output: false, raw: true });
    const history = reply.content["history"] as readonly (readonly unknown[])[];
    expect(reply.content["status"]).toBe("ok");
    expect(history.at(-1)?.[2]).toBe("const x = 'for the history'");
  },
  comm_info_request: async () => {
    expect((await kernel().request("comm_info_request")).reply.content).toEqual({ status: "ok", comms: {} });
  },
  error_handling: async () => {
    const { reply, outputs } = await kernel().execute("function function");
    expect(reply.content).toMatchObject({ status: "error", ename: expect.any(String) as unknown, evalue: expect.any(String) as unknown });
    expect(types(outputs)).toEqual(["error"]);
    const { ename, evalue, traceback } = reply.content;
    expect(outputs[0]?.content).toEqual({ ename, evalue, traceback });
  },
  // Tier 3: rich output
  display_data: async () => {
    const { outputs } = await kernel().execute('display({ "text/html": "<b>bold</b>" })');
    expect(types(outputs)).toEqual(["display_data"]);
    expect(outputs[0]?.content).toMatchObject({ data: { "text/html": "<b>bold</b>" }, metadata: {}, transient: {} });
  },
  update_display_data: async () => {
    const { outputs } = await kernel().execute(`
      display({ "text/html": "<b>initial</b>" }, { displayId: "test_update" });
      display({ "text/html": "<b>updated</b>" }, { displayId: "test_update", update: true })`);
    expect(types(outputs)).toEqual(["display_data", "update_display_data"]);
    for (const { content } of outputs) expect(content["transient"]).toEqual({ display_id: "test_update" });
    expect(outputs[1]?.content["data"]).toMatchObject({ "text/html": "<b>updated</b>" });
  },
  execute_result: async () => {
    const { outputs, result, reply } = await kernel().execute("1 + 1");
    expect(types(outputs)).toEqual(["execute_result"]);
    expect(result).toBe("2");
    expect(outputs[0]?.content["execution_count"]).toBe(reply.content["execution_count"]);
  },
  rich_execute_result: async () => {
    const { outputs } = await kernel().execute(
      '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<table></table>", "text/plain": "table" }) })',
    );
    expect(types(outputs)).toEqual(["execute_result"]);
    expect(outputs[0]?.content["data"]).toEqual({ "text/html": "<table></table>", "text/plain": "table" });
    expect((await kernel().execute('[{ letter: "A", frequency: 0.08167 }]')).result).toContain("letter: 'A'");
  },
  // Tier 4: advanced features
  stdin_input_request: async () => {
    const asked = kernel().next("stdin", ({ type }) => type === "input_request");
    const running = kernel().execute("prompt('Enter: ')", { allow_stdin: true });
    const { content, header } = await asked;
    expect(content).toEqual({ prompt: "Enter: ", password: false });
    await kernel().send("stdin", "input_reply", { value: "test_input_42" }, header);
    expect((await running).result).toBe("'test_input_42'");
  },
  comms_lifecycle: async () => {
    await kernel().execute(`
      (globalThis as any)[Symbol.for("Jupyter.comms")].registerTarget("testbed", (comm: any) => {
        comm.onMessage = ({ data }: any) => comm.send({ echo: data.text });
      });`);
    await kernel().send("shell", "comm_open", { comm_id: "life", target_name: "testbed", data: {} });
    expect((await kernel().request("comm_info_request")).reply.content["comms"]).toEqual({ life: { target_name: "testbed" } });
    const echo = kernel().next("iopub", ({ type, content }) => type === "comm_msg" && content["comm_id"] === "life");
    await kernel().send("shell", "comm_msg", { comm_id: "life", data: { text: "hello" } });
    expect((await echo).content["data"]).toEqual({ echo: "hello" });
    await kernel().send("shell", "comm_close", { comm_id: "life", data: {} });
    expect((await kernel().request("comm_info_request")).reply.content["comms"]).toEqual({});
    const refused = kernel().next("iopub", ({ type, content }) => type === "comm_close" && content["comm_id"] === "unwanted");
    await kernel().send("shell", "comm_open", { comm_id: "unwanted", target_name: "nobody's", data: {} });
    await refused;
  },
  interrupt_request: async () => {
    const { reply } = await kernel().request("interrupt_request", {}, "control");
    expect([reply.type, reply.content]).toEqual(["interrupt_reply", { status: "ok" }]);
    const running = kernel().execute('console.log("under way"); await new Promise((r) => setTimeout(r, 1e6))');
    await kernel().heardText("under way");
    await kernel().request("interrupt_request", {}, "control");
    expect((await running).reply.content["ename"]).toBe("KeyboardInterrupt");
  },
  execution_count_increments: async () => {
    const first = await kernel().execute("const x = 1");
    const second = await kernel().execute("const x = 1");
    expect(second.reply.content["execution_count"]).toBe(Number(first.reply.content["execution_count"]) + 1);
  },
  parent_header_correlation: async () => {
    const from = kernel().heard.length;
    const { reply } = await kernel().execute("console.log('hello')");
    const said = kernel().heard.slice(from);
    expect(types(said)).toEqual(["status", "execute_input", "stream", "status"]);
    for (const { parent } of [...said, reply]) expect(parent).toEqual(reply.parent);
    expect(reply.parent["msg_type"]).toBe("execute_request");
  },
  // Last in its order too: tier 1, but it ends the kernel. Here a kernel of its own.
  shutdown_reply: async () => {
    const client = await KernelClient.start();
    const pids = [client.process.pid ?? 0, ...childrenOf(client.process.pid).map(({ pid }) => pid)];
    try {
      const { reply } = await client.request("shutdown_request", { restart: false }, "control");
      expect([reply.type, reply.content]).toEqual(["shutdown_reply", { status: "ok", restart: false }]);
      expect(await client.exited).toBe(0);
      expect(await allGone(pids)).toBe(true);
    } finally {
      await client.stop();
    }
  },
};

test("all 27 behaviours are checked", () => {
  expect(Object.keys(BEHAVIOURS)).toHaveLength(27);
});

test.each(Object.entries(BEHAVIOURS))("%s", (_, check) => check());
