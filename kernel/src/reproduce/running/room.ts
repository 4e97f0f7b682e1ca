/** Whether there is room for a run, before anything is made. */
import { existsSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { availableMemory } from "node:process";
import type { Task } from "./plan.js";

const MIB = 1 << 20;

/** Left free whatever happens: a full disk is everybody's trouble. */
const SPARE_DISK_BYTES = 64 * MIB;

/** What the kernel of a notebook takes: two Nodes and a Python. */
const KERNEL_MEMORY_BYTES = 600 * MIB;

/** The nearest folder above that is there. */
function existing(path: string): string {
  const whole = resolve(path);
  return existsSync(whole) ? whole : existing(dirname(whole));
}

/**
 * @param path of the results, which need not be there yet
 * @param atOnce how many runs go side by side
 * @throws Error that says how much is missing, of what
 */
export function requireRoom(path: string, tasks: readonly Task[], atOnce: number): void {
  const most = (pick: (task: Task) => number) => atOnce * tasks.reduce((sum, task) => Math.max(sum, pick(task)), 0);
  const folder = existing(path);
  const { bavail, bsize } = statfsSync(folder);
  const [free, wanted] = [bavail * bsize, most(({ experiment }) => experiment.needs.diskBytes) + SPARE_DISK_BYTES];
  if (free < wanted)
    throw new Error(
      `the disk of ${folder} has ${mib(free)} MiB free, and ${mib(wanted)} MiB are needed. Free some, or choose a folder on another disk with --out.`,
    );
  const memory = atOnce * KERNEL_MEMORY_BYTES + most(({ experiment }) => experiment.needs.memoryBytes);
  const available = availableMemory();
  if (available < memory)
    throw new Error(
      `${mib(available)} MiB of memory are available, and ${mib(memory)} MiB are needed. End other programs, or name fewer experiments.`,
    );
}

function mib(bytes: number): number {
  return Math.floor(bytes / MIB);
}
