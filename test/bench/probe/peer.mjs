/** The C program beside which the probe is measured: built by gcc in the same run, and asked line by line. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * @typedef {object} Peer
 * @property {(what: "pairs" | "faults", count: number) => Promise<number>} ask how many nanoseconds one of them takes
 * @property {() => Promise<void>} end
 */

/**
 * @param {string} folder where it is built
 * @param {(line: string) => void} report told where there is no compiler
 * @returns {Peer | null} null where it could not be built
 */
export function startPeer(folder, report) {
  const program = join(folder, "probe-peer");
  const built = spawnSync("gcc", ["-O2", join(import.meta.dirname, "peer.c"), "-o", program], { encoding: "utf8" });
  if (built.status !== 0) {
    report(`probe: without its peer in C, which gcc did not build: ${built.error?.message ?? built.stderr}`);
    return null;
  }
  const child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(what, count) {
      child.stdin.write(`${what} ${String(count)}\n`);
      const { value } = await lines.next();
      const ns = Number(value);
      if (value === undefined || Number.isNaN(ns)) throw new Error(`the peer in C ended instead of answering "${what}"`);
      return ns;
    },
    async end() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}
