/** One kernel, from its start to its end, measured. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../record.mjs";
import { KernelConnection, newConnection } from "./connection.mjs";
import { proportionalSetSize } from "./processes.mjs";

const CELLS = 50;
const COMPLETIONS = 10;
const BUSY_ROUNDS = 20;
/** What a kernel does after an answer is over by then. */
const SETTLE_MS = 1500;

/**
 * @typedef {object} KernelFigures
 * @property {number} kernelInfo ms from the start of the process to kernel_info_reply
 * @property {number} firstResult ms from the start of the process to the end of the first cell, sent at kernel_info_reply
 * @property {number} cell ms, median of trivial cells
 * @property {number} completion ms, median
 * @property {number} pssAtStart MB of all processes, after the first cell
 * @property {number} pssAfterCells MB, after 50 more
 */

/**
 * Starts a kernel in an empty folder, lets `use` do something with it, and ends it.
 * @template T
 * @param {import("./kernels.mjs").BenchedKernel} kernel
 * @param {(connection: KernelConnection, pid: number, began: number) => Promise<T>} use
 */
async function withKernel(kernel, use) {
  const folder = mkdtempSync(join(tmpdir(), "mmaplab-bench-"));
  const info = await newConnection();
  const file = join(folder, "connection.json");
  writeFileSync(file, JSON.stringify(info));
  const connection = new KernelConnection(info);
  const [program, ...args] = kernel.command(file);
  const began = performance.now();
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...kernel.env },
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (log += text));
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => child.on("close", () => resolve()));
  try {
    if (child.pid === undefined) throw new Error(`${program} could not be started`);
    const died = ended.then(() => Promise.reject(new Error("it ended")));
    return await Promise.race([use(connection, child.pid, began), died]);
  } catch (error) {
    throw new Error(`${kernel.name}: ${error instanceof Error ? error.message : String(error)}\n${log}`, { cause: error });
  } finally {
    connection.close();
    child.kill("SIGTERM");
    await Promise.race([ended, sleep(5000).then(() => child.kill("SIGKILL"))]);
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {() => Promise<unknown>} action
 * @returns {Promise<number>} ms it took
 */
async function timed(action) {
  const began = performance.now();
  await action();
  return performance.now() - began;
}

/**
 * @param {import("./kernels.mjs").BenchedKernel} kernel
 * @returns {Promise<KernelFigures>}
 */
export function measureKernel(kernel) {
  return withKernel(kernel, async (connection, pid, began) => {
    await connection.alive();
    await connection.request("kernel_info_request");
    const kernelInfo = performance.now() - began;
    await connection.execute(kernel.cell(0));
    const firstResult = performance.now() - began;
    await sleep(SETTLE_MS);
    const pssAtStart = proportionalSetSize(pid);
    const cells = [];
    for (let n = 1; n <= CELLS; n += 1) cells.push(await timed(() => connection.execute(kernel.cell(n))));
    const completions = [];
    for (let n = 0; n < COMPLETIONS; n += 1) {
      completions.push(await timed(() => connection.request("complete_request", { code: "x1.", cursor_pos: 3 })));
    }
    await sleep(SETTLE_MS);
    const pssAfterCells = proportionalSetSize(pid);
    return { kernelInfo, firstResult, cell: median(cells), completion: median(completions), pssAtStart, pssAfterCells };
  });
}

/**
 * The memory after 50 cells and after many more.
 * @param {import("./kernels.mjs").BenchedKernel} kernel
 * @param {number} count
 */
export function measureGrowth(kernel, count) {
  return withKernel(kernel, async (connection, pid) => {
    await connection.alive();
    await connection.request("kernel_info_request");
    for (let n = 0; n < CELLS; n += 1) await connection.execute(kernel.cell(n));
    await sleep(SETTLE_MS);
    const before = proportionalSetSize(pid);
    // The names come round again, as they do when a notebook is run several times.
    for (let n = 0; n < count; n += 1) await connection.execute(kernel.cell(n % CELLS));
    await sleep(SETTLE_MS);
    return { before, after: proportionalSetSize(pid) };
  });
}

/**
 * The slowest answers while a cell loops: nothing of a kernel may wait for the cell but the next cell.
 * @param {import("./kernels.mjs").BenchedKernel} kernel
 * @returns {Promise<{ heartbeat: number, control: number, completion: number }>} ms, the longest of some rounds
 */
export function measureWhileBusy(kernel) {
  return withKernel(kernel, async (connection) => {
    await connection.alive();
    await connection.request("kernel_info_request");
    await connection.execute(kernel.cell(1));
    // The first completion loads what the others use.
    await connection.request("complete_request", { code: "x1.", cursor_pos: 3 });
    const looping = connection.execute("for (;;);").catch(() => undefined);
    await sleep(SETTLE_MS);
    const longest = { heartbeat: 0, control: 0, completion: 0 };
    for (let round = 0; round < BUSY_ROUNDS; round += 1) {
      const times = {
        heartbeat: await timed(() => connection.alive()),
        control: await timed(() => connection.request("kernel_info_request", {}, "control")),
        completion: await timed(() => connection.request("complete_request", { code: "x1.", cursor_pos: 3 })),
      };
      for (const key of /** @type {const} */ (["heartbeat", "control", "completion"])) longest[key] = Math.max(longest[key], times[key]);
    }
    await connection.request("interrupt_request", {}, "control");
    await looping;
    return longest;
  });
}
