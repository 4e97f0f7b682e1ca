/** Every call of a cell with every bad value: a clear error or a harmless answer, and never the end of the process. */
import { beforeAll, describe, expect, test } from "vitest";
import { runProgram, type ProgramEnd } from "./child-program.js";

interface Line {
  readonly calling?: string;
  readonly call?: string;
  readonly returned?: boolean;
  readonly kind?: string;
  readonly message?: string;
  readonly missing?: readonly string[];
}

/** What JavaScript itself says where nobody checked. */
const ACCIDENT =
  /Cannot (read|set|convert|mix|destructure)|is not (a function|iterable|defined)|\(reading '|valueOf was asked|must return a value|the executor returned/;
/** Errors of what is neither a kernel's answer nor a wrong argument, and that therefore must say what to do instead. */
const ADVICE = /predict\(|allowSystemChanges|Make the real call|Close those that|Use an address inside/;

describe("bad values at every place of every call", () => {
  let end: ProgramEnd;
  let lines: readonly Line[];
  let calls: readonly Line[];

  beforeAll(() => {
    end = runProgram("bad-input.program.ts");
    lines = end.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
    calls = lines.filter(({ call }) => call !== undefined);
  }, 180_000);

  test("never end the process", () => {
    const culprit = end.status === 0 ? "" : lines.findLast(({ calling }) => calling !== undefined)?.calling;
    expect({ ...end, lines: undefined, culprit }).toEqual({ status: 0, signal: null, stderr: "", culprit: "", lines: undefined });
    expect(calls.length).toBeGreaterThan(2500);
  });

  test("are tried on every function there is", () => {
    expect(lines.find(({ missing }) => missing !== undefined)?.missing).toEqual([]);
  });

  test("are refused in words that say what is wrong", () => {
    const known = ["TypeError", "RangeError", "Errno", "Signal"];
    const unclear = calls.filter(
      ({ returned, kind = "", message = "" }) =>
        returned !== true && (message === "" || ACCIDENT.test(message) || (!known.includes(kind) && !ADVICE.test(message))),
    );
    expect(unclear).toEqual([]);
  });

  test("never reach the kernel where no register can hold them", () => {
    const impossible = calls.filter(({ call = "" }) => /: (0\.5|NaN|Infinity|a symbol|2\^64n|an object that throws)\)$/.test(call));
    expect(impossible.length).toBeGreaterThan(300);
    expect(impossible.filter(({ kind = "" }) => kind === "Errno" || kind === "Signal")).toEqual([]);
  });
});
