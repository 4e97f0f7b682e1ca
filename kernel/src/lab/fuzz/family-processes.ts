/** Random calls that need a process of their own: fork, exit and wait; limits and rights; brk; locking everything; seals for good. */
import type { Draw } from "./draw.js";
import type { StepFamily } from "./families.js";
import type { Step } from "./sequence.js";

function fork(draw: Draw): Step {
  const born = draw.processes.bear();
  return born === undefined ? exit(draw) : { op: "fork", who: born.parent, child: born.child };
}

function exit(draw: Draw): Step {
  const process = draw.processes.end();
  return process === undefined ? { op: "wait", who: draw.processes.running(), child: 1 } : { op: "exit", who: process };
}

/** Most often for a child that has exited, by its parent; now and then for one that is not there. */
function wait(draw: Draw): Step {
  const ended = draw.random.chance(80) ? draw.processes.reap() : undefined;
  return { op: "wait", who: ended?.parent ?? draw.processes.running(), child: ended?.child ?? draw.random.pick([1, 9]) };
}

/** Limits that leave room for little. In pages, and for the address space on top of what is mapped. */
function setrlimit(draw: Draw): Step {
  const { random } = draw;
  switch (random.below(4)) {
    case 0:
      return { op: "rlimit", which: "AS", value: { current_total_vm_plus_pages: random.pick([0, 1, 4, 16, 40]) } };
    case 1:
      return { op: "rlimit", which: "DATA", value: { pages: random.pick([0, 900, 960, 1000, 2000]) } };
    case 2:
      return { op: "rlimit", which: "STACK", value: { pages: random.pick([0, 2, 8, 40]) } };
    default:
      return { op: "rlimit", which: "MEMLOCK", value: random.chance(20) ? { bytes: 10_000 } : { pages: random.pick([0, 3, 10, 40]) } };
  }
}

function brk(draw: Draw): Step {
  const { random } = draw;
  const pages = random.below(24);
  return { op: "brk", to: random.chance(75) ? pages : { bytes: pages * 4096 + random.pick([1, 100, 4095]) } };
}

function mseal(draw: Draw): Step {
  const { random } = draw;
  return { op: "mseal", ...draw.range("huge lengths too"), flags: random.chance(95) ? 0 : random.pick([1, 2, -1]) };
}

const alone = { runsIn: "a process of its own", needsFile: false } as const;

export const processFamilies: readonly StepFamily[] = [
  { name: "fork", weight: 4, ...alone, step: fork },
  { name: "exit", weight: 1, ...alone, step: exit },
  { name: "wait", weight: 1, ...alone, step: wait },
  { name: "brk", weight: 4, ...alone, step: brk },
  { name: "mseal", weight: 2, ...alone, step: mseal },
  { name: "advance", weight: 1, ...alone, step: () => ({ op: "advance", seconds: 0.001 }) },
  { name: "setrlimit", weight: 3, ...alone, theme: "rights", step: setrlimit },
  { name: "giving up capabilities", weight: 1, ...alone, theme: "rights", step: () => ({ op: "dropcaps" }) },
  {
    name: "mlockall of what is mapped",
    weight: 1,
    ...alone,
    theme: "everything locked",
    step: (draw) => ({ op: "mlockall", flags: draw.random.pick([["CURRENT"], ["CURRENT", "FUTURE"], ["CURRENT", "ONFAULT"]]) }),
  },
];
