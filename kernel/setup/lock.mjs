/**
 * Lets one set-up at a time work in the project. The lock is flock(2) on a file: the system itself gives it up when the
 * process that holds it ends, however it ends, so a stale lock cannot exist. The file's content only tells who holds it.
 */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "./command.mjs";
import { SetupFailure, Stopped } from "./failure.mjs";

const POLL_MS = 250;

/**
 * Waits until this process holds the lock.
 * @param {string} file
 * @param {{ signal?: AbortSignal, waiting: (holder: string) => void }} options `waiting` is called once, if it has to wait
 * @returns {Promise<() => void>} gives the lock up
 */
export async function acquireLock(file, { signal, waiting }) {
  const flock = findProgram("flock") ?? findProgram("flock", { PATH: "/usr/bin:/bin" });
  if (flock === null) {
    throw new SetupFailure("The program `flock` is missing, which keeps two set-ups out of each other's way.", [
      "install the package util-linux (every Debian and Ubuntu has it unless it was removed).",
    ]);
  }
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, "a+");
  let told = false;
  // The child locks the open file it inherits, which is ours; the lock stays when the child ends.
  while (spawnSync(flock, ["--nonblock", "3"], { stdio: ["ignore", "ignore", "ignore", fd] }).status !== 0) {
    if (!told) waiting(readFileSync(file, "utf8").trim());
    told = true;
    await sleep(POLL_MS);
    if (signal?.aborted) {
      closeSync(fd);
      throw new Stopped();
    }
  }
  ftruncateSync(fd);
  writeSync(fd, `process ${process.pid}\n`);
  return () => closeSync(fd);
}
