/** Making processes and waiting for them: fork(2), a process without inherited memory, waitpid(2). */
import { describe } from "../../linux/arguments.js";
import type { Lab } from "../lab.js";
import { theLab } from "../the-lab.js";
import { ProcessWorld } from "../world.js";
import { Process, type ProcessStatus } from "./process.js";

/**
 * Forks the process: fork(2). The child has the same mappings: MAP_SHARED ones stay shared, of MAP_PRIVATE ones each side has
 * its own from the first write on (copy-on-write). Inside `child.run`, the child is what is forked.
 *
 * Takes one to two milliseconds, because the page tables of Node are copied too. The faults of Node that follow are never counted.
 * @returns the child, which does what {@link Process.run} gives it
 * @throws Errno where no process can be made (EAGAIN, ENOMEM); Error for more than 8 at a time
 */
export function fork(): Process {
  const lab = theLab();
  return made(lab, "fork");
}

/**
 * Starts a process that has nothing of the notebook's memory: no relative, as far as memory goes. It shares with others only
 * what it maps from a file: `p.run(() => mmap(null, 4096, PROT.READ, MAP.SHARED, fd))`. It is made by a fork, after which
 * everything is unmapped; so the first write to each private page of the parent is one more minor fault.
 * @throws as {@link fork}
 */
export function startProcess(): Process {
  const lab = theLab();
  const process = made(lab, "startProcess");
  const world = new ProcessWorld(lab.world.whole, process.id);
  const inherited = world.model.vmas(process.id).filter(({ foreign }) => !foreign);
  for (const { start, end } of inherited) world.run({ op: "munmap", at: start, length: end - start });
  if (world.kind === "live") lab.kernel.makeBare(process.id);
  return process;
}

/**
 * Waits for a child that has exited: waitpid(2).
 * @returns how it ended
 * @throws Error while it runs: it does nothing by itself, so waiting would never end
 */
export function waitpid(child: Process): ProcessStatus {
  if (!(child instanceof Process)) throw new TypeError(`waitpid: give what fork() returned, not ${describe(child)}`);
  return child.wait();
}

function made(lab: Lab, what: string): Process {
  const { world } = lab;
  const child = lab.processes.nextName(world.model.processes);
  lab.call(world, { op: "fork", child }, () => [], what);
  const process = new Process(lab, world.whole, child, world.process);
  lab.processes.enter(child, world.process, world.kind === "live");
  if (world.kind === "live") lab.children.add(process);
  return process;
}
