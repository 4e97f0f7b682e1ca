/** Many recoveries from SIGSEGV while V8 uses the same signal for WebAssembly in another thread. */
import { expect, test } from "vitest";
import * as linux from "../../../kernel/src/linux/index.js";
import * as probe from "../../../kernel/src/probe/index.js";
import { recoverAmongTraps } from "../../bench/probe/recoveries.mjs";

/** `MMAPLAB_RECOVERIES=long` makes a million of them. */
const RECOVERIES = process.env["MMAPLAB_RECOVERIES"] === "long" ? 1_000_000 : 20_000;

test(`${String(RECOVERIES)} recoveries beside WebAssembly traps are each reported right, and so is each trap`, async () => {
  const { recovered, bad, traps } = await recoverAmongTraps(probe, linux, RECOVERIES);
  expect([recovered, bad]).toEqual([RECOVERIES, 0]);
  expect(traps).toBeGreaterThan(0);
}, 120_000);
