/** `check.faults`: how many page faults something took, as the kernel counted them. */
import { describe, wholeNumber } from "../../linux/arguments.js";
import type { FaultCounts } from "../../model/index.js";
import { Observation } from "../observe.js";
import { theLab } from "../the-lab.js";
import { conclude, requireCheck, type CheckOptions } from "./report.js";
import { endedWords, settle, type Checked } from "./settle.js";

/** A number is minor and major faults together; what is not named does not count. */
export type ExpectedFaults = number | { readonly minor?: number; readonly major?: number };

/** Checks the page faults of an observation, or of the calls a function makes. */
export function checkFaults<T>(
  name: string,
  run: Observation | (() => T),
  expected: ExpectedFaults,
  options: CheckOptions = {},
): Checked<T> {
  requireCheck("check.faults", name, options);
  requireExpected(expected);
  if (run instanceof Observation) {
    const { kernel } = run;
    if (kernel === null)
      throw new TypeError("check.faults: a prediction took no faults. Give an observe(), or a function that makes the calls.");
    judge(name, kernel, expected, options);
    return undefined as Checked<T>;
  }
  const lab = theLab();
  if (lab.world.kind === "prediction") throw new Error("check.faults: nothing real happens inside predict(). Check outside of it.");
  const counted = { minor: 0, major: 0 };
  const stop = lab.live.listen(({ kernel }) => {
    counted.minor += kernel?.counts.minor ?? 0;
    counted.major += kernel?.counts.major ?? 0;
  });
  try {
    return settle("check.faults", run, (ended) => {
      stop();
      if (ended.kind === "threw") conclude(name, { outcome: "failed", expected: faultWords(expected), seen: endedWords(ended) }, options);
      else judge(name, counted, expected, options);
    });
  } catch (error) {
    stop();
    throw error;
  }
}

function judge(name: string, seen: FaultCounts, expected: ExpectedFaults, options: CheckOptions): void {
  const holds =
    typeof expected === "number"
      ? seen.minor + seen.major === expected
      : (expected.minor ?? seen.minor) === seen.minor && (expected.major ?? seen.major) === seen.major;
  const words = faultWords(seen);
  conclude(name, holds ? { outcome: "passed", seen: words } : { outcome: "failed", expected: faultWords(expected), seen: words }, options);
}

function requireExpected(expected: ExpectedFaults): void {
  if (typeof expected === "number") return void wholeNumber("check.faults: expected", expected, 0);
  if (typeof expected !== "object" || expected === null || (expected.minor === undefined && expected.major === undefined))
    throw new TypeError(`check.faults: expect a number of faults, or { minor, major }, not ${describe(expected)}`);
  wholeNumber("check.faults: minor", expected.minor ?? 0, 0);
  wholeNumber("check.faults: major", expected.major ?? 0, 0);
}

function faultWords(expected: ExpectedFaults): string {
  if (typeof expected === "number") return `${String(expected)} ${expected === 1 ? "fault" : "faults"}`;
  const { minor, major } = expected;
  return (
    [minor === undefined ? [] : `${String(minor)} minor`, major === undefined ? [] : `${String(major)} major`].flat().join(" and ") +
    " faults"
  );
}
