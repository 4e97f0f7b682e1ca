import { describe, expect, test } from "vitest";
import { useKernel } from "./kernel-fixture.js";

const kernel = useKernel();

/** Runs a cell that prints "started" and then does not end, interrupts it, and returns how it ended. */
async function interrupted(code: string): Promise<{ ename: unknown; stillThere: unknown }> {
  await kernel().execute("let kept = 41;");
  const running = kernel().execute(`kept++; console.log("started " + Math.random());\n${code}`);
  await kernel().next("iopub", ({ type, content }) => type === "stream" && String(content["text"]).startsWith("started"));
  const reply = await kernel().request("interrupt_request", {}, "control");
  expect(reply.reply.content).toEqual({ status: "ok" });
  const answer = await running;
  expect(answer.outputs.at(-1)?.type).toBe("error");
  const next = await kernel().execute("kept");
  return { ename: answer.reply.content["ename"], stillThere: next.result ?? [answer.reply.content["evalue"], next.reply.content] };
}

const ENDLESS = [
  ["a loop", "while (true) {}"],
  ["a loop in try/finally", "try { while (true) {} } finally { while (true) {} }"],
  ["a loop after an await", "await 0; while (true) {}"],
  ["a loop in a timer", "setTimeout(() => { while (true) {} }, 1); await new Promise(() => {});"],
  ["a loop of awaits", "for (;;) await 0;"],
  ["an await for ever", "await new Promise(() => {});"],
  ["a loop in a custom inspection of the result", '({ [Symbol.for("nodejs.util.inspect.custom")]() { while (true) {} } })'],
  ["backtracking of a regular expression", '/^(a+)+$/.test("a".repeat(40) + "b")'],
  ["Atomics.wait", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"],
  ["a child process it waits for", '(await import("node:child_process")).execFileSync("sleep", ["1000"])'],
] as const;

describe("interrupt_request", () => {
  test.each(ENDLESS)("ends %s and keeps the variables", async (_, code) => {
    expect(await interrupted(code)).toEqual({ ename: "KeyboardInterrupt", stillThere: "42" });
  });

  test("stops the timers of the interrupted cell", async () => {
    await interrupted('setInterval(() => { console.log("tick"); }, 5); await new Promise(() => {});');
    const from = kernel().heard.length;
    await kernel().execute("await new Promise((r) => setTimeout(r, 100));");
    expect(
      kernel()
        .heard.slice(from)
        .filter(({ type }) => type === "stream"),
    ).toEqual([]);
  });

  test("between two cells hits neither", async () => {
    await kernel().request("interrupt_request", {}, "control");
    expect((await kernel().execute("await new Promise((r) => setTimeout(r, 50)); 7")).result).toBe("7");
  });

  test("at the very end of a cell never hits the next one", async () => {
    for (let round = 0; round < 30; round++) {
      const first = kernel().execute(`const until = performance.now() + ${round % 6}; while (performance.now() < until);`, {
        stop_on_error: false,
      });
      const interrupt = new Promise((resolve) => setTimeout(resolve, round % 10)).then(() =>
        kernel().request("interrupt_request", {}, "control"),
      );
      await Promise.all([first, interrupt]);
      expect((await kernel().execute(`await 0; ${round}`)).result).toBe(String(round));
    }
  });

  test("of a cell whose process is still starting ends the cell, and not the process", async () => {
    for (let round = 0; round < 3; round++) {
      // Sent together: the second waits for the process that replaces the first one's.
      const crash = kernel().execute("process.exit(1)", { stop_on_error: false });
      const code = `${round}; await new Promise(() => {});`;
      const begun = kernel().next("iopub", ({ type, content }) => type === "execute_input" && content["code"] === code);
      const waiting = kernel().execute(code, { stop_on_error: false });
      await begun;
      await kernel().request("interrupt_request", {}, "control");
      expect((await crash).reply.content["ename"]).toBe("ProcessExit");
      expect((await waiting).reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect((await kernel().execute(`${round}`)).result).toBe(String(round));
    }
  });

  test("of a cell that is busy and idle in turn never holds up the next one", async () => {
    for (let round = 0; round < 30; round++) {
      const busy = 9 + (round % 5);
      const running = kernel().execute(
        `console.log("turn ${round}.");
         setInterval(() => { const until = performance.now() + ${busy}; while (performance.now() < until); }, 1); await new Promise(() => {});`,
      );
      await kernel().heardText(`turn ${round}.`);
      await kernel().request("interrupt_request", {}, "control");
      expect((await running).reply.content["ename"]).toBe("KeyboardInterrupt");
      expect((await kernel().execute(`${round}`)).result).toBe(String(round));
    }
  });

  test("reaches the kernel as a signal too", async () => {
    const running = kernel().execute('console.log("looping"); while (true) {}');
    await kernel().heardText("looping");
    kernel().process.kill("SIGINT");
    expect((await running).reply.content["ename"]).toBe("KeyboardInterrupt");
  });

  test("ends a cell whose process does not react, by a fresh process", async () => {
    const running = kernel().execute('console.log("stopping"); process.kill(process.pid, "SIGSTOP");');
    await kernel().heardText("stopping");
    await kernel().request("interrupt_request", {}, "control");
    const { reply } = await running;
    expect(reply.content["ename"]).toBe("KeyboardInterrupt");
    expect(String(reply.content["evalue"])).toContain("did not react");
    expect((await kernel().execute("typeof kept === 'undefined'", {})).reply.content["ename"]).toBe("TypeScriptError");
    expect((await kernel().execute("5 + 5")).result).toBe("10");
  });
});

test("control, heartbeat, completion and kernel_info are answered while a cell loops", async () => {
  const running = kernel().execute('console.log("busy loop"); while (true) {}');
  await kernel().heardText("busy loop");
  expect(await kernel().heartbeat("alive")).toBe("alive");
  expect((await kernel().request("kernel_info_request", {}, "control")).reply.content["status"]).toBe("ok");
  const completion = await kernel().request("complete_request", { code: "Mat", cursor_pos: 3 });
  expect(completion.reply.content["matches"]).toContain("Math");
  // A front end shows the last state it heard of: the loop still runs.
  const lastState = (): unknown =>
    kernel()
      .heard.filter(({ type }) => type === "status")
      .at(-1)?.content["execution_state"];
  await expect.poll(lastState).toBe("busy");
  await kernel().request("interrupt_request", {}, "control");
  await running;
});
