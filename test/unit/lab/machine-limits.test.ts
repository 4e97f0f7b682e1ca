/** A model of this machine starts with the limits the process has: how far they may be raised apart from what holds now. */
import { expect, it } from "vitest";
import { runProgram } from "./child-program.js";

it("soft limits may be raised up to the hard ones, and no further", () => {
  const { status, lines, stderr } = runProgram("machine-limits.program.ts");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(lines[0] ?? "null")).toEqual({ memlock: ["ok", "EPERM"], stack: ["ok", "EPERM"] });
});
