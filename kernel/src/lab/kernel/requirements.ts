/** What a scenario needs of the machine. */
import { readStatus } from "../../linux/index.js";
import type { Scenario } from "../../model/index.js";
import { backingDirectory } from "./backing-directory.js";

/** Bit of CAP_SETUID in `CapEff` (capabilities(7)). */
const CAP_SETUID = 1n << 7n;

function maySetUid(): boolean {
  return (BigInt(`0x${readStatus().text["CapEff"] ?? "0"}`) & CAP_SETUID) !== 0n;
}

/** What this machine lacks for a scenario, in words; undefined where nothing is missing. */
export function lackingFor({ objects, steps }: Scenario): string | undefined {
  for (const { kind } of Object.values(objects)) {
    if (kind !== "memfd" && backingDirectory(kind) === undefined) return `a writable directory on ${kind}`;
  }
  if (steps.some(({ op }) => op === "dropcaps") && !maySetUid()) return "CAP_SETUID, to become another user";
  return undefined;
}
