/** Lowers its own limits, soft ones below hard ones, and tells what a model of this machine then allows. */
import { writeSync } from "node:fs";
import { RLIMIT } from "../../../kernel/src/abi/index.js";
import { machineModel } from "../../../kernel/src/lab/machine.js";
import { setrlimit } from "../../../kernel/src/linux/index.js";
import type { SetRlimit } from "../../../kernel/src/model/index.js";

const MIB = 1n << 20n;
setrlimit(RLIMIT.STACK, 2n * MIB, 3n * MIB);
setrlimit(RLIMIT.MEMLOCK, 16384n, 65536n);
// As a process without capabilities would have it, whoever runs this.
const model = machineModel({ privileged: false, mayRaiseLimits: false });
const ended = (which: SetRlimit["which"], value: bigint): string => {
  const { outcome } = model.clone().run({ op: "rlimit", which, value });
  return outcome.kind === "errno" ? outcome.code : "ok";
};
const told = {
  memlock: [ended("MEMLOCK", 65536n), ended("MEMLOCK", 65537n)],
  stack: [ended("STACK", 3n * MIB), ended("STACK", 3n * MIB + 1n)],
};
writeSync(1, `${JSON.stringify(told)}\n`);
