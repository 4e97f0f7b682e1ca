import { expect, test } from "vitest";
import { StackTraces } from "../../../kernel/src/runtime/cell/stack-trace.js";

/** Generated line 1 is line 3 of the source, from column 5 on (counted from 1). */
const MAP = JSON.stringify({ version: 3, sources: ["cell"], names: [], mappings: "AAEI" });

function traces(): StackTraces {
  const all = new StackTraces(["file:///runtime/"]);
  all.remember(4, "cell [2]", MAP);
  all.remember(5, "cell [3]", null);
  all.rememberFile("/home/ada/lib.ts", MAP);
  return all;
}

test.each([
  ["    at f (cell-execution-4:1:1)", "    at f (cell [2]:3:5)"],
  ["cell-execution-5:7:9", "cell [3]:7:9"],
  ["at g (/home/ada/lib.ts:1:1)", "at g (/home/ada/lib.ts:3:5)"],
  ["at h (/home/ada/other.ts:1:1)", "at h (/home/ada/other.ts:1:1)"],
  ["cell-execution-99:1:1", "cell-execution-99:1:1"],
])("%j reads %j", (compiled, asTyped) => {
  expect(traces().rewrite(compiled)).toBe(asTyped);
});

test("the name given to V8 is the one that is rewritten", () => {
  const name = StackTraces.sourceUrl(5).replace("//# sourceURL=", "");
  expect(traces().rewrite(`${name}:1:2`)).toBe("cell [3]:1:2");
});
