/** Random mlock, mlock2, munlock, mlockall, munlockall. */
import type { StepFamily } from "./families.js";

export const lockFamilies: readonly StepFamily[] = [
  {
    name: "mlock",
    weight: 3,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "mlock", ...draw.range("no huge lengths") }),
  },
  {
    name: "mlock2",
    weight: 2,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({
      op: "mlock2",
      ...draw.range("no huge lengths"),
      flags: draw.random.chance(85) ? ["ONFAULT"] : [draw.random.pick([0, 2, 4, 16])],
    }),
  },
  {
    name: "munlock",
    weight: 3,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "munlock", ...draw.range("no huge lengths") }),
  },
  {
    // MCL_CURRENT would lock all memory of this process: it needs a process of its own.
    name: "mlockall",
    weight: 1,
    runsIn: "this process",
    needsFile: false,
    step: (draw) => ({ op: "mlockall", flags: draw.random.pick([["FUTURE"], ["FUTURE", "ONFAULT"], ["ONFAULT"], [0], [8]]) }),
  },
  { name: "munlockall", weight: 1, runsIn: "this process", needsFile: false, step: () => ({ op: "munlockall" }) },
];
