/** When the supervisor is killed, nothing it or its cells have started survives it, whatever that is doing. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { KernelClient } from "./client.js";
import { allGone, processesWith } from "./processes.js";

const FFI = 'const ffi = require("ffi-rs"); ffi.open({ library: "c", path: "" });';

const CELLS = [
  ["a cell that waits for a child process", 'console.log("on"); (await import("node:child_process")).execFileSync("sleep", ["1000"]);'],
  [
    "a cell with children that go on beside it",
    'import { spawn } from "node:child_process"; for (let i = 0; i < 5; i++) spawn("sh", ["-c", "sleep 1000 & sleep 1000"]); console.log("on");',
  ],
  [
    "a cell in a system call that blocks",
    `${FFI} console.log("on"); ffi.load({ library: "c", funcName: "sleep", retType: ffi.DataType.I32, paramsType: [ffi.DataType.I32], paramsValue: [1000] });`,
  ],
  ["a cell that asks for a line", 'console.log("on"); prompt("?");'],
  ["a cell whose process is stopped", 'console.log("on"); process.kill(process.pid, "SIGSTOP");'],
] as const;

test.each(CELLS)("%s does not outlive the supervisor", async (_, code) => {
  const marker = randomUUID();
  const client = await KernelClient.start({ env: { MMAPLAB_ORPHANS: marker } });
  try {
    await client.send("shell", "execute_request", { code, allow_stdin: true });
    await client.heardText("on");
    const pids = processesWith(`MMAPLAB_ORPHANS=${marker}`);
    expect(pids.length).toBeGreaterThanOrEqual(3);
    client.process.kill("SIGKILL");
    await client.exited;
    await expect.poll(() => processesWith(`MMAPLAB_ORPHANS=${marker}`), { timeout: 10_000 }).toEqual([]);
    expect(await allGone(pids)).toBe(true);
  } finally {
    for (const pid of processesWith(`MMAPLAB_ORPHANS=${marker}`)) process.kill(pid, "SIGKILL");
    client.close();
  }
});
