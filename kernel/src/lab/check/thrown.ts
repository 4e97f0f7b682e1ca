/** `check.errno`, `check.signal`, `check.survives`: how something ends. */
import { ERRNO, type ErrnoCode } from "../../abi/index.js";
import { Errno } from "../../linux/index.js";
import { describe } from "../../linux/arguments.js";
import { Signal } from "../signal.js";
import { conclude, requireCheck, type CheckOptions } from "./report.js";
import { endedWords, settle, type Checked, type Ended } from "./settle.js";

/** "SIGSEGV", "SIGBUS" or an `si_code` such as "SEGV_ACCERR"; or several properties of the signal. */
export type ExpectedSignal =
  | string
  | {
      readonly signal?: string;
      readonly code?: string;
      /** `si_addr`. */
      readonly address?: bigint;
    };

/** Checks that a call fails with an error number. */
export function checkErrno<T>(name: string, code: ErrnoCode, body: () => T, options: CheckOptions = {}): Checked<T> {
  requireCheck("check.errno", name, options);
  if (!Object.hasOwn(ERRNO, code)) throw new TypeError(`check.errno: name an error number such as "EINVAL", not ${describe(code)}`);
  return settle("check.errno", body, (ended) =>
    judge(name, ended, ended.kind === "threw" && ended.error instanceof Errno && ended.error.code === code, code, options),
  );
}

/** Checks that an access ends in a signal. */
export function checkSignal<T>(name: string, expected: ExpectedSignal, body: () => T, options: CheckOptions = {}): Checked<T> {
  requireCheck("check.signal", name, options);
  const wanted = wantedSignal(expected);
  const words = [wanted.signal, wanted.code, wanted.address === undefined ? undefined : "at the right address"]
    .flatMap((one) => one ?? [])
    .join(", ");
  return settle("check.signal", body, (ended) =>
    judge(name, ended, ended.kind === "threw" && ended.error instanceof Signal && fits(ended.error, wanted), words, options),
  );
}

/** Checks that a function ends without an error and without a signal. */
export function checkSurvives<T>(name: string, body: () => T, options: CheckOptions = {}): Checked<T> {
  requireCheck("check.survives", name, options);
  return settle("check.survives", body, (ended) =>
    judge(name, ended, ended.kind === "returned", "it ends without an error or a signal", options),
  );
}

function judge(name: string, ended: Ended, holds: boolean, expected: string, options: CheckOptions): void {
  const seen = endedWords(ended);
  conclude(name, holds ? { outcome: "passed", seen } : { outcome: "failed", expected, seen }, options);
}

interface WantedSignal {
  readonly signal?: string;
  readonly code?: string;
  readonly address?: bigint;
}

function wantedSignal(expected: ExpectedSignal): WantedSignal {
  const wanted: WantedSignal =
    typeof expected === "string" ? (expected.startsWith("SIG") ? { signal: expected } : { code: expected }) : expected;
  if (typeof wanted !== "object" || wanted === null || (wanted.signal ?? wanted.code ?? wanted.address) === undefined)
    throw new TypeError(
      `check.signal: name a signal such as "SIGSEGV", a code such as "SEGV_ACCERR", or { signal, code, address }, not ${describe(expected)}`,
    );
  return wanted;
}

function fits(seen: Signal, { signal = seen.signal, code = seen.code, address = seen.address }: WantedSignal): boolean {
  return seen.signal === signal && seen.code === code && seen.address === address;
}
