/** The machine code in the repository is what its source assembles to. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { CODE } from "../../../kernel/src/probe/x86-64/code.js";

const SOURCE = join(import.meta.dirname, "../../../kernel/src/probe/x86-64/program.S");
const binutils = ["as", "objcopy"].every((tool) => spawnSync(tool, ["--version"]).status === 0);

test.skipIf(!binutils || process.arch !== "x64")("program.S assembles to the bytes in code.ts (needs binutils on x86-64)", () => {
  const directory = mkdtempSync(join(tmpdir(), "mmaplab-test-"));
  try {
    const [object, binary] = [join(directory, "program.o"), join(directory, "program.bin")];
    execFileSync("as", ["-I", dirname(SOURCE), SOURCE, "-o", object]);
    execFileSync("objcopy", ["-O", "binary", "-j", ".text", object, binary]);
    expect(readFileSync(binary).toString("hex")).toBe(Buffer.from(CODE).toString("hex"));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("the code fits into its page", () => {
  expect(CODE.length).toBeGreaterThan(0);
  expect(CODE.length).toBeLessThanOrEqual(4096);
});
