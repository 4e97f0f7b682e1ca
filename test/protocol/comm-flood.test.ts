/** Handlers of comm messages that do not end, and cells that send more over comms than anybody can take. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Received } from "./client.js";
import { useKernel } from "./kernel-fixture.js";

const kernel = useKernel();

const COMMS = '(globalThis as any)[Symbol.for("Jupyter.comms")]';

const isIdleAfter =
  (id: string) =>
  ({ type, parent, content }: Received): boolean =>
    type === "status" && parent["msg_id"] === id && content["execution_state"] === "idle";

/** Sends a comm message; `idle` resolves when the kernel has handled it. */
async function sendComm(type: "comm_open" | "comm_msg", content: Record<string, unknown>): Promise<{ idle: Promise<Received> }> {
  const id = randomUUID();
  const idle = kernel().next("iopub", isIdleAfter(id));
  await kernel().send("shell", type, content, {}, [], id);
  return { idle };
}

/** Registers a target whose handler says `looping` and then runs `body` for each message, and opens a comm to it. */
async function openComm(body: string): Promise<string> {
  const name = randomUUID();
  const { reply } = await kernel().execute(
    `${COMMS}.registerTarget("${name}", (comm: any) => { comm.onMessage = ({ data }: any) => { console.log("looping " + data.n); ${body} }; });`,
  );
  expect(reply.content["status"]).toBe("ok");
  await (
    await sendComm("comm_open", { comm_id: name, target_name: name, data: {} })
  ).idle;
  return name;
}

let n = 0;
/** Sends a message whose handler does not end, and resolves when it is at work. */
async function startLoop(comm: string): Promise<{ idle: Promise<Received> }> {
  n += 1;
  const sent = await sendComm("comm_msg", { comm_id: comm, data: { n } });
  await kernel().heardText(`looping ${n}`);
  return sent;
}

const interrupt = (): Promise<unknown> => kernel().request("interrupt_request", {}, "control");

test("a handler that loops is interrupted while no cell runs, and variables and the comm are kept", async () => {
  await kernel().execute("let kept = 41;");
  const comm = await openComm("while (true) {}");
  for (let time = 0; time < 3; time++) {
    const { idle } = await startLoop(comm);
    await interrupt();
    await idle;
    expect((await kernel().execute("++kept")).result).toBe(String(42 + time));
  }
  await kernel().heardText("KeyboardInterrupt: the handler of a comm message was interrupted");
});

test("a cell that waits behind a handler that loops is reached by the interrupt as well", async () => {
  await kernel().execute("let waited = 1;");
  const { idle } = await startLoop(await openComm("while (true) {}"));
  const waiting = kernel().execute("while (true) { waited = 2; }");
  // Answered in order of arrival: the cell has been taken when this is.
  await kernel().request("kernel_info_request");
  await interrupt();
  await idle;
  expect((await waiting).reply.content["ename"]).toBe("KeyboardInterrupt");
  expect((await kernel().execute("waited > 0")).result).toBe("true");
});

test("a handler that loops while a cell awaits is ended together with the cell", async () => {
  const comm = await openComm("while (true) {}");
  const running = kernel().execute('console.log("awaiting"); await new Promise(() => {});');
  await kernel().heardText("awaiting");
  const { idle } = await startLoop(comm);
  await interrupt();
  expect((await running).reply.content["ename"]).toBe("KeyboardInterrupt");
  await idle;
  expect((await kernel().execute("typeof kept")).result).toBe("'number'");
});

test("a handler whose process does not react is ended by a fresh process", async () => {
  const { idle } = await startLoop(await openComm('process.kill(process.pid, "SIGSTOP");'));
  await interrupt();
  await idle;
  await kernel().heardText("a comm message is gone: it did not react to the interrupt");
  expect((await kernel().execute("3 + 3")).result).toBe("6");
});

test("an endless flood of comm messages ends with an error that says what to do, in bounded memory", async () => {
  const answer = await kernel().execute(
    `const comm = ${COMMS}.open("flood", {}); let sent = 0; for (;;) { comm.send({ text: "d".repeat(1_000_000) }); sent++; }`,
  );
  expect(answer.reply.content["ename"]).toBe("RangeError");
  expect(answer.reply.content["evalue"]).toMatch(/more than 256 MiB over comms.*send less at a time/);
  // The next cell may send again.
  expect((await kernel().execute("comm.send({ again: true }); sent > 200")).result).toBe("true");
  const peakMib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(kernel().process.pid)}/status`, "latin1"))?.[1]) / 1024;
  expect(peakMib).toBeLessThan(512);
});

test("an endless flood of short comm messages can be interrupted", async () => {
  const running = kernel().execute('console.log("flooding"); for (;;) comm.send({ n: 1 });');
  await kernel().heardText("flooding");
  await interrupt();
  expect((await running).reply.content["ename"]).toBe("KeyboardInterrupt");
  expect((await kernel().execute("1 + 1")).result).toBe("2");
});
