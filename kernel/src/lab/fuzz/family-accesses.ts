/** Random accesses: by instructions, by the kernel for the process; and msync and mincore, which look at what they left. */
import type { Draw } from "./draw.js";
import type { StepFamily } from "./families.js";
import type { Step } from "./sequence.js";

function touch(draw: Draw): Step {
  const { random } = draw;
  const kind = random.pick(["read", "write", "write"]);
  const at = draw.byte();
  // A run must stay in the arena: a touch beyond its end would reach the guard, and beyond that nothing.
  const room = typeof at === "number" ? draw.arenaPages - at : 1;
  const count = random.chance(55) ? 1 : Math.min(room, random.between(2, 12));
  return { op: "touch", kind, at, ...(count > 1 ? { count } : {}), ...(kind === "write" ? { byte: random.below(256) } : {}) };
}

function msync(draw: Draw): Step {
  const { random } = draw;
  const flags = random.chance(85)
    ? [random.pick(["ASYNC", "SYNC", "SYNC", "SYNC", "INVALIDATE"])]
    : random.pick([[0], ["ASYNC", "SYNC"], ["SYNC", "INVALIDATE"], ["ASYNC", "INVALIDATE"], [7], [8], [-1]]);
  return { op: "msync", ...draw.range("no huge lengths"), flags };
}

export const accessFamilies: readonly StepFamily[] = [
  { name: "touch", weight: 30, runsIn: "this process", needsFile: false, step: touch },
  {
    name: "touch by executing",
    weight: 1,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "touch", kind: "exec", at: draw.page() }),
  },
  { name: "peek", weight: 2, runsIn: "this process", needsFile: false, step: (draw) => ({ op: "peek", at: draw.byte() }) },
  {
    name: "kernel copy",
    weight: 4,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "kernel_copy", kind: draw.random.pick(["to_user", "from_user"]), at: draw.byte() }),
  },
  { name: "msync", weight: 3, runsIn: "this process", needsFile: false, step: msync },
  {
    name: "mincore",
    weight: 4,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "mincore", ...draw.range("huge lengths too") }),
  },
];
