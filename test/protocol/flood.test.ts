/** Cells that put out more than anybody can take. The supervisor's memory stays bounded, and the interrupt works meanwhile. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { useKernel } from "./kernel-fixture.js";

const kernel = useKernel();

/** The most memory the supervisor has had so far, in MiB (VmHWM of proc_pid_status(5)). */
function peakMib(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(kernel().process.pid)}/status`, "latin1"))?.[1]) / 1024;
}

/** Some 70 MiB are Node itself; the rest is what waits in queues, and what V8 has not collected yet. */
const BOUND_MIB = 512;

/** Runs an endless cell, interrupts it once `isUnderWay`, and returns the answer. */
async function interruptedOnce(code: string, isUnderWay: (text: string) => boolean): ReturnType<ReturnType<typeof kernel>["execute"]> {
  const running = kernel().execute(code);
  await kernel().next("iopub", ({ type, content }) => type === "stream" && isUnderWay(String(content["text"])));
  await kernel().request("interrupt_request", {}, "control");
  return running;
}

const FLOODS = [
  { name: "displays", code: 'for (;;) display({ "text/plain": "d".repeat(100_000) });', cut: "more than 64 MiB of displays" },
  { name: "short displays", code: 'for (;;) display({ "text/plain": "d".repeat(20_000) });', cut: "more than 64 MiB of displays" },
  { name: "lines", code: 'for (;;) console.log("l".repeat(1000));', cut: "more than 8 Mi" },
  {
    name: "lines of a child process",
    code: '(await import("node:child_process")).execFileSync("yes", ["n".repeat(1000)], { stdio: "inherit" })',
    cut: "more than 8 Mi",
  },
  {
    name: "unhandled rejections",
    code: 'for (;;) { Promise.reject(new Error("r".repeat(1000))); await new Promise(setImmediate); }',
    cut: "more than 8 Mi",
  },
];

test.each(FLOODS)("an endless flood of $name is cut with a notice, and can be interrupted", async ({ code, cut }) => {
  const answer = await interruptedOnce(code, (text) => text.includes("[output cut:"));
  expect(answer.reply.content["ename"]).toBe("KeyboardInterrupt");
  const notices = answer.outputs.filter(({ type, content }) => type === "stream" && String(content["text"]).includes("[output cut:"));
  expect(notices).toHaveLength(1);
  expect(notices[0]?.content["text"]).toContain(cut);
  expect((await kernel().execute('display({ "text/plain": "next" }); console.log("next"); 1')).outputs).toHaveLength(3);
  expect(peakMib()).toBeLessThan(BOUND_MIB);
});

const GIANTS = [
  {
    name: "of half a billion characters that is printed",
    code: "const giant = 'x'.repeat(2 ** 29 - 100); console.log(giant); 1",
    says: /^1$/,
  },
  // V8's inspector copies the result of a cell several times if it is a string, so here a smaller one.
  { name: "of 16 million characters that is the result", code: "giant.slice(0, 2 ** 24)", says: /more characters$/ },
] as const;

test.each(GIANTS)("a string $name is cut", async ({ code, says }) => {
  const answer = await kernel().execute(code);
  expect(answer.reply.content["status"]).toBe("ok");
  expect(answer.result).toMatch(says);
  expect(peakMib()).toBeLessThan(BOUND_MIB);
});

const TOO_LARGE = [
  ["displayed", 'display({ "text/html": giant })'],
  ["displayed, and a hundred megabytes", 'display({ "text/html": giant.slice(0, 1e8) })'],
  ["as a bundle of the result", '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": giant }) })'],
  ["sent over a comm", '(globalThis as any)[Symbol.for("Jupyter.comms")].open("t", { giant })'],
] as const;

test.each(TOO_LARGE)("a giant string %s is an error that says so", async (_, code) => {
  const { reply } = await kernel().execute(code);
  expect(reply.content["ename"]).toBe("RangeError");
  expect(reply.content["evalue"]).toMatch(/too large: .* MiB in one piece.*write it to a file/);
  expect((await kernel().execute("giant.length")).result).toBe("536870812");
  expect(peakMib()).toBeLessThan(BOUND_MIB);
});

test("the message of an error is cut", async () => {
  const { reply } = await kernel().execute("throw new Error(giant.slice(0, 2 ** 24));");
  expect(reply.content["ename"]).toBe("Error");
  expect(String(reply.content["evalue"])).toMatch(/more characters\]$/);
  expect(peakMib()).toBeLessThan(BOUND_MIB);
});
