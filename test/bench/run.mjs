/**
 * `npm run bench -- NAME... [--json] [--check]`: figures of this machine, beside those of a peer measured in the same run.
 * `--json` prints one record a line; `--check` exits with 1 where a target is missed.
 */
import { parseArgs } from "node:util";
import { describeFailure, SetupFailure } from "../../kernel/setup/failure.mjs";
import { benchGrade } from "./grade.mjs";
import { benchKernel, benchKernelGrowth } from "./kernel.mjs";
import { describeRecord } from "./record.mjs";
import { benchLabs } from "./labs.mjs";
import { benchModel } from "./model.mjs";
import { benchPager } from "./pager.mjs";
import { benchProbe } from "./probe.mjs";
import { benchStart } from "./start.mjs";
import { benchView } from "./view.mjs";

/** @type {Readonly<Record<string, (report: (line: string) => void) => AsyncIterable<import("./record.mjs").BenchRecord>>>} */
const BENCHES = {
  model: benchModel,
  start: benchStart,
  kernel: benchKernel,
  "kernel-growth": benchKernelGrowth,
  grade: benchGrade,
  labs: benchLabs,
  pager: benchPager,
  probe: benchProbe,
  view: benchView,
};

const USAGE = `Usage: npm run bench -- NAME... [--json] [--check]\nNames: ${Object.keys(BENCHES).join(", ")}\n`;

/**
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  process.stderr.write(`${message}\n${USAGE}`);
  process.exit(2);
}

/** @returns {{ names: string[], json: boolean, check: boolean }} */
function parse() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean", default: false }, check: { type: "boolean", default: false } },
    });
    return { names: positionals, ...values };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

const { names, json, check } = parse();
if (names.length === 0) refuse("Name what to measure.");
for (const name of names) if (!(name in BENCHES)) refuse(`There is no bench named "${name}".`);

let missed = false;
try {
  for (const name of names) {
    const bench = BENCHES[name];
    if (bench === undefined) continue;
    for await (const record of bench((line) => process.stderr.write(`${line}\n`))) {
      process.stdout.write(`${json ? JSON.stringify(record) : describeRecord(record)}\n`);
      missed ||= record.met === false;
    }
  }
} catch (error) {
  if (!(error instanceof SetupFailure)) throw error;
  process.stderr.write(`\n${describeFailure(error)}`);
  process.exit(1);
}
process.exit(check && missed ? 1 : 0);
